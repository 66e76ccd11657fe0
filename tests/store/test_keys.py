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
    ("", "a58722458af0111faec68768a7206fd6da33ad6cab94404affec394d1366042d"),
    ("--precision bf16 --rank 2 --seed 7", "56e89448eaec63dcc697d11b10fea5ddb3993aafd3f2b890174d313ad9462049"),
    (
        "--rank 8 --alpha 16 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe --init kaiming",
        "091015222be75d8e015e4853ef2d5ab2defea463b438c3a4c962b43b41e2ae80",
    ),
    (
        "--bias none --unfreeze '' --init gaussian --validation holdout --patience 2",
        "7d8bfa765602d788d24d4526ecbea40808a50e41dcb4ec175fe69ac08e2504b4",
    ),
    (
        "--epochs 3 --batch-size 32 --lr 0.0005 --dropout 0 --clip 0.5 --select last",
        "8534be1102eda45232559aa9da02ef348e4755e85c015133ab4a9b6db604aded",
    ),
    ("--select-by mcc", "15efbc2eabe1427b052687dd783007fe6f825105a14c6365251a64a1a2d3b79b"),
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
    ("", "2eb97158561bd9b61ae22b214ee91a467ab408afbf647111fa637c36d864895c"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "b2271b695e9c60f62d59be272c33748436751420a3718d128e726a0590f2d9d6",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "a134f4edabee7bdc1c55578fa39958f05d3d130e93171a2047c8f2824b258c01",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "b73cf20092e9ff44d714eccd7863c9504f37efb49caaf6676cfc90d35b1e2cd9",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "25b47031d83dfe9eb4d8e88b0cfb708250ef6258aa054b2b4a7d4c0227f1ac89",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "0d080f87b35c4e003e6f82ea6e82b2252cbfca5494150771f94f9b7e3683472a",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "954be7cd01789c249ef97891742bec473bb4001e465055139894ebccb5712cce",
    ),
    (
        "--transfer sentences.txt,contextual --transfer-size 100",
        "c34061b92fc9bff1b7e7b27bf30dfac569cee8493985e7895060f99bab0bb554",
    ),
    ("--teacher teachers --embedding-rank 4", "c2c9484c94f68c974ea27608e49873b7f02aeeffe5af4556be1b6bfad9c5650d"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "9ef5c0d0cb21fefa97a3789f5b5cc156cdb4b475b32b808c416a3936cba075f8",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "86d7270b5a8b438e5e571cdb5d7441b8fed529538f2b4efb984d3a351b1c88ea",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "1ba5c7d7b927382f89d0d4c51deee858a1423035ddfc03449c5cd7e9c2f91760",
    ),
    (
        "--transfer words --transfer-size 100 --train-repeats 3",
        "0e76d59f164b7ae855f24c95093b329920ae6ec55bc12b4ac72f3d6af582cc46",
    ),
    ("--select-by auc --select last --patience 2", "902a5d1ae3793599648b5855160af27670b921bc5fd49f1c8733d238df447f7a"),
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
    ("lm", "--variant gpt2-mini", "2ff3945cdfae5cca98bc30bfddf1583f2f796ff1b617df5c55d9c5da4c5a3f18"),
]
ADOPT = "fbb537f4d3ae5b68d9b6742193ee9cf8e5eb85a4ae5ac41254e6c743bf5e2d88"
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
