"""Where a base model's weights are, in Hugging Face's layout. No torch: a cache hit asks only this."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from colacli.errors import ModelError
from colacli.store.reading import read_json

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")
_POINTER = b"version https://git-lfs.github.com/spec/"
_COPY = "copy the model again, every shard of it"


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a base model, one or its shards.

    Raises:
        ModelError: there is none, only pickles, or the index leads elsewhere.
    """
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        return _shards(folder)
    refuse_pickles(folder)
    raise ModelError(f"{folder} has no {SINGLE}", "give a folder with config.json, model.safetensors, tokenizer files")


def refuse_pickles(folder: Path) -> None:
    """See that it is not for being pickles that a folder has no weights.

    Raises:
        ModelError: it holds one.
    """
    if pickles := sorted(path for path in folder.glob("*") if path.suffix in _PICKLES):
        raise ModelError(
            f"{pickles[0]} is a pickle, which can run any code when it is read; colacli reads safetensors only",
            "load it with transformers or PEFT where you trust it, and save_pretrained() it again",
        )


def refuse_pointers(files: Iterable[Path]) -> None:
    """See that files are what they are called, and not Git LFS's pointers to it.

    Raises:
        ModelError: one is a pointer.
    """
    for path in files:
        with path.open("rb") as stream:
            if stream.read(len(_POINTER)) == _POINTER:
                hint = "run `git lfs pull` in its folder, or copy the file itself"
                raise ModelError(f"{path} is a Git LFS pointer; what it points to was not fetched", hint)


def _shards(folder: Path) -> list[Path]:
    index = folder / INDEX
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{index} is not an index of shards: {error}", "copy it again from where the model came from"
        ) from error
    for name in names:
        if not isinstance(name, str) or "/" in name or "\\" in name or not name.endswith(".safetensors"):
            raise ModelError(
                f"{index} names {name!r}, which is not a safetensors file beside it", "copy every shard of the model"
            )
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name} is missing; {INDEX} names it", _COPY)
    return [folder / name for name in names]
