"""Plain text in Markdown and in LaTeX: nothing in it is taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from colacli.render.console import one_line

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$&]|(?<=\d)[.)](?=\s)|^[-+](?=\s)|^=+$|://|@)")
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "-{}",  # two of them would be a dash
    "?": "?{}",
    "!": "!{}",
    ",": ",{}",
    "−": r"$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "—": "---",
    "–": "--",
    "…": r"\ldots{}",
    "‘": "`{}",
    "’": "'{}",
    "“": "``{}",
    "”": "''{}",
    "\xa0": "~",
}
_LAST_OF_T1 = "\u017f"


def markdown(text: str) -> str:
    """Text for a paragraph, a list or a cell, on one line."""
    return _MARKDOWN.sub(lambda found: _escape_markdown(found[0]), one_line(text).strip())


def _escape_markdown(characters: str) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;", "://": ":&#47;&#47;", "@": "&#64;"}.get(characters, f"\\{characters}")


def latex(text: str) -> str:
    """Text for a paragraph or a cell, on one line."""
    return "".join(_TEX.get(character, character) for character in one_line(text))


def fence(lines: Iterable[str]) -> str:
    """A fence of backticks that none of the lines ends."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)


def beyond_t1(text: str) -> list[str]:
    """The code points that pdfTeX's fonts lack, in hexadecimal."""
    return [f"{ord(one):04X}" for one in sorted(set(text)) if one > _LAST_OF_T1]
