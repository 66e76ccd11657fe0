"""An exported folder sent to a repository of the Hugging Face hub, after its owner has seen what would be sent.

The login is the hub's own: `huggingface_hub` finds the token, and it is never shown or stored here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import Checked, setting
from colacli.errors import UnavailableError, UsageError
from colacli.events import Note, OnEvent
from colacli.exports.kinds import ExportOptions
from colacli.exports.record import RECORD
from colacli.sharing.address import shown
from colacli.store.store import Store
from colacli.workflows.export import ExportResult, export

if TYPE_CHECKING:
    from huggingface_hub import HfApi

KIND = "hub"
_LOGIN = "run `hf auth login` with a token that may write, or set HF_TOKEN"


@dataclass(frozen=True, kw_only=True)
class UploadOptions(Checked):
    """Where an export is sent."""

    repo: str | None = setting(None, "With --to hub: the repository that it is sent to, USER/NAME.")
    private: bool = setting(default=False, help="Make that repository a private one, if it is new.")


@dataclass(frozen=True)
class Upload:
    """What is about to be sent."""

    exported: ExportResult
    folder: Path
    repository: str
    address: str
    user: str
    """Who is logged in."""
    private: bool
    """Whether it is, or will be."""
    there: int | None
    """Number of files in the repository; None where it will be made."""


@dataclass(frozen=True)
class Uploaded:
    """What was sent."""

    upload: Upload
    commit: str
    """Its hash in the repository."""


def check_upload(kind: str, path: Path | None, options: UploadOptions) -> None:
    """See that an export goes to one place.

    Raises:
        UsageError: it goes to none or to two, or the repository's name can't be.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    if options.repo is None:
        if path is None:
            raise UsageError("--output is missing", "name a folder or a file; --to hub takes --repo USER/NAME instead")
        if options.private:
            raise UsageError("--private has no meaning without --repo", "leave it out, or name a repository")
        return
    if kind != KIND:
        raise UsageError(f"--repo has no meaning with --to {kind}", "it is for hub: leave it out")
    if path is not None:
        raise UsageError("--output and --repo are both given", "give --output to look at what --repo would send")
    try:
        validate_repo_id(options.repo)
        if "/" not in options.repo:
            raise UsageError(f"--repo {options.repo} names no user", "write USER/NAME")
    except HFValidationError as error:
        raise UsageError(f"--repo {options.repo} is no repository's name: {error}", "write USER/NAME") from error


def prepare_upload(
    reference: str, folder: Path, export_options: ExportOptions, options: UploadOptions, store: Store, on_event: OnEvent
) -> Upload:
    """Export a run, and see who would send it and what is there; nothing is sent.

    Args:
        reference: the run.
        folder: where the export is made; it does not exist yet.
        export_options: of the kind.
        options: where it goes.
        store: where the run is.
        on_event: told what is going on.

    Raises:
        UnavailableError: there is no login, no network, or the repository can't be read.
        UsageError: it is to be private and is a public one.
    """
    assert options.repo is not None, "checked before"
    with _asking(options.repo) as api:
        user = str(api.whoami()["name"])
        info = api.model_info(options.repo, files_metadata=False) if api.repo_exists(options.repo) else None
    address = f"{shown(api.endpoint)}/{options.repo}"
    if info and options.private and not info.private:
        raise UsageError(f"{address} is public", "make it private in its settings on the hub, or leave out --private")
    exported = export(reference, KIND, folder, export_options, store, on_event)
    private = bool(info.private) if info else options.private
    there = len(info.siblings or []) if info else None
    return Upload(exported, folder, options.repo, address, user, private, there)


def send(upload: Upload, on_event: OnEvent) -> Uploaded:
    """Make the repository if it isn't there, and send the files in one commit.

    Raises:
        UnavailableError: the hub does not take them.
    """
    from huggingface_hub import CommitOperationAdd
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    disable_progress_bars()  # ours says what is sent
    names = (*upload.exported.files, RECORD)
    files = [CommitOperationAdd(name, upload.folder / name) for name in names]
    on_event(Note(f"sending {len(files)} files to {upload.address}"))
    message = f"{upload.exported.runs[0].spec.command} {upload.exported.runs[0].key[:12]}"
    with _asking(upload.repository) as api:
        if upload.there is None:
            api.create_repo(upload.repository, private=upload.private)
        commit = api.create_commit(upload.repository, files, commit_message=message)
    return Uploaded(upload, commit.oid)


@contextmanager
def _asking(repository: str) -> Iterator[HfApi]:
    """The hub, asked with the user's login; its errors and the network's become ours."""
    from huggingface_hub import HfApi, errors, get_token

    token = get_token()
    if token is None:
        raise UnavailableError("there is no login to the Hugging Face hub here", _LOGIN)
    try:
        yield HfApi(token=token)
    except errors.HfHubHTTPError as error:
        raise _refusal(error.response.status_code, repository, _first_line(error, token)) from error
    except errors.OfflineModeIsEnabled as error:
        raise UnavailableError("HF_HUB_OFFLINE is set: nothing can be sent", "unset it") from error
    except (errors.HTTPError, OSError, RuntimeError, ValueError) as error:  # type: ignore[attr-defined] # httpx's
        hint = "see that there is a network, and try again; --output writes the folder that would be sent"
        raise UnavailableError(f"the hub can't be reached: {_first_line(error, token)}", hint) from error


def _refusal(status: int, repository: str, said: str) -> UnavailableError:
    """What the hub's status means for who wants to send."""
    if status == 401:
        return UnavailableError(f"the hub does not accept the login: {said}", _LOGIN)
    if status == 403:
        hint = "name a repository of your own or of an organisation of yours, and see that the token may write"
        return UnavailableError(f"this login may not write to {repository}: {said}", hint)
    return UnavailableError(f"the hub refused, with status {status}: {said}", "try again later; nothing changed there")


def _first_line(error: Exception, token: str) -> str:
    return (str(error).replace(token, "***").strip().splitlines() or [type(error).__name__])[0][:300]
