"""Every verb once, offline, in half a minute to a minute: a tiny random GPT-2 and a corpus made of templates.

    python examples/tour/tour.py [FOLDER]

The base model knows no English, so the numbers say nothing about GPT-2 or CoLA; the commands are
the ones to use with the real ones. Everything goes into FOLDER (default: .demo) and nowhere else.
"""

from __future__ import annotations

import itertools
import os
import random
import shlex
import subprocess
import sys
from pathlib import Path

NOUNS = ["dog", "teacher", "river", "singer", "bird", "child", "lawyer", "horse", "gardener", "tree"]
ADJECTIVES = ["old", "quiet", "young", "tired", "clever", "small"]
VERBS = ["sleep", "sing", "wait", "fall", "laugh", "turn"]
PLACES = ["near the house", "in the morning", "after the storm", "without a word"]


def sentences() -> list[tuple[str, int, str]]:
    """Source, label and words: a subject and a verb that agree, or one of four ways to go wrong."""
    made = []
    for noun, adjective, verb, place in itertools.product(NOUNS, ADJECTIVES, VERBS, PLACES):
        made += [
            ("agreement", 1, f"The {adjective} {noun} {verb}s {place}."),
            ("agreement", 1, f"The {adjective} {plural(noun)} {verb} {place}."),
            ("agreement", 0, f"The {adjective} {noun} {verb} {place}."),
            ("agreement", 0, f"The {adjective} {plural(noun)} {verb}s {place}."),
            ("order", 0, f"The {noun} {adjective} {verb}s {place}."),
            ("question", 1, f"Does the {noun} {verb} {place}?"),
            ("question", 0, f"Does the {noun} {verb}s {place}?"),
            ("passive", 1, f"A {noun} was seen {place}."),
        ]
    return made


def plural(noun: str) -> str:
    """More than one of them."""
    return "children" if noun == "child" else f"{noun}s"


def write_corpus(folder: Path) -> None:
    """1,000 sentences to learn from and 300 to be measured on, 70 % of them acceptable, none twice."""
    chooser = random.Random(0)
    distinct = sorted(set(sentences()))
    good = chooser.sample([one for one in distinct if one[1] == 1], 910)
    bad = chooser.sample([one for one in distinct if one[1] == 0], 390)
    chosen = chooser.sample(good + bad, 1300)
    for name, part in (("in_domain_train", chosen[:1000]), ("in_domain_dev", chosen[1000:])):
        lines = [f"{source}\t{label}\t{'' if label else '*'}\t{words}\n" for source, label, words in part]
        (folder / f"{name}.tsv").write_text("".join(lines), encoding="utf-8")


def write_base(folder: Path) -> None:
    """A GPT-2 of two layers with random weights and a byte-level tokenizer of 600 entries."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = ByteLevelBPETokenizer()
    words = sorted({words for _, _, words in sentences()})
    tokenizer.train_from_iterator(words, vocab_size=600, special_tokens=["<|endoftext|>"], show_progress=False)
    tokenizer.save_model(str(folder))
    torch.manual_seed(0)
    size = tokenizer.get_vocab_size()
    shape = GPT2Config(
        vocab_size=size, n_positions=128, n_embd=128, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    )
    GPT2LMHeadModel(shape).save_pretrained(folder)


def colacli(*words: str) -> None:
    """Show a command and run it."""
    print(f"\n$ colacli {shlex.join(words)}", flush=True)
    subprocess.run([sys.executable, "-m", "colacli", *words], check=True)


def main() -> None:
    """Make the model and the corpus, then take the tour."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".demo")
    base, corpus = folder / "base", folder / "corpus"
    for one in (base, corpus):
        one.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("OMP_NUM_THREADS", "2")  # with other numbers of threads, sums differ in their last digits
    os.environ |= {"COLACLI_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    write_corpus(corpus)
    write_base(base)

    where = ["--data", str(corpus)]
    colacli("data", "show", str(corpus))
    teacher = ["--rank", "16", "--unfreeze", "ln_f,wte", "--epochs", "6", "--lr", "0.003"]
    colacli("finetune", "--base", str(base), *where, *teacher, "--name", "teacher")
    student = ["--hidden", "32", "--epochs", "6", "--lr", "0.003"]
    colacli("train-student", "--base", str(base), *where, *student, "--name", "nokd")
    colacli("distil", "--teacher", "teacher", *where, *student, "--name", "kd")
    colacli("compare", "teacher", "kd", "nokd")
    colacli(
        "judge",
        "kd",
        "The old dog sleeps near the house.",
        "The old dog sleep near the house.",
        "The dog old sleeps near the house.",
    )
    colacli("generate", "--base", str(base), "--prompt", "The old dog", "--max-new-tokens", "8")
    colacli("runs", "list")


if __name__ == "__main__":
    main()
