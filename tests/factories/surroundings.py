"""Everything that commands fail on, for tests of errors: bad files, and a store with runs whole and hurt."""

import shlex
import shutil

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.runs import commit_run, cut, make_spec


def write_files(folder):
    """Bases, corpora and settings that nobody can use; their paths by name."""
    row = "x\t1\t\tThe baker paints a lamp.\n"
    texts = {
        "text": "x",
        "bad": row * 2 + row.replace("1", "2"),
        "void": "",
        "broken": "[finetune\n",
        "stray": "[teach]\nepochs = 1\n",
        "bare": "epochs = 1\n",
        "odd": "[finetune]\nepoch = 1\n",
        "typed": "[train-student]\nepochs = 'many'\n",
    }
    paths = {name: folder / f"{name}.tsv" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text)
    for name in ("empty", "pickles", "mute", "lone", "long_train", "long_dev", "long_far"):
        paths[name] = folder / name
        paths[name].mkdir()
    long = f"x\t0\t\tThe{' lamp' * 45}.\n"
    splits = ("train", "dev", "out_of_domain_dev")
    longs = {"long_train": (long + row, row, row), "long_dev": (row, row + long, row), "long_far": (row, row, long)}
    for name, rows in longs.items():
        for split, text in zip(splits, rows, strict=True):
            (paths[name] / f"{split}.tsv").write_text(text)
    (paths["lone"] / "train.tsv").write_text(row * 20)
    paths["latin"] = folder / "latin.toml"
    paths["latin"].write_bytes(b"# \xf6\n")
    return {**paths, "nowhere": folder / "nowhere"}


def alike():
    """Two specs whose keys share their first four digits."""
    seen, spec = {}, make_spec(0)
    while spec.key[:4] not in seen:
        seen[spec.key[:4]] = spec
        spec = make_spec(len(seen))
    return seen[spec.key[:4]], spec


def make_places(folder, base, corpus):
    """A store with runs whole and hurt, and everything that commands are given, by name."""
    places = {**write_files(folder), "home": folder / "home", "base": base, "corpus": corpus}
    for name in ("config.json", "vocab.json", "merges.txt"):
        shutil.copy(base / name, places["pickles"])
    (places["pickles"] / "pytorch_model.bin").write_bytes(b"x")
    for name in ("config.json", "model.safetensors"):
        shutil.copy(base / name, places["mute"])
    moved = changed_base(base, folder / "moved", 0.5)
    places["sick"] = changed_base(base, folder / "sick", 3e38)  # finite, and no state that is made of it
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(places["home"]))
        make_runs(base, corpus, moved)
    shutil.rmtree(moved)
    runs = places["home"] / "runs"
    keys = {name: (places["home"] / "refs" / name).read_text().split()[0] for name in ("student", "hurt")}
    cut(runs / keys["hurt"] / "model.safetensors")
    cut(runs / keys["hurt"] / "predictions-in_domain_dev.tsv")
    store = Store(places["home"])
    first, _ = (commit_run(store, spec) for spec in alike())
    beheaded = commit_run(store, make_spec(command="distil"))
    (beheaded.path / "manifest.json").unlink()
    return places | {
        "gone": moved,
        "shared": first.key[:4],
        "beheaded": beheaded.key[:16],
        "digits": keys["student"][:12],
    }


def changed_base(base, folder, value):
    """A copy of a base model, with another embedding for the positions that only long sentences have."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(base, folder)
    weights = load_file(base / "model.safetensors")
    positions = next(tensor for name, tensor in weights.items() if name.endswith("wpe.weight"))
    positions[30:] = value
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def make_runs(base, corpus, moved):
    """A teacher, its student, three students alone, and a teacher whose base will go."""
    how = f"--data {shlex.quote(str(corpus))} --epochs 1 --precision fp32 --device cpu --json"
    alone = f"train-student --base {shlex.quote(str(base))} {how} --hidden 4"
    for command in (
        f"finetune --base {shlex.quote(str(base))} {how} --rank 1 --name teacher",
        f"finetune --base {shlex.quote(str(moved))} {how} --rank 1 --name orphan",
        f"distil --teacher teacher {how} --hidden 4 --name distilled",
        f"{alone} --name student",
        f"{alone} --seed 1 --name other",
        f"{alone} --seed 9 --name hurt",
        "runs name several student other",
    ):
        assert run(shlex.split(command)) == 0
