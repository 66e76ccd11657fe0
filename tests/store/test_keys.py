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
    ("", "9de99abcaebd6096cd4f5236131d77d22708e65e8c292e9b2f329ce7043454dc"),
    ("--precision bf16 --rank 2 --seed 7", "96231b725195ca397e4b34ffbe8a0e4b577b70da1b93d47f95e18c9e56fb3d13"),
    (
        "--rank 8 --alpha 16 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe --init kaiming",
        "dbc4ec2fb8f1ee2252782b6f698cbfff404d7debb9789ce5185a2152c1dac589",
    ),
    (
        "--bias none --unfreeze '' --init gaussian --validation holdout --patience 2",
        "e2d02df07507a0048e04b2144855963088c8797773819cc45117df3d3f32a234",
    ),
    (
        "--epochs 3 --batch-size 32 --lr 0.0005 --dropout 0 --clip 0.5 --select last",
        "c21b113e5e3de79b50395189c12bef3cc7a60e2a6b98f594747a46fe75f8511b",
    ),
    ("--select-by mcc", "ce2a70a9bffb953ece4d22f60f2ba099e373b4e24d41cd5c2ddf2c5588bf7abc"),
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
    ("", "a1073bffeb23740f02a794c7b064cc34578c79718ac0d7789dc654eec48dd054"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "c5a16d67c07fcb4cc95f7e0334134d15f2141c7b17e550f463d97029880e6a67",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "4123b348ccb2a6603d829b997dac8c8ceb8e41f8ad05044d64bdcdcf6aa7c074",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "5385c05d884329d403187369f9e5590cb91735f00270c853ac1f4f6b0d70a9d7",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "bf2bca2f3d1f62791f07634b22ebd86288af12e4a89511bf4bf9b936177aa80f",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "40e99818b5c99a595c8abed2ef7f7cb79ddf51011deb4dc0e4bd526e591ca491",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "9284ce7696b009f705b8a5d3218ed35d5e24bee96c3b55c3600bef9dbe4bda33",
    ),
    (
        "--transfer sentences.txt,contextual --transfer-size 100",
        "5b9e5165b7ace7a64adae94d2f73a3fd62d5bdbd4cb567e19700227339b5298b",
    ),
    ("--teacher teachers --embedding-rank 4", "258fd31c28414fff5911d7be4c920a6f41546b42fd0045f4eb4b2643a2524204"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "1ac56204d1c72f25a80c8e5c57cb0558611177ad124b9181aadfd81e75a56e3e",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "87a35f3c607503dd9e0a5cd4550a3cb66922b85984e994d1bae6d4c7dfea20f7",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "52f1f582fcfdd7a6e1c92ebc4287be489d20b4d39f9e59dbe38b78956a7d3457",
    ),
    (
        "--transfer words --transfer-size 100 --train-repeats 3",
        "8e94680406e93cf8eb421ef83fd5cb8bd833986733ef529b2e1c924302c56419",
    ),
    ("--select-by auc --select last --patience 2", "2010e9d3b6fed2f4e1df84b330701586548b07aa6581cbda9262fe01bbf37ced"),
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
