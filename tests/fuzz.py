"""Coverage-guided fuzzing of whatever reads files that anybody may have written, with atheris.

python tests/fuzz.py TARGET [libFuzzer's options, as -max_total_time=60]

Any bytes must give a result or an error of colacli's own; anything else is a finding, and stops it. Its first
inputs are made by the tests' own makers: files that are right.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris
import typer

with atheris.instrument_imports(include=["colacli"]):
    from colacli.cli.main import app
    from colacli.cli.settings import read_files
    from colacli.data.about import read_about
    from colacli.data.layout import Layout
    from colacli.data.readers import read_corpus
    from colacli.data.unlabelled import read_unlabelled
    from colacli.errors import ColacliError
    from colacli.events import ignore
    from colacli.models.tensors import read_tensors
    from colacli.models.tokenizer import decode_ids, encode_all, load_tokenizer
    from colacli.models.tokenizer_files import TOKENIZER_JSON
    from colacli.sharing.archive import unpack, write_archive
    from colacli.store.manifest import parse_manifest
    from colacli.store.reading import from_json
    from colacli.store.refs import resolve
    from colacli.store.spec import parse_spec
    from colacli.store.store import Store

from factories.runs import commit_run
from factories.tiny import tokenizer_at, write_corpus, write_tokenizer

ROOT = Path(tempfile.mkdtemp(prefix="fuzz-"))
COMMANDS = typer.main.get_command(app)
_ENDINGS = (".tsv", ".csv", ".jsonl", ".parquet", ".txt", ".json", ".zip", ".tsv.gz", ".csv.xz")
_LAYOUTS = (
    Layout(),
    Layout(columns=("sentence=a", "label=b", "split=c"), labels=("x=1", "y=0")),
    Layout(quoting="csv"),
    Layout(quoting="none"),
)


def corpus(content):
    """Every format and some layouts, by the first byte."""
    layout, ending = divmod(content[0] if content else 0, len(_ENDINGS))
    read_corpus(_file(content[1:], "corpus" + _ENDINGS[ending]), _LAYOUTS[layout % len(_LAYOUTS)])


def unlabelled(content):
    """A benchmark's test file."""
    read_unlabelled(_file(content[1:], "test" + _ENDINGS[content[0] % len(_ENDINGS)] if content else "test.tsv"))


def about(content):
    """`colacli-corpus.json`, which lies beside a corpus' files."""
    read_about(_file(content, "colacli-corpus.json").parent)


def settings(content):
    """`colacli.toml`."""
    read_files(COMMANDS, str(_file(content, "colacli.toml")))


def name(content):
    """What a name stands for."""
    store = Store(ROOT / "store")
    store.refs.mkdir(parents=True, exist_ok=True)
    (store.refs / "name").write_bytes(content)
    resolve(store, "name")


def manifest(content):
    """`manifest.json`."""
    parse_manifest(content, "manifest.json")


def spec(content):
    """`spec.json`."""
    try:
        document = from_json(content)
    except ValueError:  # whoever reads a file says which one it is
        return
    parse_spec(document, "spec.json")


def archive(content):
    """What `runs export` wrote, or says it did."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        unpack(_file(content, "runs.tar"), Path(folder), ignore)
        escaped = [path for path in Path(folder).rglob("*") if path.is_symlink()]
        assert not escaped, escaped


def tensors(content):
    """A safetensors file."""
    read_tensors(_file(content, "model.safetensors"))


def tokenizer(content):
    """`tokenizer.json`, and a few sentences."""
    built = load_tokenizer({TOKENIZER_JSON: content}, ROOT)
    for ids in encode_all(built, ["The boy sleeps.", " na\u00efve\n\ufdfa", "a" * 300]):
        decode_ids(built, ids)


TARGETS = {
    one.__name__: one
    for one in (corpus, unlabelled, about, settings, name, manifest, spec, archive, tensors, tokenizer)
}


def _file(content, called):
    path = ROOT / called
    path.write_bytes(content)
    return path


def seeds(target):
    """A folder of files that are right."""
    folder = ROOT / "seeds"
    folder.mkdir()
    run = commit_run(Store(ROOT / "made"))
    if target == "corpus":
        write_corpus(ROOT)
        (folder / "0").write_bytes(b"\0" + (ROOT / "in_domain_dev.tsv").read_bytes())
    elif target == "tokenizer":
        made = ROOT / "base"
        made.mkdir()
        write_tokenizer(made)
        (folder / "0").write_text(tokenizer_at(made).to_str())
    elif target == "archive":
        write_archive(folder / "0", [run], [run.key], ignore)
    elif target in ("manifest", "spec"):
        (folder / "0").write_bytes((run.path / f"{target}.json").read_bytes())
    elif target == "name":
        (folder / "0").write_bytes(f"{run.key}\n".encode())
    return folder


def main():
    """Fuzz one target until libFuzzer is told to end."""
    target, *options = sys.argv[1:]

    def once(content):
        with suppress(ColacliError):
            TARGETS[target](content)

    atheris.Setup([sys.argv[0], *options, str(seeds(target))], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
