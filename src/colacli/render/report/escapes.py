"""Plain text in Markdown and in LaTeX: nothing in it is taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from colacli.render.console import one_line

_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$&@]|(?<=:)//|^[-+=](?=[-=\s]|$)|^\d{1,9}[.)](?=\s|$)")
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
    "`": r"\textasciigrave{}",
    "[": "{[}",  # one after the end of a table's row would be its option,
    "]": "{]}",
    "*": "{*}",  # and so would this
    "/": r"/\allowbreak{}",  # a path is long
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
_LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=,)(?=,)|(?<=')(?=')|(?<=[?!])(?=`)")
_IN_T1 = ("latin-1", "iso8859-2", "iso8859-9")
"""What pdfTeX's fonts have all characters of."""


def markdown(text: str) -> str:
    """Text for a paragraph, a list or a cell, on one line."""
    return _MARKDOWN.sub(lambda found: _escape_markdown(found[0]), one_line(text).strip())


def _escape_markdown(characters: str) -> str:
    """A backslash where that does; else an entity, so that no tag, link or mention comes about."""
    if characters[0].isdecimal():
        return f"{characters[:-1]}\\{characters[-1]}"
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;", "//": "&#47;&#47;", "@": "&#64;"}.get(characters, f"\\{characters}")


def latex(text: str) -> str:
    """Text for a paragraph or a cell, on one line."""
    return _tex(_LIGATURE.split(one_line(text)))


def latex_code(text: str) -> str:
    """A line of a shell for a fixed-width font, with straight quotes."""
    return latex(text).replace("'", r"\textquotesingle{}")


def _tex(parts: Iterable[str]) -> str:
    return "{}".join("".join(_TEX.get(character, character) for character in part) for part in parts)


def fence(lines: Iterable[str]) -> str:
    """A fence of backticks that none of the lines ends."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    return "`" * max(3, longest + 1)


def beyond_t1(text: str) -> list[str]:
    """The code points that pdfTeX's fonts may lack, in hexadecimal."""
    return [f"{ord(one):04X}" for one in sorted(set(text)) if not any(_has(encoding, one) for encoding in _IN_T1)]


def _has(encoding: str, character: str) -> bool:
    try:
        return bool(character.encode(encoding))
    except UnicodeEncodeError:
        return False
