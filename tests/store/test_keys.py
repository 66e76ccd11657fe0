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
    ("", "393a6dfd11918a152a11ece7d3cfc8f09c00d47e627e7b9ba1de0b695cc01ade"),
    ("--precision bf16 --rank 2 --seed 7", "73ad68eaae47f6870e95d889441f7f44c3d7d526633bd55eeaeed5cfaeed4bd3"),
    (
        "--rank 8 --alpha 16 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe --init kaiming",
        "889aebf5432a6370b27322dc4b4530233623861f9f4a987e2525badd82eaef03",
    ),
    (
        "--bias none --unfreeze '' --init gaussian --validation holdout --patience 2",
        "b4ddd5ea38dafbeedc5b0e5fcc62d3328e4b754c9316fe3661d975f35eca721a",
    ),
    (
        "--epochs 3 --batch-size 32 --lr 0.0005 --dropout 0 --clip 0.5 --select last",
        "cd2affbfe73619b7eec69ed8239a49d12b700f0aab5b9e5693841309b51a2159",
    ),
    ("--select-by mcc", "963c198ac15a567d555200f6a182d3555d7c74ac17b9696556c517ef13bce3b1"),
]
TRAIN_STUDENT = [
    ("", "351aa7dccbef0280763f8c33ff5253a660737c944744b0e7e0c972af46619f2f"),
    ("--precision bf16 --hidden 32 --seed 7", "ede434ac11e3c4907518c8e4dd0707bd5f8bc45a6e2b519495441c9a62529c2e"),
    (
        "--cell gru --layers 2 --bidirectional --pooling mean --hidden 12 --label-smoothing 0.1",
        "549b199c75a260164440abefd52a2d62a5cd6923350f5a7283d4c31f48139c4c",
    ),
    (
        "--cell lstm --pooling attention --embedding-rank 4 --dropout 0.3",
        "77ff8dbef3e167dc57c8025e245a7b25b1ac25b7c812dee8a0e263452eed9ab8",
    ),
    ("--pooling max --freeze-embeddings --clip 1", "3b1dca57f43c236f55a3eaf6a5c251b3335b624f5a9db3b4ae5183f6fea3f585"),
    (
        "--embeddings random --select last --validation holdout --patience 1",
        "24f787f97865079fa4a7507d93194fcfd808713ba1bf79bfe0c40f0023a39aa4",
    ),
    ("--epochs 3 --batch-size 32 --lr 0.0005", "f4c68a6b28410f990655cb6c985b372a848985f273219158f0c7a5ee3539eca6"),
    ("--lr-schedule cosine", "b1602007bf68a27b92cb216f4b55ebdc4db5a443ce2ad14cfb5883e359f5e106"),
    ("--select-by loss --validation holdout", "f008854c2593d13dbb0e36bd2ee79a10f8b34b54acaf7a008c0ecfc05862ff0a"),
]
DISTIL = [
    ("", "a21e0029f04e711188d52cdc927e0fd811499cd8c3b23dadad61491b6158c975"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "931658b60454fa1adad8f6486f6622202ddede9ab09b17fc6c72c35e7920bf4b",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "d7697cd932bda4351ed85cc0588be3e609c223fa103fe5b9a2d93408f40bcf49",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "d9c2f63fd47f9de727325c04246ca1f4e4745d430339647dc3134f66b3d78055",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "45be7733e2c6382979297cee462441849c12b2b813d897affab5d24aecd8c927",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "0125fea5a5f562ca0bd5658b5ad557a9d733266dfaf3b0c1c2629d2860c0c83b",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "776c7e145bb6c6b3665d0a9b60415a8bf91fa6f06aeff661e9d6cfabff8fe02a",
    ),
    (
        "--transfer sentences.txt,contextual --transfer-size 100",
        "54b93039f54026fd5e1343b240a7eeaefbeeaccfc6609fc263853bcc1e0d9402",
    ),
    ("--teacher teachers --embedding-rank 4", "46800c6ef782625c06c45b5378452d37ab3a785e52281e8bc27a710cc6dfb1cc"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "555eec5d5275b9d1ff22a725db3e04516c94bf70fd9c073d49500af99a0907f9",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "74ab07a77a1bde02d68bb82145c7eed34a0df924fd8355698f2023b351f8d8dd",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "5c1167bcc8c6397f023cd3cdab4b5ea70666d8d08713c9cc07c368a52f6d5477",
    ),
    (
        "--transfer words --transfer-size 100 --train-repeats 3",
        "3322566cc558acb8d0a731eb3f70deaf9ef274f9608121e3b75345b2776736f3",
    ),
    ("--select-by auc --select last --patience 2", "12e07161e74921586b9865272e68bae5c42f4857d79d9d446f01e159fb32e206"),
]
PRETRAIN_STUDENT = [
    ("", "c3022d5aca61ea70b1a808b43686c37f882c54bf6b6a022afbcffc585ff730e4"),
    (
        "--kd-weight 0.5 --cell gru --bidirectional --hidden 32 --seed 7",
        "5283da6f7828865242622988261b8edfd37813a0ddfaf0fd8b5602dcc0b6655a",
    ),
    (
        "--kd-weight 0.5 --temperature 2 --embedding-rank 8 --epochs 2 --lr 0.002 --clip 0.5 --size 1",
        "faecd0bdb3bceabc58c3c6d3490b526a5f543f265949f48f58da65fca0dbe9c6",
    ),
    ("--negatives 20 --cell gru", "dc3a3ed4ca2ba773082ea6c1021097fadd26810f8b961b8f406d14a5fbcfcb59"),
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
    ("lm", "--variant gpt2-mini", "03780564038494657dde360bf4a5f43d1c42c4d38f4819b3633714d83dc7e1f5"),
]
ADOPT = "55b926fb1899969a7657cd559b76fe5e1173e409e8c7a2e106798c6aea9536c8"
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
