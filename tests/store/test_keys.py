"""The keys of commands hold from release to release: a changed one would train again what is stored."""

import json
import shlex

import pytest
import torch

from colacli.cli.main import run
from colacli.models.base import BUNDLED
from colacli.models.tensors import write_tensors
from colacli.store.refs import set_name
from colacli.store.spec import parse_spec
from factories.runs import commit_run

# May change only together with the command's revision: every stored run is found by such a key.
FINETUNE = [
    ("", "b443f4b02ff91df0faa8300c4b3d83d5d67dce33c12f3fa7171259e379eb1d38"),
    ("--precision bf16 --rank 2 --seed 7", "ba0a2c0bd27c6a18233440bda9553811c33f892cf9d2da55f06cabf63aa206cd"),
    (
        "--rank 8 --alpha 16 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe --init kaiming",
        "a13626ee5249584bf67b8636b6b4a3eef8f46ac2799a5868767200d07dff18ea",
    ),
    (
        "--bias none --unfreeze '' --init gaussian --validation holdout --patience 2",
        "55904c63dd8ae38f6af75664eafa7e98dd4be69b88802572c7dfc282796ba0a6",
    ),
    (
        "--epochs 3 --batch-size 32 --lr 0.0005 --dropout 0 --clip 0.5 --select last",
        "0383063e0bdb00910d2793faecd08a89dce7fe77b9aacd4f622a8807a0a50b18",
    ),
    ("--select-by mcc", "9364c87382533a2233d48b54f64a0fb03f213e73388a2ea36053e3a120fc17b0"),
]
TRAIN_STUDENT = [
    ("", "f5194aab9aa97b6faebeefa050ad53b00bf40309ef0148879220221cb56f96bf"),
    ("--precision bf16 --hidden 32 --seed 7", "c10131d23d2720e6ad6a0f068909a363f6ff1de54afce849ba6b1a2965b92c62"),
    (
        "--cell gru --layers 2 --bidirectional --pooling mean --hidden 12 --label-smoothing 0.1",
        "9a36fd675641945fe8bcb1d13499771f6a044bfd30881edd0a8ed183b64fd642",
    ),
    (
        "--cell lstm --pooling attention --embedding-rank 4 --dropout 0.3",
        "2d078521b1cee4f40fbe04f076e057f345bb5bc7d2504679039b96690e82514a",
    ),
    ("--pooling max --freeze-embeddings --clip 1", "36390d664e8114abb34141bf4abede6e23a52dad14a09b260a4a9d7fa30e5f3d"),
    (
        "--embeddings random --select last --validation holdout --patience 1",
        "692261faf18b938f22ed3057bfef94ae2cafffd5c4c86dbfc613f72cfb8fb546",
    ),
    ("--epochs 3 --batch-size 32 --lr 0.0005", "62bb6e0a7ab37b2840a525b3c029f0b8558a92f411bb06620ed546c9947c8eb7"),
    ("--lr-schedule cosine", "c3f56658c564ba6928348b8b9daaced8032963a57fbffb0ea58b6f093982b238"),
    ("--select-by loss --validation holdout", "adfec40aa5b5f88d760e7944b5500c5a3d68f94e91e30dc09dd983de97a0c2af"),
]
DISTIL = [
    ("", "3e1c5bce2b0835bcbce9eb88dd6e6109bf0101dc60d17c6b84b2f697fa848ea4"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "b96c7087c1171c4e69e8757f12a059dd88fa43db786212a7dff3468684c73eca",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "e8b663b3a4049f939e96530489626eb0030b18b28b975824a832b0020f6de2c6",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "5d0f624ab6d4bd5ccb43796ddd1667bcd583e67f3788005292a082a467949c9c",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "6140ebf06ade47705225829cbeeddf0f0df8615f0d69105cc619151d3f213d1a",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "1a9fc2b20c25888fb6f5af70c39cb342661258fd9883439725af6e787c710bed",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "1602c470f952cbad1d2f55a30355067ec0ea5733bdd39e22ba0d24c0b116c407",
    ),
    ("--teacher teachers --embedding-rank 4", "690c3f2baf53f510a750eafcf06cfbcd99a07f158fe7dd2025b3680c308bc793"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "2afa2f11882eceb85731962fab1381b3f07226919ce160eee5d180f2c2fdaf9d",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "318d9929c45fc2f3ff83d8664192ea5b58cd5e8e84a1173d91befb1e956cd4c4",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "4a270966a40525ad1baf3781cefb4ac10b99742c3dad69fabc876c5a7f9a677b",
    ),
    ("--select-by auc --select last --patience 2", "71db160cc4ef4f0ff000c1a36561d8c5891ed2cec7bc073301bc7a165f6e4ff2"),
]
PRETRAIN_STUDENT = [
    ("", "8d47497414bba649cb6dcacf9eb5eac7c4acd2af018e499bc8adeafad558bd65"),
    (
        "--kd-weight 0.5 --cell gru --bidirectional --hidden 32 --seed 7",
        "d21b0d456d1778d49f56f347b3b9d1d50a9adcdf50fa71d6791e9618f18dd9f2",
    ),
    (
        "--kd-weight 0.5 --temperature 2 --embedding-rank 8 --epochs 2 --lr 0.002 --clip 0.5 --size 1",
        "64846b5e425a894225831b29cc39890d1253326213aef6fbc777d3c473e678d9",
    ),
]
BASELINES = [
    ("majority", "", "4c678ba3167ee931d6170356669f404adf837527a38e805b940eabb6a1d113d6"),
    ("majority", "--validation holdout", "7ad40a9076dcc599c8bb755e27e682684830633868312f11a8ccd69f51b86657"),
    ("ngrams", "", "2ab1c7405e747efa964d2ac7364a868b8f3cfb3fc9015071d8215573357032c4"),
    (
        "ngrams",
        "--words 2 --characters 0 --c 10 --validation holdout",
        "925336b94a9e458daf76dbf91faf475b4c753981d7980846d8a6d0739a5b9cae",
    ),
    ("lm", "--variant gpt2-mini", "1a35d947f0ae7360f3397ee5437057b3775e4590aa71be5e68c80be40531bfbd"),
]
ADOPT = "d2043ddb046647eef99544aede4e29418779d17b8be54e9a40e115ef4fc8bbf9"
SENTENCES = "The baker paints a lamp.\nMy uncle finds two chairs.\n"


