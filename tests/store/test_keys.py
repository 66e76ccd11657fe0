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
    ("", "2e603688a23179a8439e550f8a3ebec877901506266feea4432f0b877f814730"),
    ("--precision bf16 --hidden 32 --seed 7", "1e476ad2ec0543b1ce5ab5516c72c906046a119c4443421e4b9ad50a169f3dfc"),
    (
        "--cell gru --layers 2 --bidirectional --pooling mean --hidden 12 --label-smoothing 0.1",
        "b29aa733b86301c973b6e520da69eadc5f1d08a486a97a95a75628f8eeb7310e",
    ),
    (
        "--cell lstm --pooling attention --embedding-rank 4 --dropout 0.3",
        "0fdaa5b772bd90f9dce9e88826ec6671ed2d38347946f86715598bb215aeab38",
    ),
    ("--pooling max --freeze-embeddings --clip 1", "066c7e5f0d7c129ddcee52cfe64a61d43a0c69494e686125b0f842d798577fe1"),
    (
        "--embeddings random --select last --validation holdout --patience 1",
        "2523d7c532f84ae2700eeedc4029ba2716884923c98b0bc48e201b98d88df562",
    ),
    ("--epochs 3 --batch-size 32 --lr 0.0005", "63568a29509c7a23c7523ab9cc143ef8a631b3733ea207700f49dbd34f664d2d"),
    ("--lr-schedule cosine", "ef74b153bd527dbdcf312bde36e44e37daaee65f878fffe910f6cc5ab078aed6"),
    ("--select-by loss --validation holdout", "ffb39b5a049d527c29d88a9bc1286faeff7e09c39488b115a1ea15be093040da"),
]
DISTIL = [
    ("", "ed9354b549419126adcbe077ca64e35fc45b94daf068e4b1db9134df57d7b05f"),
    (
        "--precision bf16 --hidden 32 --seed 7 --cell gru --bidirectional",
        "e145f2882d0b41144afe1e436d569695972093e5a71379e8a1cff9828da3547d",
    ),
    (
        "--temperature 4 --kd-weight 0.9 --ce-weight 0.1 --hidden-weight 0.5",
        "f94970973afd66c6bdb0f2939d525ebffdb87e1c981a3ea08b638be7920f42a9",
    ),
    (
        "--kd-loss mse --cell lstm --layers 2 --pooling max",
        "fcc642d115d06dab3d4e5b29cd964f4188bda817b9703e448c3afa8f6157461b",
    ),
    (
        "--teacher-control shuffled --transfer words,parts --transfer-size 100",
        "4c8f3093268fe801f906b781c41c9654766cdc6477628351bcbee019c1eb05fc",
    ),
    (
        "--teacher-control hard --transfer sentences.txt",
        "514828ce5baf92d902e12f110f20304161313b222452ec47b628bc75d7d23810",
    ),
    (
        "--transfer generated --transfer-seed 3 --validation holdout",
        "01ca697b3a8470c0daacc2b8bfe5f7ac6e56473358b28e20f12e93960e4ba2dc",
    ),
    ("--teacher teachers --embedding-rank 4", "06ffe7a712c36415a2d651bc9c5469cdbdacc86a775dd730ef1695933f373ad7"),
    (
        "--teacher teachers --ensemble probabilities --epochs 2",
        "86fa57bc7b48a1d9f67bcb446f436b87b172530177eb22c93522e90feb7dcd1c",
    ),
    (
        "--teacher teachers --ensemble probabilities --teacher-control hard",
        "c4319f61391cdcbbf508f8aad998de410e7447ee8a00d0a61ebd8dff01800169",
    ),
    (
        "--prefix-weight 0.5 --kd-loss mse",
        "df230c819c28f723cdd36dd0bf740935942bf50a9f12be11f1e33748b9da1ba0",
    ),
    ("--select-by auc --select last --patience 2", "9ef9f803d67d9e495adf84d4bf654b21b4324c767aa90bcdcf33fd977d7d0ccf"),
]
PRETRAIN_STUDENT = [
    ("", "e6c69a2c5a55625ab0cc4142779ce5e7c9f225409c849809beeb48d298a021c8"),
    (
        "--kd-weight 0.5 --cell gru --bidirectional --hidden 32 --seed 7",
        "b73ad2f822773bf8685cea5f842b0d55a41b32d5489346c083df8b19801784aa",
    ),
    (
        "--kd-weight 0.5 --temperature 2 --embedding-rank 8 --epochs 2 --lr 0.002 --clip 0.5 --size 1",
        "d8b8f1cac4220fef5b07e78c4f9e24ba20ddae2a50339086bfc56d788a0e5b59",
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
