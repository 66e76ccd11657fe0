"""What MkDocs needs to know of this project: files outside of `docs/` that are pages too, and the links to them.

README.md and the others read well where they are, in a terminal and in a repository's browser. Here they are taken as
they are; only their links change. A link to a file that is no page becomes its text: the site knows no repository.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "examples/ablations/README.md": "ablations.md",
    "examples/pretrain_mini/README.md": "pretrain-mini.md",
    "src/colacli/bundled/gpt2-mini/README.md": "gpt2-mini.md",
}
"""Where files outside of `docs/` stand in the site."""
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside of `docs/`."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(text: str, page: Any, **_: Any) -> str:
    """Links as the site has them; what is in a fence stays."""
    sources = {target: source for source, target in PAGES.items()}
    source = sources.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(lambda found: _link(found, source), part) for part in parts[::2]]
    return "".join(parts)


def _link(found: re.Match[str], source: str) -> str:
    """One link of a file of the repository, as a link of the site or as its text.

    Raises:
        FileNotFoundError: there is no such file.
    """
    image, text, target = found.groups()
    path, _, anchor = target.partition("#")
    if "://" in target or target.startswith("mailto:") or not path:
        return found[0]
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if not (ROOT / file).exists():
        raise FileNotFoundError(f"{source} links to {target}, and there is no {file}")
    page = PAGES.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else None)
    if page is None:
        return text
    return f"{image}[{text}]({page}{'#' if anchor else ''}{anchor})"


def on_post_page(output: str, **_: Any) -> str:
    """The theme would fetch its stand-in for workers from elsewhere."""
    return output.replace("https://unpkg.com/iframe-worker/shim", "worker.js")
