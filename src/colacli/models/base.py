"""Base models on disk: variants by name, folders in Hugging Face's layout, and their digests.

No torch: a cache hit reads no weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from colacli.errors import ModelError, UnavailableError, UsageError, check_text
from colacli.events import Note, OnEvent
from colacli.models.config import CONFIG, GENERATION_CONFIG, GPT2Config, read_config, read_settings
from colacli.models.tokenizer_files import TOKENIZER_FILES, read_tokenizer, tokenizer_digest, vocabulary_files
from colacli.store.canonical import key_of
from colacli.store.files import hash_file
from colacli.store.reading import convert
from colacli.store.run import Run
from colacli.store.spec import BaseDigests
from colacli.store.store import Store

BUNDLED = {"gpt2-mini": Path(__file__).parent.parent / "bundled" / "gpt2-mini"}
"""Name on the command line -> folder in this package."""
HUB = {
    "distilgpt2": "distilbert/distilgpt2",
    "gpt2": "openai-community/gpt2",
    "gpt2-medium": "openai-community/gpt2-medium",
    "gpt2-large": "openai-community/gpt2-large",
    "gpt2-xl": "openai-community/gpt2-xl",
}
"""Name on the command line -> repository on the Hugging Face hub."""
_FETCH_HINT = "used with a network, it is fetched; without one, give a copy with --base DIR"
VARIANTS = (*BUNDLED, *HUB)
DEFAULT_VARIANT = "gpt2"

_ADAPTER = "adapter_config.json"
_FILES = [CONFIG, GENERATION_CONFIG, "*.safetensors", "*.safetensors.index.json", *TOKENIZER_FILES]
_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class Base:
    """A base model on this machine: its config and tokenizer files, and the digests of its weights.

    Weights are read later and hashed then; it is an error if they have changed.
    """

    name: str
    """The variant or the folder, from which it can be found again."""
    folder: Path
    config: GPT2Config
    tokenizer: Mapping[str, bytes]
    """Content of the tokenizer's files, by name."""
    weights: Mapping[str, str]
    """SHA-256 of each weight file, by name."""

    @cached_property
    def digests(self) -> BaseDigests:
        """They identify it."""
        weights, config = key_of(self.weights), key_of(self.config)
        return BaseDigests(config=config, tokenizer=tokenizer_digest(self.tokenizer), weights=weights)

    @property
    def public_name(self) -> str:
        """Its name in exported files: bundled name, repository on the hub, or digest of the weights. Never a path."""
        return self.name if self.name in BUNDLED else HUB.get(self.name, f"sha256:{self.digests.weights}")


def find_base(
    store: Store, variant: str | None, folder: Path | None, on_event: OnEvent, *, fresh: bool = False
) -> Base:
    """The base model of a variant, or in a folder; GPT-2 if neither is given.

    With `fresh` every byte is hashed again, without the store's cache of digests.

    Raises:
        UsageError: there is no such variant, or both are given.
        ModelError: the folder doesn't hold a GPT-2 in the Hugging Face layout.
        UnavailableError: the variant is neither in the Hugging Face cache nor to be fetched.
    """
    digest = hash_file if fresh else store.file_digest
    if folder is not None:
        if variant is not None:
            raise UsageError("--variant and --base are both given", "give one")
        if not folder.is_dir():
            raise ModelError(f"--base {folder}: there is no such folder", "give a folder with config.json")
        check_text(str(folder.resolve()), f"--base {folder}")
        folder = folder.resolve()
        return read_base(folder, str(folder), digest)
    variant = variant or DEFAULT_VARIANT
    if variant not in VARIANTS:
        raise UsageError(f"--variant: '{variant}' is not one of {', '.join(VARIANTS)}", "or give a folder with --base")
    return read_base(BUNDLED.get(variant) or _hub_folder(variant, on_event), variant, digest)


def base_of(store: Store, run: Run, folder: Path | None, on_event: OnEvent, *, fresh: bool = False) -> Base:
    """The base model of a run, where the run's manifest has it or in `folder`; `fresh` as in `find_base`.

    Raises:
        ModelError: it is no longer there, or is another model now.
    """
    source = run.manifest.sources.get("base", "")
    hint = "say where the run's base model is with --base DIR"
    if folder is None and source not in VARIANTS:
        if not Path(source).is_dir():
            raise ModelError(f"the base model of run {run.key[:12]} was in {source}, which is gone", hint)
        folder = Path(source)
    base = find_base(store, None if folder else source, folder, on_event, fresh=fresh)
    if base.digests != run.spec.base:
        raise ModelError(f"{base.folder} is not the base model that run {run.key[:12]} was made on", hint)
    return base


