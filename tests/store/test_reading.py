"""JSON that anybody wrote is a value of the type that is meant, or an error that is foreseen."""

import json
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from colacli.config import Lora, Training
from colacli.errors import ColacliError
from colacli.store import reading
from colacli.store.canonical import canonical
from colacli.store.manifest import read_manifest
from colacli.store.reading import convert, from_json, read_json
from colacli.store.spec import parse_spec
from factories.runs import commit_run, make_spec


def test_a_document_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    """No more of it is read than could be a document."""
    monkeypatch.setattr(reading, "LONGEST", 100)
    (tmp_path / "large").write_bytes(b'"' + b"x" * 10_000_000 + b'"')

    with pytest.raises(ValueError, match="more than 100 bytes"):
        read_json(tmp_path / "large")


def test_a_long_document_is_read_whole(tmp_path):
    """Whatever the size of the pieces that it is read in."""
    for size in (0, 1, 2**16 - 1, 2**16, 2**16 + 1, 300_000):
        content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        (tmp_path / "document").write_bytes(content)

        assert reading.read_bounded(tmp_path / "document") == content


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"[[", b'{"a":['])
def test_a_document_that_is_too_deep_is_refused(opening):
    """A million brackets are an error like any other."""
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting"):
        from_json(opening * 100_000)


@pytest.mark.parametrize(
    "text", [b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"\xff", b"", b"{", b"1" * 10_000, b"1e999", b'{"a": -1e400}']
)
def test_what_is_no_json_is_refused(text):
    """Numbers that JSON lacks are none, and none is longer than a number can be."""
    with pytest.raises(ValueError, match=r"."):
        from_json(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_value_error(content):
    """Nothing else comes of them."""
    try:
        from_json(content)
    except ValueError:
        return


@dataclass(frozen=True)
class Inner:
    """A part."""

    n: int


@dataclass(frozen=True)
class Outer:
    """A whole of every type that is written."""

    kind: Literal["a", "b"]
    share: float
    names: tuple[str, ...]
    digests: dict[str, str]
    flag: bool
    part: Inner
    other: Inner | None = None


GOOD = {"kind": "a", "share": 0.5, "names": ["x"], "digests": {"x": "y"}, "flag": True, "part": {"n": 1}}


@pytest.mark.parametrize(
    "change", [{}, {"kind": "b"}, {"share": 1}, {"names": []}, {"other": {"n": 2}}, {"other": None}]
)
def test_what_fits(change):
    """Every value is written as its field's type is; a whole number may stand for a real one."""
    made = convert({**GOOD, **change}, Outer)

    assert json.loads(canonical(made)) == {
        name: value for name, value in {**GOOD, **change}.items() if value is not None
    }


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "c"},
        {"kind": ["a"]},
        {"share": "0.5"},
        {"share": True},
        {"names": "x"},
        {"names": [1]},
        {"digests": {"x": 1}},
        {"digests": ["x"]},
        {"flag": 1},
        {"part": {"n": 1.5}},
        {"part": {"n": True}},
        {"part": {"m": 1}},
        {"part": 1},
        {"other": 3},
        {"unknown": 1},
    ],
)
def test_what_does_not_fit(change):
    """Another type, another word, or a field that there is not."""
    with pytest.raises(ValueError, match=r"Expected|Invalid|unknown"):
        convert({**GOOD, **change}, Outer)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SPEC = json.loads(canonical(make_spec(command="finetune", lora=Lora(), training=Training(precision="fp32"))))
PARTS = {name: part for name, part in SPEC.items() if isinstance(part, dict)}
PLACES = [(name,) for name in SPEC] + [(name, one) for name, part in PARTS.items() for one in part]


@given(st.sampled_from(PLACES), VALUES)
@example(("data",), 3)
@example(("lora", "targets"), [[]])
@example(("training", "precision"), "fp99")
def test_any_value_in_a_spec_gives_a_spec_or_an_error_of_ours(place, value):
    """Whatever stands at any place of it; and what is taken is written again as it was."""
    document = json.loads(json.dumps(SPEC))
    (document if len(place) == 1 else document[place[0]])[place[-1]] = value
    try:
        spec = parse_spec(document, "spec.json")
    except ColacliError:
        return
    assert convert(json.loads(canonical(spec)), type(spec)) == spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished run's folder, to write manifests into."""
    from colacli.store.store import Store

    return commit_run(Store(tmp_path_factory.mktemp("reading") / "home")).path


@given(data=st.data())
def test_any_value_in_a_manifest_gives_a_manifest_or_an_error_of_ours(folder, data):
    """Whatever stands at any place of it, seal or no seal."""
    if not (folder / "kept").exists():
        (folder / "kept").write_bytes((folder / "manifest.json").read_bytes())
    values = json.loads((folder / "kept").read_bytes())
    values.pop("seal")
    values[data.draw(st.sampled_from(sorted(values)))] = data.draw(VALUES)
    (folder / "manifest.json").write_text(json.dumps(values))
    try:
        assert read_manifest(folder).size >= 0
    except ColacliError:
        return


@given(st.binary(max_size=100))
def test_any_bytes_as_a_manifest_are_an_error_of_ours(folder, content):
    """No other exception comes of them."""
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ColacliError):
        read_manifest(folder)
