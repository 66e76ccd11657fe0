"""Reports as their readers get them: whole, offline, with nothing of the runs taken for markup."""

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from colacli.errors import UnavailableError, UsageError
from colacli.render.report import write
from colacli.render.report.content import sections
from colacli.render.report.write import check_report, figures_of, write_report
from colacli.workflows.report import ReportOptions, report
from factories.reported import HOSTILE, commit_arms, write_hostile

pytest.importorskip("matplotlib")
ARMS = ["teacher", "alone", "distilled"]
TITLE = "</title><script>x</script> & $5 \\input{x}"


class Page(HTMLParser):
    """The tags, the attributes and the text of a page."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.attributes, self.text, self.ids = set(), set(), [], []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.add(tag)
        self.attributes |= {(name, value) for name, value in attrs}
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        """Note some text."""
        self.text.append(data)


@pytest.fixture
def reported(store, tmp_path):
    """A report on a corpus of hostile text."""
    commit_arms(store, write_hostile(tmp_path / "corpus"))
    return report(ARMS, ReportOptions(mistakes=10, title=TITLE), store)


def test_a_page_is_whole_and_offline(reported, tmp_path):
    """One file without a script, and without anything that is fetched."""
    path = tmp_path / "report.html"
    assert write_report(reported, path) == [path]
    page = Page(path.read_text(encoding="utf-8"))

    assert not page.tags & {"script", "img", "link", "iframe", "object", "b", "image"}
    links = {value for name, value in page.attributes if name in {"src", "href", "xlink:href", "action"}}
    assert all(link.startswith("#") for link in links)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert len([one for one in page.ids if one.startswith("s")]) == len(sections(reported))


def test_hostile_sentences_are_shown_as_they_are(reported, tmp_path):
    """Escaped, and without control characters."""
    write_report(reported, tmp_path / "report.html")
    text = "".join(Page((tmp_path / "report.html").read_text(encoding="utf-8")).text)

    quoted = {one.sentence.text for mistakes in reported.judged.mistakes for one in mistakes}
    assert {HOSTILE[1], HOSTILE[4]} <= quoted
    assert all(one in text for one in quoted if one != HOSTILE[5])
    assert not set(text) & {"\u202e", "\u0007"}


def test_every_section_is_in_every_format(reported, tmp_path):
    """With its figures where the format has them."""
    titles = [section.title for section in sections(reported)]
    for suffix, mark in ((".md", "## "), (".tex", "\\section{")):
        path = tmp_path / f"report{suffix}"
        written = write_report(reported, path)
        content = path.read_text(encoding="utf-8")

        assert content.count(f"\n{mark}") == len(titles)
        assert written[1:] == sorted(written[1:], key=written.index)
        assert all(file.parent == figures_of(path) and file.is_file() for file in written[1:])
        assert all(f"{file.parent.name}/{file.name}" in content for file in written[1:])


@pytest.mark.parametrize("suffix", [".html", ".md", ".tex"])
def test_the_same_runs_give_the_same_bytes(reported, tmp_path, suffix):
    """Figures too: no date, no random name."""
    contents = []
    for _ in range(2):
        written = write_report(reported, tmp_path / f"report{suffix}")
        contents.append([path.read_bytes() for path in written])

    assert contents[0] == contents[1]


def test_what_is_missing_is_shown(reported, tmp_path):
    """A checklist is no place for silence."""
    write_report(reported, tmp_path / "report.md")
    content = (tmp_path / "report.md").read_text(encoding="utf-8")

    assert "| energy | MISSING: not recorded |" in content
    assert "| licence of corpus | MISSING: not recorded |" in content
    assert "| licence of gpt2-mini | MIT, with colacli |" in content


@pytest.mark.slow
def test_latex_is_compiled(reported, tmp_path):
    """By pdfTeX, with any text in it, without an error."""
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    write_report(reported, tmp_path / "report.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "report.pdf").is_file()


@pytest.mark.parametrize("name", ["report.txt", "report", "a b.tex", "50%.tex", "missing/report.md"])
def test_what_can_not_be_written_is_refused_before_the_work(store, tmp_path, name):
    """Another suffix, a name that TeX can't read, no folder."""
    with pytest.raises(UsageError):
        check_report(tmp_path / name, store, force=False)


def test_nothing_is_replaced_without_force(store, tmp_path):
    """Neither the file nor a folder that is not of figures."""
    path = tmp_path / "report.md"
    figures_of(path).mkdir()
    (figures_of(path) / "mine.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(UsageError):
            check_report(path, store, force=force)


def test_without_jinja_the_way_to_get_it_is_said(store, tmp_path, monkeypatch):
    """It is an extra, and looked for before the work."""
    monkeypatch.setattr(write, "find_spec", lambda _name: None)
    with pytest.raises(UnavailableError) as caught:
        check_report(Path(tmp_path / "report.html"), store, force=False)

    assert "colacli[report]" in caught.value.hint
