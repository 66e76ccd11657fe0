"""Files that a command writes where the user says: checked before the work, replaced with --force alone."""

import os
import sys
import threading

import pytest

from colacli.errors import DataError, UsageError
from colacli.output_files import check_output, check_output_folder, open_output, open_output_folder


@pytest.fixture
def home(tmp_path):
    """A store's folder, with a file in it."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "file").touch()
    return tmp_path / "store"


@pytest.fixture
def here(tmp_path):
    """A file, a link to it, a link to nothing, and a folder."""
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("new")
    (tmp_path / "folder").mkdir()
    return tmp_path


def write(path):
    """Bytes into a file."""
    with open_output(path) as stream:
        stream.write(b"new")


@pytest.mark.parametrize("name", ["absent", "dangling"])
def test_a_new_file_is_written(here, home, name):
    """Where nothing stands, or a link to nothing."""
    assert check_output(here / name, force=False, store=home) is None
    write(here / name)

    assert (here / name).read_bytes() == b"new"


@pytest.mark.parametrize("name", ["file", "link"])
def test_an_existing_file_needs_force(here, home, name):
    """A link stands for its file: it stays, and the file is replaced."""
    with pytest.raises(UsageError, match=f"{name} is there already") as caught:
        check_output(here / name, force=False, store=home)
    assert "--force" in caught.value.hint
    assert check_output(here / name, force=True, store=home) is None
    write(here / name)

    assert (here / "file").read_bytes() == b"new"
    assert (here / "link").is_symlink()


@pytest.mark.parametrize("name", ["folder", "store/new", "store/file", "gone/file", "file/file", "x" * 300, "a\0b"])
def test_a_place_that_can_not_be_is_refused_before_the_work(here, home, name):
    """A folder, the store, a missing folder, a name too long: not with --force either."""
    with pytest.raises(UsageError, match="can't be written"):
        check_output(here / name, force=True, store=home)


@pytest.mark.parametrize("name", ["file", "link"])
def test_what_is_read_is_never_written(here, home, name):
    """By whatever name it goes."""
    with pytest.raises(UsageError, match="is what is read"):
        check_output(here / name, force=True, store=home, source=here / "file")


def test_the_longest_name_can_be_written(here, home):
    """What the file system takes, the temporary file beside it takes too."""
    path = here / ("n" * os.pathconf(here, "PC_NAME_MAX"))
    assert check_output(path, force=False, store=home) is None
    write(path)

    assert path.read_bytes() == b"new"


def test_a_failure_leaves_the_old_file(here):
    """And nothing beside it."""
    before = sorted(here.iterdir())

    def fail():
        with open_output(here / "file") as stream:
            stream.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(DataError, match="file can't be written: No space left"):
        fail()

    assert (here / "file").read_bytes() == b"old"
    assert sorted(here.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="these are POSIX's")
class TestStreams:
    """What is no regular file is written to, and stays what it is; no --force is needed."""

    def test_a_pipe(self, here, home):
        """Its reader gets the bytes."""
        pipe, found = here / "pipe", []
        os.mkfifo(pipe)
        reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
        reader.start()
        check_output(pipe, force=False, store=home)
        write(pipe)
        reader.join(timeout=10)

        assert (found, pipe.is_fifo()) == ([b"new"], True)

    def test_a_device(self, home):
        """/dev/null stays a device."""
        null = home / "null"
        null.symlink_to("/dev/null")
        check_output(null, force=False, store=home)
        write(null)

        assert null.is_symlink()
        assert null.is_char_device()

    @pytest.mark.parametrize("linked", [False, True])
    def test_an_open_file_by_its_number(self, here, home, linked):
        """Where a shell has opened a regular file for us it is filled, not replaced."""
        with (here / "opened").open("wb") as file:
            inode = os.fstat(file.fileno()).st_ino
            path = here / "by-number"
            path.symlink_to(f"/dev/fd/{file.fileno()}")
            path = path if linked else path.readlink()
            check_output(path, force=False, store=home)
            write(path)

        assert (here / "opened").stat().st_ino == inode
        assert (here / "opened").read_bytes() == b"new"


def fill(path, content=b"new", *, fails=False):
    """A folder with a file and a folder in it."""
    with open_output_folder(path) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_bytes(content)
        if fails:
            raise KeyboardInterrupt


def test_a_folder_appears_when_it_is_full(here):
    """With all that is in it, where nothing stood, in place of a folder, and where a link leads."""
    (here / "folder" / "old").touch()
    (here / "way").symlink_to("folder")
    fill(here / "new")
    fill(here / "way")

    for name in ("new", "folder"):
        assert [path.name for path in (here / name).iterdir()] == ["deep"]
        assert (here / name / "deep" / "file").read_bytes() == b"new"
    assert (here / "way").is_symlink()
    assert [path.name for path in here.iterdir() if path.name.startswith(".")] == []


def test_what_stops_a_folder_leaves_the_old_one(here):
    """Ctrl-C too: nothing of the new one stays."""
    (here / "folder" / "old").touch()
    before = sorted(here.iterdir())
    for name in ("folder", "new"):
        with pytest.raises(KeyboardInterrupt):
            fill(here / name, fails=True)

    assert sorted(here.iterdir()) == before
    assert [path.name for path in (here / "folder").iterdir()] == ["old"]


def test_a_folder_in_a_full_or_foreign_place(here):
    """An error that names it."""
    with pytest.raises(DataError, match=r"file.*can't be written"):
        fill(here / "file" / "new")


@pytest.mark.parametrize(
    ("name", "force", "problem"),
    [
        ("folder", False, "is there already"),
        ("file", False, "is there already"),
        ("file", True, "is not a folder"),
        ("full", True, "has other files in it"),
        ("store", True, "it is in the store"),
        (".", True, "the store is in it"),
        ("absent/new", False, "can't be written"),
        ("file/new", False, "can't be written"),
    ],
)
def test_folders_that_are_refused(here, home, name, force, problem):
    """Before anything is computed, with the reason."""
    (here / "full").mkdir()
    (here / "full" / "thesis").touch()
    with pytest.raises(UsageError, match=problem):
        check_output_folder(here / name, force=force, store=home, marker="mark")


@pytest.mark.parametrize(("name", "force"), [("new", False), ("folder", True), ("marked", True), ("dangling", False)])
def test_folders_that_can_be_made(here, home, name, force):
    """New ones, and with force an empty one and one that the command made."""
    (here / "marked").mkdir()
    (here / "marked" / "mark").touch()
    check_output_folder(here / name, force=force, store=home, marker="mark")
