"""Record what commands compute, byte by byte, and check later that they still compute it.

    python tests/record/record.py record OUT.json
    python tests/record/record.py check IN.json [--ignore PATTERN]...

Every command runs with one thread, on the CPU, in a store of its own that has the runs of the commands before it and
no cache. Of every run its key and the SHA-256 of its files are recorded, of every command its JSON document too.

It runs the colacli of this interpreter; `PYTHONPATH=/absolute/path/of/another/src` takes another checkout's. Bytes are
the same on one machine with one torch only: on another, `check` compares the keys alone and says so.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

sys.path.extend([str(Path(__file__).parents[1]), str(Path(__file__).parent)])  # for factories and inputs

from inputs import digests, write_inputs
from steps import STEPS, Step

_VOLATILE = {"path", "seconds", "bytes"}
"""Fields of documents that hang on the folder or the clock; a run's size is in its files' digests."""
_WITH_DEVICE = {"finetune", "train-student", "distil", "eval", "judge", "generate"}
_TIMEOUT = 1200  # seconds; a quiet machine needs less than 20 for any command


class Recorder:
    """A folder with the inputs and a store that collects the runs."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._runs = folder, folder / "all"
        inputs = folder / "inputs"
        inputs.mkdir()
        self._outputs = folder / "outputs"
        written = {"archive": folder / "runs.tar", "answers": self._outputs / "answers.tsv"}
        self._paths = write_inputs(inputs) | written
        self.inputs = digests(inputs)

    def step(self, step: Step) -> dict[str, Any]:
        """Run one step in a store of its own; what came out of it."""
        home = self._folder / "home"
        for old in (home, self._outputs):
            shutil.rmtree(old, ignore_errors=True)
        self._outputs.mkdir()
        if self._runs.is_dir() and not step.empty_store:
            shutil.copytree(self._runs, home)
        before = _keys(home)
        output = self._killed_and_resumed(step, home) if step.kill else self._run(step.command, home)
        keys = sorted(_keys(home) - before)
        files = {key: digests(home / "runs" / key) for key in keys}
        for contents in files.values():
            del contents["manifest.json"]  # has the time and the host
        for part in ("runs", "refs"):
            if (home / part).is_dir():
                shutil.copytree(home / part, self._runs / part, dirs_exist_ok=True)
        if (home / "store.json").is_file():
            shutil.copy(home / "store.json", self._runs)
        document = _steady(json.loads(output.replace(str(self._folder), "FOLDER")))
        return {"command": step.command, "keys": keys, "files": files | digests(self._outputs), "document": document}

    def _run(self, command: str, home: Path) -> str:
        with self._start(command, home) as process:
            try:
                output, errors = process.communicate(timeout=_TIMEOUT)
            finally:
                process.kill()  # of one that has ended, nothing
        if process.returncode:
            raise SystemExit(f"colacli {command}\nended with exit status {process.returncode}:\n{output}{errors}")
        return output

    def _killed_and_resumed(self, step: Step, home: Path) -> str:
        """Kill a training when it has saved its first epoch, and finish it."""
        with self._start(step.command, home) as process:
            while not _has_saved_an_epoch(home):
                if process.poll() is not None:
                    output = "".join(process.communicate())
                    raise SystemExit(f"colacli {step.command}\nended before it could be killed:\n{output}")
                time.sleep(0.002)
            process.kill()
            process.communicate()
        return self._run("runs resume", home)

    def _start(self, command: str, home: Path) -> subprocess.Popen[str]:
        words = [word.format(**self._paths) for word in shlex.split(command)]
        device = ["--device", "cpu"] if words[0] in _WITH_DEVICE else []
        return subprocess.Popen(
            [sys.executable, "-m", "colacli", *words, *device, "--json"],
            env=_environment(home),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


def record(names: Iterable[str] = STEPS) -> dict[str, Any]:
    """Run these steps; what came out of each, with the machine and the inputs."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder))
        steps = {}
        for name in names:
            started = time.monotonic()
            steps[name] = recorder.step(STEPS[name])
            print(f"{time.monotonic() - started:6.1f} s  {name}", file=sys.stderr)
        return {"machine": machine(), "inputs": recorder.inputs, "steps": steps}


def differences(before: dict[str, Any], after: dict[str, Any], ignore: Iterable[str] = ()) -> list[str]:
    """Every value that differs, by its path; on another machine of the keys alone."""
    if before["machine"] != after["machine"]:
        before, after = ({name: step["keys"] for name, step in one["steps"].items()} for one in (before, after))
    else:
        before, after = ({"inputs": one["inputs"], **one["steps"]} for one in (before, after))
    old, new = dict(_values(before)), dict(_values(after))
    return [
        f"{path}: {old.get(path, '(nothing)')} before, {new.get(path, '(nothing)')} now"
        for path in old | new
        if old.get(path) != new.get(path) and not any(fnmatch(path, pattern) for pattern in ignore)
    ]


def machine() -> dict[str, str]:
    """What bytes hang on: processor, its instructions, cores, system and libraries."""
    import numpy as np
    import torch

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    described = dict(line.split(":", 1) for line in lines[: lines.index("")] if ":" in line) if lines else {}
    named = {name.strip(): value.strip() for name, value in described.items()}
    return {
        "processor": named.get("model name", platform.processor()),
        "flags": " ".join(sorted(named.get("flags", named.get("Features", "")).split())),
        "torch instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": str(os.cpu_count()),  # --jobs shares them out
        "system": f"{platform.system()} {platform.machine()}",
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def _environment(home: Path) -> dict[str, str]:
    """One thread, this store, and no settings or caches of whoever runs this."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COLACLI_", "HF_"))}
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    hub = {"HF_HOME": str(home.with_name("hub")), "HF_HUB_OFFLINE": "1"}
    own = {"COLACLI_HOME": str(home), "XDG_CONFIG_HOME": str(home.with_name("settings"))}
    return inherited | threads | hub | own


def _keys(home: Path) -> set[str]:
    return {path.name for path in (home / "runs").glob("*")}


def _has_saved_an_epoch(home: Path) -> bool:
    """Whether a checkpoint has been saved after an epoch; the index of checkpoints is always whole."""
    for path in (home / "work").glob("*/checkpoints.json"):
        return json.loads(path.read_text())["made"][-1]["progress"]["epoch"] >= 1
    return False


def _steady(value: Any) -> Any:
    """A document without what hangs on the folder or the clock."""
    if isinstance(value, dict):
        return {name: _steady(one) for name, one in value.items() if name not in _VOLATILE}
    return [_steady(one) for one in value] if isinstance(value, list) else value


def _values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a document with its path."""
    if not isinstance(value, dict | list):
        yield path, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in items:
        yield from _values(one, f"{path}/{name}" if path else str(name))


def main() -> int:
    """Record, or check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("mode", choices=["record", "check"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--ignore", action="append", default=[], metavar="PATTERN", help="for example '*/README.md'")
    parser.add_argument("--only", action="append", choices=list(STEPS), help="record this step, not all")
    arguments = parser.parse_args()
    if arguments.mode == "record":
        arguments.file.write_text(json.dumps(record(arguments.only or STEPS), indent=1, ensure_ascii=False) + "\n")
        return 0
    before = json.loads(arguments.file.read_text())
    after = record(before["steps"])
    if before["machine"] != after["machine"]:
        print("recorded on another machine or with another torch: only the keys are compared")
    found = differences(before, after, arguments.ignore)
    print("\n".join(found) or f"the same: {len(after['steps'])} commands")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
