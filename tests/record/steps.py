"""The commands whose results are recorded: every training verb and option, and what reads a run."""

from typing import NamedTuple


class Step(NamedTuple):
    """One command, and how it is run; words in braces are the folders and files of `inputs.py`."""

    command: str
    kill: bool = False
    """Kill the training after its first epoch, then finish it with `runs resume`."""
    empty_store: bool = False
    """Run it in an empty store, not in one that has the earlier runs."""


_TINY = "--base {base} --data {corpus} --epochs 2 --batch-size 16 --precision fp32"
_BUNDLED = "--variant gpt2-mini --data sample --epochs 1"
_KILLED = "--epochs 12 --checkpoint-every 0.000001"  # after every step: what is resumed is in the midst of an epoch
_DISTIL = "--data {corpus} --epochs 2 --batch-size 16 --precision fp32"

TRAININGS = {
    "finetune": Step(f"finetune {_TINY} --name teacher"),
    "finetune options": Step(
        f"finetune {_TINY} --rank 2 --alpha 8 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe "
        "--init kaiming --clip 0.5 --select last --epochs 3 --seed 1"
    ),
    "finetune holdout": Step(
        f"finetune {_TINY} --validation holdout --patience 1 --epochs 6 --init gaussian --bias none --unfreeze '' "
        "--lr 0.01 --dropout 0"
    ),
    "finetune bf16": Step(f"finetune {_TINY} --precision bf16 --name teacher-bf16"),
    "finetune seeds": Step(f"finetune {_TINY} --rank 1 --seed 3 --seeds 2 --name teachers"),
    "finetune resumed": Step(f"finetune {_TINY} --rank 2 {_KILLED}", kill=True),
    "finetune gpt2-mini": Step(f"finetune {_BUNDLED} --precision fp32 --name mini"),
    "finetune gpt2-mini bf16": Step(f"finetune {_BUNDLED} --precision bf16 --name mini-bf16"),
    "train-student": Step(f"train-student {_BUNDLED} --precision fp32 --name alone"),
    "train-student bf16": Step(f"train-student {_BUNDLED} --hidden 32 --precision bf16"),
    "train-student gru": Step(
        f"train-student {_TINY} --cell gru --layers 2 --bidirectional --pooling mean --hidden 12 --label-smoothing 0.1"
    ),
    "train-student lstm": Step(
        f"train-student {_TINY} --cell lstm --layers 2 --pooling attention --embedding-rank 4 --dropout 0.3"
    ),
    "train-student frozen": Step(f"train-student {_TINY} --pooling max --freeze-embeddings --bidirectional --clip 0.1"),
    "train-student random": Step(
        f"train-student {_TINY} --cell gru --embeddings random --hidden 8 --select last --validation holdout"
    ),
    "train-student jobs": Step(f"train-student {_TINY} --hidden 8 --seeds 2 --jobs 2 --name students"),
    "distil": Step("distil --teacher mini --data sample --epochs 1 --precision fp32 --name distilled"),
    "distil hidden": Step(
        f"distil --teacher teacher {_DISTIL} --cell lstm --temperature 4 --kd-weight 0.9 --ce-weight 0.1 "
        "--hidden-weight 0.5"
    ),
    "distil mse": Step(f"distil --teacher teacher-bf16 {_DISTIL} --kd-loss mse --layers 2"),
    "distil shuffled": Step(
        f"distil --teacher teacher {_DISTIL} --teacher-control shuffled --transfer words,parts --transfer-size 100"
    ),
    "distil hard": Step(f"distil --teacher teacher {_DISTIL} --teacher-control hard --transfer {{sentences}}"),
    "distil generated": Step(
        "distil --teacher mini --data {corpus} --epochs 2 --batch-size 16 --precision fp32 --cell gru --hidden 16 "
        "--transfer generated --transfer-size 60 --transfer-seed 1"
    ),
    "distil ensemble": Step(f"distil --teacher teachers {_DISTIL} --hidden 8 --seeds 2 --name ensemble"),
    "distil probabilities": Step(
        f"distil --teacher teachers {_DISTIL} --hidden 8 --ensemble probabilities --teacher-control hard"
    ),
    "distil prefixes": Step(
        f"distil --teacher teacher {_DISTIL} --prefix-weight 0.5 --hidden 16 --bidirectional {_KILLED}", kill=True
    ),
    "distil resumed": Step(
        f"distil --teacher teacher {_DISTIL} --hidden-weight 0.1 --hidden 16 --cell gru {_KILLED}", kill=True
    ),
}
"""What makes runs, in the order in which they need each other."""

READINGS = {
    "eval stored": Step("eval teacher --split out_of_domain_dev"),
    "eval other data": Step("eval mini --data {corpus} --batch-size 7"),
    "eval bf16": Step("eval mini-bf16 --data {corpus}"),
    "eval student": Step("eval distilled --data {corpus} --split out_of_domain_dev"),
    "eval submission": Step("eval distilled --data {test} --submission glue -o {answers}"),
    "compare": Step("compare mini mini-bf16 distilled alone"),
    "compare seeds": Step("compare ensemble students teacher --split out_of_domain_dev"),
    "judge": Step(
        "judge teacher 'The baker paints a lamp.' 'Paints a lamp the baker.' 'The lamp that my uncle finds.'"
    ),
    "judge bf16": Step("judge mini-bf16 'The baker paints a lamp.' 'Paints a lamp the baker.'"),
    "judge student": Step("judge distilled 'The baker paints a lamp.' 'Paints a lamp the baker.'"),
    "generate likeliest": Step(
        "generate --base {base} --prompt 'The baker' --max-new-tokens 12 --temperature 0 --precision fp32"
    ),
    "generate drawn": Step(
        "generate --variant gpt2-mini --prompt 'The baker' --max-new-tokens 16 --top-k 40 --top-p 0.9 "
        "--temperature 0.8 --num-samples 3 --seed 5 --precision fp32"
    ),
    "generate bf16": Step("generate --variant gpt2-mini --prompt '' --max-new-tokens 16 --top-k 5 --precision bf16"),
    "generate tuned": Step("generate --run mini --prompt 'My uncle' --max-new-tokens 12 --precision fp32"),
    "data show": Step("data show {corpus}"),
    "data show sample": Step("data show sample"),
    "export": Step("runs export ensemble distilled -o {archive}"),
    "import": Step("runs import {archive}", empty_store=True),
}
"""What reads runs, bases and corpora."""

STEPS = TRAININGS | READINGS