@pytest.fixture
def planned(store_home, tmp_path, monkeypatch, capsys):
    """What a command answers with `--dry-run`, on the bundled model and corpus."""
    (tmp_path / "sentences.txt").write_text(SENTENCES)
    monkeypatch.chdir(tmp_path)

    def plan(verb, options):
        given = ["--base", str(BUNDLED["gpt2-mini"]), "--device", "cpu"]
        given += ["--text", "sentences.txt"] if verb == "pretrain-student" else ["--data", "sample"]
        given += [] if verb == "adopt" else ["--precision", "fp32"]
        teacher = ["--teacher", "teacher"] if verb == "distil" else []
        assert run([verb, *given, *teacher, *shlex.split(options), "--dry-run", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return plan


@pytest.fixture
def teachers(planned, store):
    """Two runs under the keys of finetunes, as a distillation's parents; nothing in them was trained."""
    specs = [parse_spec(planned("finetune", options)["spec"], "spec") for options, _ in FINETUNE[:2]]
    keys = [commit_run(store, spec).key for spec in specs]
    set_name(store, "teacher", keys[:1])
    set_name(store, "teachers", keys)


@pytest.mark.parametrize(("options", "key"), FINETUNE)
def test_a_finetune_has_its_key(planned, options, key):
    """Base, corpus, adapter and training."""
    assert planned("finetune", options)["key"] == key


@pytest.mark.parametrize(("options", "key"), TRAIN_STUDENT)
def test_a_student_alone_has_its_key(planned, options, key):
    """Base, corpus, student, labels and training."""
    assert planned("train-student", options)["key"] == key


@pytest.mark.parametrize(("options", "key"), DISTIL)
@pytest.mark.usefixtures("teachers")
def test_a_distillation_has_its_key(planned, options, key):
    """Its teachers, what it takes from them, and the transfer set too."""
    assert planned("distil", options)["key"] == key


@pytest.mark.parametrize(("options", "key"), PRETRAIN_STUDENT)
def test_pretrained_layers_have_their_key(planned, options, key):
    """Base, text, layers and training."""
    assert planned("pretrain-student", options)["key"] == key


@pytest.mark.parametrize(("name", "options", "key"), BASELINES)
def test_a_baseline_has_its_key(store_home, capsys, name, options, key):
    """Corpus, validation, and its own options."""
    assert run(["baseline", name, "--data", "sample", *shlex.split(options), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == key


def test_an_adopted_adapter_has_its_key(planned, tmp_path):
    """Its files, base and sentences."""
    config = {"peft_type": "LORA", "task_type": "SEQ_CLS", "r": 1, "lora_alpha": 1, "target_modules": ["c_attn"]}
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    shapes = {"score.weight": (2, 256)}
    for layer in range(6):
        name = f"transformer.h.{layer}.attn.c_attn"
        shapes |= {f"{name}.lora_A.weight": (1, 256), f"{name}.lora_B.weight": (768, 1)}
    tensors = {f"base_model.model.{name}": torch.ones(shape) for name, shape in shapes.items()}
    write_tensors(tmp_path / "adapter" / "adapter_model.safetensors", tensors)

    assert planned("adopt", "adapter")["key"] == ADOPT


def test_several_seeds_have_the_keys_of_single_runs(planned):
    """`--seeds` is not in a key."""
    single = [planned("train-student", f"--seed {seed}")["key"] for seed in (0, 1)]

    several = planned("train-student", "--seeds 2")["runs"]

    assert [one["key"] for one in several] == single


@pytest.mark.parametrize("select_by", ["mcc", "loss", "auc"])
def test_a_measure_that_chooses_nothing_is_not_in_a_key(planned, select_by):
    """Where the last epoch is kept and none is waited for."""
    expected = planned("train-student", "--select last")["key"]

    assert planned("train-student", f"--select last --select-by {select_by}")["key"] == expected