def read_base(folder: Path, name: str = "", digest: Callable[[Path], str] = hash_file) -> Base:
    """The base model in a folder.

    Args:
        folder: in the Hugging Face GPT-2 layout.
        name: its variant or folder; the folder's path by default.
        digest: computes the SHA-256 of a file.

    Raises:
        ModelError: it is no GPT-2, or a file is missing, or its tokenizer is not supported.
    """
    for pattern in _FILES:
        for path in folder.glob(pattern):
            _refuse_lfs_pointer(path)
    if (folder / _ADAPTER).exists():  # transformers would read the adapter's base and the adapter
        raise ModelError(f"{folder} holds an adapter beside a model", f"merge it with PEFT, or move {_ADAPTER} away")
    config = read_config(folder)
    weights = {path.name: digest(path) for path in weight_files(folder)}
    return Base(name or str(folder), folder, config, read_tokenizer(folder), weights)


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a base model, one or its shards.

    Raises:
        ModelError: there is none, only pickles, or the index is broken.
    """
    if (folder / _SINGLE).is_file():
        return [folder / _SINGLE]
    if (folder / _INDEX).is_file():
        return _shards(folder / _INDEX)
    refuse_pickles(folder)
    raise ModelError(f"{folder} has no {_SINGLE}", "give a folder with config.json, model.safetensors, tokenizer files")


def _shards(index: Path) -> list[Path]:
    try:
        names = sorted(set(convert(read_settings(index).get("weight_map"), dict[str, str]).values()))
    except ValueError as error:
        hint = "copy it again from where the model came from"
        raise ModelError(f"{index} is not an index of shards: {error}", hint) from error
    for name in names:
        if "/" in name or "\\" in name or not name.endswith(".safetensors"):
            hint = "copy every shard of the model"
            raise ModelError(f"{index} names {name!r}, which is not a safetensors file beside it", hint)
        if not (index.parent / name).is_file():
            hint = "copy the model again, every shard of it"
            raise ModelError(f"{index.parent / name} is missing; {_INDEX} names it", hint)
    return [index.parent / name for name in names]


def refuse_pickles(folder: Path) -> None:
    """Check that weights are not missing because they are pickles.

    Raises:
        ModelError: the folder holds a pickle.
    """
    if pickles := sorted(path for path in folder.glob("*") if path.suffix in _PICKLES):
        raise ModelError(
            f"{pickles[0]} is a pickle, which can run any code when it is read; colacli reads safetensors only",
            "load it with transformers or PEFT where you trust it, and save_pretrained() it again",
        )


def _refuse_lfs_pointer(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("rb") as stream:
        if stream.read(len(_LFS_POINTER)) == _LFS_POINTER:
            hint = "run `git lfs pull` in its folder, or copy the file itself"
            raise ModelError(f"{path} is a Git LFS pointer; what it points to was not fetched", hint)


def cached_folder(variant: str) -> Path:
    """The folder of a variant in the Hugging Face cache.

    Raises:
        UnavailableError: it is missing or incomplete; the message says what is missing.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    cache = "the Hugging Face cache"
    try:
        folder = Path(snapshot_download(HUB[variant], allow_patterns=[CONFIG], local_files_only=True))
    except LocalEntryNotFoundError as error:
        raise UnavailableError(f"{HUB[variant]} is not in {cache}", _FETCH_HINT) from error
    try:
        dangling = [path.name for path in folder.iterdir() if any(map(path.match, _FILES)) and not path.exists()]
        if dangling or not (folder / CONFIG).is_file():
            raise ModelError(f"{folder} lacks {', '.join(sorted(dangling)) or CONFIG}", _FETCH_HINT)
        weight_files(folder)
        vocabulary_files(folder)
    except ModelError as error:
        raise UnavailableError(f"{HUB[variant]} is only in part in {cache}: {error.message}", _FETCH_HINT) from error
    except OSError as error:
        raise UnavailableError(f"{HUB[variant]} can't be read in {cache}: {error}", _FETCH_HINT) from error
    return folder


def _hub_folder(variant: str, on_event: OnEvent) -> Path:
    """The folder of a variant in the Hugging Face cache, fetched into it if need be."""
    from huggingface_hub import snapshot_download

    try:
        return cached_folder(variant)
    except UnavailableError as error:
        missing = error.message
    repository = HUB[variant]
    on_event(Note(f"fetching {repository} from the Hugging Face hub"))
    try:
        snapshot_download(repository, allow_patterns=_FILES)
        return cached_folder(variant)
    except (OSError, ValueError, RuntimeError, UnavailableError) as error:  # the hub's and the network's among these
        raise UnavailableError(
            f"{missing}, and it can't be fetched: {_first_line(error)}",
            f"on a machine with a network run `hf download {repository}` and copy the folder here, then give it "
            "with --base DIR",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
