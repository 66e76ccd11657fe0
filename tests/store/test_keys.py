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
    ("", "c93cccaf74609c657a166d231fa945bc0e01833dec95df3e619873274aa7d45b"),
    ("--precision bf16 --rank 2 --seed 7", "32b07b4da7981ef0f2e0aab4b78a6990bddb65101c75ceba98300a8af25152da"),
    (
        "--rank 8 --alpha 16 --targets c_attn,mlp.c_proj --bias all --unfreeze ln_f,wpe --init kaiming",
        "c1b8ddabab47e5c67799911dd7a08497201edd3798202de0e51d07594557269f",
    ),
    (
        "--bias none --unfreeze '' --init gaussian --validation holdout --patience 2",
        "f4d934c208f80040de32ca93d445a0c03c526c9ec7751cbef7d7a1b43ea04289",
    ),
    (
        "--epochs 3 --batch-size 32 --lr 0.0005 --dropout 0 --clip 0.5 --select last",
        "78049ba77b6d653a5a91206c0e2cf03f08bed718a33f2b3457f4ac2424eb85d4",
    ),
    ("--select-by mcc", "84d8fd0faa3b2ba8468e3eab5b803cbabbf75ec05623f8881d92b65a550f97e5"),
]
TRAIN_STUDENT = [
    ("", "8ab016d6472faebf5a715d5b074a1b90c50cb406fb880d8899a8b6f70a34e26a"),
    ("--precision bf16 --hidden 32 --seed 7", "d30fa48919f575d46d945aec8ea435fa238ddf7a084669772c12f4bbcb17e94b"),
    (
        "--cell gru --layers 2 --bidirectional --pooling mean --hidden 12 --label-smoothing 0.1",
        "b29aa733b86301c973b6e520da69eadc5f1d08a486a97a95a75628f8eeb7310e",
    ),
    (
        "--cell lstm --pooling attention --embedding-rank 4 --dropout 0.3",
        "0fdaa5b772bd90f9dce9e88826ec6671ed2d38347946f86715598bb215aeab38",
    ),
    ("--pooling max --freeze-embeddings --clip 1", "4794ae7df5eb46b0ef544e473aa964670720f027d18709b5fdd869057f93826d"),
    (
        "--embeddings random --select last --validation holdout --patience 1",
        "6f8b0f5657859f52c9f1068df45963465382027235892bbb061fa1b1d29ad0c4",
    ),
    ("--epochs 3 --batch-size 32 --lr 0.0005", "3d702c7cd8d41e2d46d4bd130247d543462dec81593f940a7d5c10579b440945"),
    ("--lr-schedule cosine", "d61a10c8626d06435873dc97d3b5f252a69bc72c7c35f92d8e0ea3b80d778e6f"),
    ("--select-by loss --validation holdout", "58bee13f29ae6112cb221197cfecf5e7a95e53768d32f61dc8e031cd02c2358e"),
]
DISTIL = [
    ("", "74e63076964cc364ff5315337256d741cb300b2320ed27562e48d1f8e27b4aaf"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "e145f2882d0b41144afe1e436d569695972093e5a71379e8a1cff9828da3547d",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "a6d27c3a25dc50a752fbc40c04933701a0ee1450a9b369720243da8caa17b20b",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "fcc642d115d06dab3d4e5b29cd964f4188bda817b9703e448c3afa8f6157461b",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "f280b2d6d675201e8bbfb31d093e1203e0a9c788ccc83f22591e8414adb873ee",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "db0cdae0366b5c43c8526a48ee7ca5e3090010797d40708f5ebaaf8f236b8c68",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "01a316cd1298787fbb967c0800146ac74826e27223c6cc37a6af3dc257bda224",
    ),
    ("--teacher teachers --embedding-rank 4", "b8a0c208a5a4e2ecc883aa2509a0ece9480b9d86bc47d0229d3d5577f0c8a48a"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "7deab6858657e8928fde39fa8ea85fd1067defd5439c7c6ef1bef4f2631c2028",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "332ef161071868c1a2c5e2ab6a5916369b8601c976e8d35525d9e9dd41b8bf25",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "34a396f595464e220668cc6adbef3f929e8d58c48d2df2a02f82799283163d51",
    ),
    ("--select-by auc --select last --patience 2", "ffd3271945e702453cf61eee513dd365e53abca085e06cf29339f74e3b763344"),
]
PRETRAIN_STUDENT = [
    ("", "8c8bcc7cf1182b921fda78d8a9dafbe0f4ae3ca867ba5acf03f1976e4aa47afc"),
    (
        "--kd-weight 0.5 --cell gru --bidirectional --hidden 32 --seed 7",
        "b73ad2f822773bf8685cea5f842b0d55a41b32d5489346c083df8b19801784aa",
    ),
    (
        "--kd-weight 0.5 --temperature 2 --embedding-rank 8 --epochs 2 --lr 0.002 --clip 0.5 --size 1",
        "281c51c4c60393b136dc0875b33fdba0528eeae1198fc8885f8e12977c31b5ab",
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
    ("lm", "--variant gpt2-mini", "25434d030c2cf596a864d9a0108da11e802b19d6500eb182c798862b692284da"),
]
ADOPT = "cd1cf1e4524fc807846ce9856df55eaf2a2dddc8d0638400bf95c2a02cb20b65"
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
