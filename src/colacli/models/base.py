"""Base models: the variants by name, folders, and the digests that identify what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.errors import ModelError, UnavailableError, UsageError
from colacli.events import Note, OnEvent
from colacli.models.config import GPT2Config, read_config
from colacli.models.layout import weight_files
from colacli.store.canonical import key_of
from colacli.store.spec import BaseDigests

if TYPE_CHECKING:
    from colacli.store.run import Run
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
VARIANTS = (*BUNDLED, *HUB)
DEFAULT_VARIANT = "gpt2"

TOKENIZER_JSON = "tokenizer.json"
TOKENIZER_PAIR = ("vocab.json", "merges.txt")
_WANTED = ["config.json", "*.safetensors", "*.safetensors.index.json", TOKENIZER_JSON, *TOKENIZER_PAIR]


@dataclass(frozen=True)
class Base:
    """A base model that is on this machine."""

    name: str
    """The variant or the folder it was found by; kept to find it again."""
    folder: Path
    config: GPT2Config
    digests: BaseDigests

    @property
    def public_name(self) -> str:
        """What to call it elsewhere: bundled name, repository on the hub, or weights' digest. Never a path."""
        return self.name if self.name in BUNDLED else HUB.get(self.name, f"sha256:{self.digests.weights}")


def find_base(store: Store, variant: str | None, folder: Path | None, on_event: OnEvent) -> Base:
    """The base model of a variant, or in a folder; GPT-2 if neither is given.

    Raises:
        UsageError: there is no such variant, or both are given.
        ModelError: the folder doesn't hold a GPT-2 in the Hugging Face layout.
        UnavailableError: the variant is neither in the Hugging Face cache nor to be fetched.
    """
    if folder is not None:
        if variant is not None:
            raise UsageError("--variant and --base are both given", "give one")
        if not folder.is_dir():
            raise ModelError(f"--base {folder}: there is no such folder", "give a folder with config.json")
        folder = folder.resolve()
        return _read_base(store, str(folder), folder)
    variant = variant or DEFAULT_VARIANT
    if variant not in VARIANTS:
        raise UsageError(f"--variant: '{variant}' is not one of {', '.join(VARIANTS)}", "or give a folder with --base")
    return _read_base(store, variant, BUNDLED.get(variant) or _hub_folder(variant, on_event))


def base_of(store: Store, run: Run, folder: Path | None, on_event: OnEvent) -> Base:
    """The base model a run was made on, found where it was found then or in the folder given.

    Raises:
        ModelError: it is not there any more, or is another model now.
    """
    where = run.manifest.sources.get("base", "")
    hint = "say where the run's base model is with --base DIR"
    if folder is None and where not in VARIANTS:
        if not Path(where).is_dir():
            raise ModelError(f"the base model of run {run.key[:12]} was in {where}, which is gone", hint)
        folder = Path(where)
    base = find_base(store, None if folder else where, folder, on_event)
    if base.digests != run.spec.base:
        raise ModelError(f"{base.folder} is not the base model that run {run.key[:12]} was made on", hint)
    return base


def _read_base(store: Store, name: str, folder: Path) -> Base:
    config = read_config(folder)
    weights = {path.name: store.file_digest(path) for path in weight_files(folder)}
    tokenizer = {path.name: store.file_digest(path) for path in tokenizer_files(folder)}
    digests = BaseDigests(config=key_of(config), tokenizer=key_of(tokenizer), weights=key_of(weights))
    return Base(name, folder, config, digests)


def tokenizer_files(folder: Path) -> list[Path]:
    """The files a tokenizer is read from: `tokenizer.json`, else the vocabulary and its merges.

    Raises:
        ModelError: neither is there.
    """
    if (folder / TOKENIZER_JSON).is_file():
        return [folder / TOKENIZER_JSON]
    pair = [folder / name for name in TOKENIZER_PAIR]
    if missing := [path.name for path in pair if not path.is_file()]:
        hint = "copy the tokenizer's files beside the weights"
        raise ModelError(f"{folder} has no tokenizer: no {TOKENIZER_JSON}, and no {' and '.join(missing)}", hint)
    return pair


def _hub_folder(variant: str, on_event: OnEvent) -> Path:
    """The folder of a variant in the Hugging Face cache, fetched into it if need be."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    repository = HUB[variant]
    try:
        folder = Path(snapshot_download(repository, allow_patterns=_WANTED, local_files_only=True))
        if (folder / "config.json").is_file() and any(folder.glob("*.safetensors")):
            return folder
    except LocalEntryNotFoundError:
        pass
    on_event(Note(f"fetching {repository} from the Hugging Face hub"))
    try:
        return Path(snapshot_download(repository, allow_patterns=_WANTED))
    except (OSError, ValueError, RuntimeError) as error:  # the hub's and the network's errors are among these
        raise UnavailableError(
            f"{variant} is not in the Hugging Face cache and {repository} can't be fetched: {_first_line(error)}",
            f"on a machine with a network run `hf download {repository}` and copy the folder here, then give it "
            "with --base DIR",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
