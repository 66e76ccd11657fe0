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
    ("", "d8acb83b99d03d415582a7ba81bee217177fac8fd31686c988b9ef75a7454a21"),
    ("--precision bf16 --hidden 32 --seed 7", "bb32f9e1c4b8ea1a4f23684d024d1bd9bc3a8890872ee8e668281435d34d380d"),
    (
        "--cell gru --layers 2 --bidirectional --pooling mean --hidden 12 --label-smoothing 0.1",
        "8d77857643b019fb46ed91edab35e1c29c048658b982e5ecbb2301aa38b2ec2a",
    ),
    (
        "--cell lstm --pooling attention --embedding-rank 4 --dropout 0.3",
        "acb7578b22a8457f650e737f3b238fb5b79745cd6d45da1d6948e85e1fee9a61",
    ),
    ("--pooling max --freeze-embeddings --clip 1", "45a155ec683163f428d064008c3c87b4bfd56c53ce56fbadc06938bdb62e3fd8"),
    (
        "--embeddings random --select last --validation holdout --patience 1",
        "bdc228972f8507fcd614d300472a60268540a656312e39b2bd9ad5b02e854b96",
    ),
    ("--epochs 3 --batch-size 32 --lr 0.0005", "22274afe68000706ef5f3b63b22e98daa60f5cd192cf54ece14c9412c3d3155e"),
    ("--lr-schedule cosine", "eb84566ac78f196f427da4a60cd7a4998a4ecaf99cf155300c3190625a335c06"),
    ("--select-by loss --validation holdout", "ff0bad6f9e6780587a332d6183fc28da1d55bd5115d5c5213afeb9c58692f545"),
]
DISTIL = [
    ("", "6ccb663562e788e0115200b9144fcaf115ea65dbd2952355b7eec49d12fe9e87"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "89b7736a7ddbba43ae2a02c84ef8bfb6db02645dce5c28d9d51e89a4bdfc59fb",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "0b8080d96d5e0283ecce0697e9880d1d89fdc5fcd559fa3db9f5460d0fb6f3ad",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "53d607d5436fc4e5a1d392d8f74618007629dee55c63fcf744f536512468fa42",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "cbad68d34a1a575c0286a941e4ecc20f0096802543cec916d1cf587d5454e963",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "d441b1e4a398016f6e0cc4de18228bcffb7cf9eb7b3e9d6d2174fefd307e3283",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "82b5df95ba4f5242bac9d40eb7dc2c8d2af364d85cd3d55552155f0650dbe087",
    ),
    (
        "--transfer sentences.txt,contextual --transfer-size 100",
        "63f750f5e7071fcdb13b188de370a5bcd7d92bab33b2b59673911f3259af18e8",
    ),
    ("--teacher teachers --embedding-rank 4", "5d86bcaad8d2a69d45c6921419dac1719e0e73f9b208701d4a3b283b1cd6b76e"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "20ddfb70f95fee648ebef30929c5b23d72bb6e39352293c22d93a12c5a2956f9",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "2e293b134d540fdc33c3eb1b7491f2ef5619ea80c9e42d4b9c1ca73eedfd97bc",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "e1a81cbec7e8cc6f1c3f121ab9394cef8b16fc0531063ae4cd2c6aa1b759b984",
    ),
    (
        "--transfer words --transfer-size 100 --train-repeats 3",
        "6894337ed9db51402afc14cab49e8dffd35af038f9ff1d2ce0daf0bad1570966",
    ),
    ("--select-by auc --select last --patience 2", "4b0a2b068c16dbf4fa02096e24387a2827b7b7bbbf7775cd07267dce5eb32d83"),
]
PRETRAIN_STUDENT = [
    ("", "6173603b1e67ad17ab8e18f498d312dfc4207e686fd652636b0d9b60f7d1722f"),
    (
        "--kd-weight 0.5 --cell gru --bidirectional --hidden 32 --seed 7",
        "6db7917cc21c063f86f71108cfc8342f30ddc4b30165b02e16806dfbd1a27a7f",
    ),
    (
        "--kd-weight 0.5 --temperature 2 --embedding-rank 8 --epochs 2 --lr 0.002 --clip 0.5 --size 1",
        "0ab3f0dfb772f6317bb7408e1eab99c56363f2428b0724cbaca7c8737a9d3ed5",
    ),
    ("--negatives 20 --cell gru", "b60fac8f8ab0658be83a37ffdfa1b22a88c20d32ad5aa5bed9c300384d42d5f7"),
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
