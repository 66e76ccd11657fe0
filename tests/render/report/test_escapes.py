"""Text from outside stays text in Markdown and in LaTeX."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from colacli.render.console import one_line
from colacli.render.report.escapes import beyond_t1, fence, latex, latex_code, markdown
from factories.reported import HOSTILE

text = st.text(st.sampled_from(list("ab1 .)-+=*_`~#|<>[]{}()\\$&@:/!'\"^%\n\t")), max_size=30) | st.text(max_size=30)


def shown(tokens):
    """The text that a reader of Markdown sees, and the kinds of what else there is."""
    inline = [child for token in tokens for child in token.children or []]
    kinds = {token.type for token in tokens} | {child.type for child in inline}
    return "".join(child.content for child in inline), kinds


@given(text)
@example("---")
@example("- - -")
def test_a_paragraph_of_markdown_is_its_text(value):
    """A reader of CommonMark with GitHub's tables and links finds the text and nothing else."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    content, kinds = shown(reader.parse(markdown(value)))

    assert content == one_line(value).strip()
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text"}


@given(text)
def test_a_cell_of_markdown_is_its_text(value):
    """It neither ends its cell nor its row."""
    reader = MarkdownIt("commonmark").enable("table")
    content, kinds = shown(reader.parse(f"| a | b |\n|---|---|\n| {markdown(value)} | end |\n"))

    assert content == f"ab{one_line(value).strip()}end"
    assert "html_inline" not in kinds


@pytest.mark.parametrize("value", ["https://example.org", "@user", "www.example.org", "~~gone~~"])
def test_nothing_is_linked(value):
    """GitHub makes links and mentions of bare text."""
    assert value not in markdown(value) or value.startswith("www")


@given(text)
def test_no_command_of_tex_is_left(value):
    """What is special to TeX is escaped; taking the escapes away gives text without anything special."""
    known = r"\\(text[a-z]+|ldots|allowbreak)\{\}|\\[{}$&#%_]|\$(-|\\times|\\cdot)\$|\{[\[\]*]\}|\{\}"
    rest = re.sub(known, "", latex(value))

    assert not set(rest) & set("\\{}$&#%_^") or set(rest) & set("\\{}$&#%_^") == {"~"}
    assert "'" not in latex_code(value)


def test_ligatures_are_parted():
    """Two hyphens are no dash, and two apostrophes no quotation mark."""
    assert latex("--seeds ---x ,, ''") == "-{}-seeds -{}-{}-x ,{}, '{}'"


def test_a_fence_is_longer_than_what_is_in_it():
    """No line of a listing ends it."""
    assert fence(["echo ```` x"]) == "`````"
    assert fence(["plain"]) == "```"


def test_characters_beyond_the_fonts_are_named():
    """Greek and Chinese are declared; Western European letters are there."""
    assert beyond_t1("Äpfel, café, Ďábel") == []
    assert beyond_t1("犬Ο") == ["039F", "72AC"]
    assert all(f"{ord(one):04X}" in beyond_t1(HOSTILE[5]) for one in "犬σ")
