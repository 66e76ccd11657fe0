"""What is shipped: the built wheel, installed elsewhere than the source tree, runs the demo without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from colacli.models.base import BUNDLED

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_NO_SOCKETS = """
import socket
class Refused(socket.socket):
    def connect(self, *_):
        raise AssertionError("a socket was opened")
    connect_ex = connect
socket.socket = Refused
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_wheel_runs_the_demo_offline(tmp_path: Path) -> None:
    """Under 30 MB; the teacher clearly beats the student alone; a second run is all hits, in half the time."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("colacli-*.whl")
    assert wheel.stat().st_size < 30e6
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    site = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel], check=True
    )
    # The dependencies of this environment, but not the editable colacli: plain folders on the path run no .pth file.
    (site / "rest.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "sitecustomize.py").write_text(_NO_SOCKETS)
    first, second = _demo(home, tmp_path), _demo(home, tmp_path)
    assert first["compare"]["gap"]["lead_interval"][0] > 0
    assert [second[name]["cached"] for name in ("finetune", "train-student", "distil")] == [True] * 3
    assert second["seconds"] < first["seconds"] / 2


@pytest.mark.slow
def test_the_same_source_gives_the_same_wheel(tmp_path: Path) -> None:
    """Wherever it lies and whenever its files were written; it has every file of the package, data too, no other."""
    wheels = []
    for name, when in (("one", 1_500_000_000), ("another", 1_700_000_000)):
        source = tmp_path / name
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "site", "dist", "build", "tests", "docs"))
        for path in source.rglob("*"):
            os.utime(path, (when, when))
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", source / "dist", source]
        subprocess.run(command, check=True)
        wheels += (source / "dist").glob("colacli-*.whl")

    assert len(wheels) == 2
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    with zipfile.ZipFile(wheels[0]) as archive:
        names = set(archive.namelist())
    package = Path(ROOT, "src", "colacli")
    files = {path.relative_to(package.parent).as_posix() for path in package.rglob("*") if path.is_file()}
    about = wheels[0].name.removesuffix("-py3-none-any.whl") + ".dist-info/"
    assert {name for name in names if not name.startswith(about)} == {
        name for name in files if "__pycache__" not in name
    }
    bundled = ("completion/colacli.zsh", "page/page.html", "gpt2-mini/model.safetensors", "sample.tsv")
    assert {"colacli/py.typed", *(f"colacli/bundled/{name}" for name in bundled)} <= names


def _demo(home: Path, tmp_path: Path) -> dict:  # type: ignore[type-arg]
    done = subprocess.run(
        [home / "bin" / "python", "-m", "colacli", "demo", "--json"],
        env={"PATH": os.environ["PATH"], "COLACLI_HOME": str(tmp_path / "store"), "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_bundled_model_is_small_and_whole() -> None:
    """At most 20 MB of bf16 or fp16 weights, with tokenizer, configuration and card."""
    folder = BUNDLED["gpt2-mini"]
    assert (folder / "model.safetensors").stat().st_size <= 20_000_000
    assert {"config.json", "tokenizer.json", "tokenizer_config.json", "README.md"} <= {p.name for p in folder.iterdir()}
