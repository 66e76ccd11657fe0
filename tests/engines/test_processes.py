"""Processes that Python starts anew: what they need of the script that asks for them."""

import subprocess
import sys

import pytest

_CALL = 'colacli.train_student(variant="gpt2-mini", data="sample", hidden=4, epochs=1, seeds=2, jobs=2)'


@pytest.mark.parametrize("script", [f"import colacli\n{_CALL}\n", "import colacli\nif __name__ != '__main__': 1 / 0\n"])
def test_a_script_without_a_guard_is_told_of_it(script, store_home, tmp_path):
    """What asks for processes while it is imported by one, and what can't be imported: the hint names the guard."""
    (tmp_path / "program.py").write_text(script if _CALL in script else f"{script}{_CALL}\n")
    done = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-2:]

    assert done.returncode == 1
    assert last[0].endswith("ColacliError: the process that trained seed 0 ended with exit status 1")
    assert 'under `if __name__ == "__main__":`' in last[1]
    assert ("a process asks for processes while it is started" in done.stderr) == (_CALL in script)
