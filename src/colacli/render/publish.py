"""What `export --to hub --repo` shows before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from colacli.exports.record import RECORD
from colacli.render.console import Show, facts, say, size
from colacli.render.export import export_document, view_export

if TYPE_CHECKING:
    from colacli.workflows.publish import Upload, Uploaded


def view_upload(upload: Upload, console: Console) -> None:
    """What would be sent, where to, and who sees it."""
    view_export(upload.exported, console)
    if upload.there is None:
        there = "new"
    else:
        there = f"there already, files: {upload.there}; those of the same names are replaced, others stay"
    sizes = [record.size for record in upload.exported.files.values()]
    rows = [
        ["files", f"{len(sizes) + 1}: these and {RECORD}, {size(sum(sizes))}"],
        ["repository", upload.address],
        ["state", there],
        ["who can see it", "those you allow" if upload.private else "everybody"],
        ["sent as", upload.user],
    ]
    facts(rows, "to be sent").show(console)


def show_uploaded(uploaded: Uploaded, show: Show) -> None:
    """What was sent, and where it is."""
    upload = uploaded.upload
    repository = {
        "name": upload.repository,
        "url": upload.address,
        "private": upload.private,
        "created": upload.there is None,
        "commit": uploaded.commit,
    }
    document = {**export_document(upload.exported), "path": None, "repository": repository}
    show("export", document, lambda console: say(console, f"sent to {upload.address}, commit {uploaded.commit[:12]}"))
