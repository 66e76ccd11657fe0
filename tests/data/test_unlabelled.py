"""Test files without labels: two forms in, and every fault with its line."""

import pytest

from colacli.data.unlabelled import read_unlabelled
from colacli.errors import DataError

GLUE = 'index\tsentence\n0\tThe baker "paints".\n1\tA lamp, the sailor.\n'
KAGGLE = 'Id,Sentence\n17,"A lamp, the sailor."\n4,The baker paints.\n'


def write(tmp_path, content, name="test.tsv"):
    """A test file."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_glue_s_file(tmp_path):
    """Tabs, and quotation marks that are part of their sentence."""
    found = read_unlabelled(write(tmp_path, GLUE))

    assert (found.ids, found.lines) == (["0", "1"], [2, 3])
    assert found.texts == ['The baker "paints".', "A lamp, the sailor."]


def test_kaggle_s_file(tmp_path):
    """Commas, and quotation marks that enclose; ids need not be in order."""
    found = read_unlabelled(write(tmp_path, KAGGLE, "test.CSV"))

    assert (found.ids, found.texts) == (["17", "4"], ["A lamp, the sailor.", "The baker paints."])


def test_other_columns_are_passed_over(tmp_path):
    """A file may say more than is needed, in any order."""
    found = read_unlabelled(write(tmp_path, "Sentence,Set,Id\nIt rains.,test,9\n", "test.csv"))

    assert (found.ids, found.texts) == (["9"], ["It rains."])


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("0\tIt rains.\n", "test.tsv", "line 1: no column of ids; found columns '0', 'It rains.'"),
        ("set\tsentence\n0\tIt rains.\n", "test.tsv", "line 1: no column of ids; found columns 'set', 'sentence'"),
        ("index\tsentence\n0\tIt\trains.\n", "test.tsv", r"line 2: found 3 column\(s\), expected 2"),
        ("index\tsentence\n0\tIt rains.\n1\t \n", "test.tsv", "line 3: the sentence is ' '"),
        ("index\tsentence\n\tIt rains.\n", "test.tsv", "line 2: the id is empty"),
        ("index\tsentence\n0\tA.\n1\tB.\n0\tC.\n", "test.tsv", "line 4: the id '0' is in line 2 too"),
        ("index\tsentence\n", "test.tsv", "holds no sentences"),
        ("", "test.tsv", "the file is empty"),
        ('Id,Sentence\n1,"It\n', "test.csv", "not valid CSV"),
        (b"index\tsentence\n0\t\xff\n", "test.tsv", "line 2: byte 3 of the line"),
        ('{"id": [1], "sentence": "A."}', "test.json", r"line 1: the id is \[1\], expected text"),
        ('{"id": "\\ud800", "sentence": "A."}', "test.json", "line 1: the id .* half a surrogate pair"),
        ('{"id": null, "sentence": "A."}', "test.json", "line 1: the id is empty"),
        ("{}", "test.xlsx", "unknown suffix '.xlsx'"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, content, name, said):
    """What is wrong, and where."""
    with pytest.raises(DataError, match=said) as caught:
        read_unlabelled(write(tmp_path, content, name))

    assert str(tmp_path / name) in str(caught.value)
    assert caught.value.hint


def test_a_file_that_is_not_there(tmp_path):
    """Its path is in the message."""
    with pytest.raises(DataError, match="does not exist"):
        read_unlabelled(tmp_path / "test.tsv")
