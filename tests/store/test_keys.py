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
    ("", "94356935b15943f743c684088128edac8ebd51a84a9b2de87a0e80e3b64a87c2"),
    ("--precision bf16 --rank 2 --seed 7", "269246fe32ad54bedf89f01ed26de738d9c7b39966843d7cf441ab4bc22d8f28"),
    (
        "--rank 8 --alpha 16 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe --init kaiming",
        "a15ba248cbf82760149c5f404af0e1ddc6b8df2e5579b2bd4b76921faa273142",
    ),
    (
        "--bias none --unfreeze '' --init gaussian --validation holdout --patience 2",
        "e5bae1efd10e628bbc021a84ee1933f6ae9a8661c71de54dec51e831fe17513b",
    ),
    (
        "--epochs 3 --batch-size 32 --lr 0.0005 --dropout 0 --clip 0.5 --select last",
        "e94c337134300d6a76fa3e0f2f7d87b8495341b8783bf284787aa3562da0c0d0",
    ),
    ("--select-by mcc", "960be5e1a9aa4454331975ad8fb501aabe02c607f5b2fb5f0c949a7b5d4cbb79"),
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
    ("", "0ef181122511c899be648413ecb0f3c09a682928f2dc128377c7b9d7ab0422a1"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "6e5ba4a257ddbcbff30f72f72976ed8214a87dbc3ef1aa009bffde787d92c8a4",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "cf9440873b5615982345051f039c2a8f8f815d926ac06b1a9c9ccc754fa32581",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "300aa6d690a2364299c100a7a9d16745f1381ece3c961adafa6ddba7b20839da",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "49522a50d5781717f6687b04113c85fbc70aece81d437f8d724a0f9dc8bb953c",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "70eb80c3292b0973417e292d01a6c4b24d30fbb06f7031769d6cf550fd4ef15e",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "cf86e3682b6a6d947251bd405b3057a28c8ecb33cf935dcde4db22b5f46c4f43",
    ),
    (
        "--transfer sentences.txt,contextual --transfer-size 100",
        "4607c2b48c05271dc2aa37ac9840cfcb25ad8578a947a2926717c92e9ff3aca7",
    ),
    ("--teacher teachers --embedding-rank 4", "439867dd590758a73fab4bacad4d66a2ae2f3252be5cf9b1459fd03961f28e59"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "71f4778c48fc1196b0213b3aff028a74d45ef9bc96ef7000699764139d31c318",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "e02ed605d7f1619f8b306428e9ff59795f7600f8274b59ffbd8c1696f55bf57e",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "c4151f1502efd2d3e1c9e996e347a93183986c8d77824c928d00faa3040f7424",
    ),
    (
        "--transfer words --transfer-size 100 --train-repeats 3",
        "9d443ec032a1cdcbf9f13e94a3d2e97efe87dce4516a96495135211da8b35e09",
    ),
    ("--select-by auc --select last --patience 2", "bf2d0c303381ad95ec3f475622db658b1b42477f4637cb7aff9b8b13fed64993"),
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
    ("lm", "--variant gpt2-mini", "4f179b74dec31ec39af327e1c231183453229039054747c1d646d2552dd0eedd"),
]
ADOPT = "25f8d974f8e17ad94d5711cdcd2e70e0340122770cb389523c1b236f27016aad"
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
