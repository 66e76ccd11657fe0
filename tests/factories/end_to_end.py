"""Every command from end to end in subprocesses, for tests of what is printed and stored."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import NamedTuple

_OPTIONS = "--epochs 2 --batch-size 16 --precision fp32 --device cpu"
FINETUNE = f"finetune --base {{base}} --data {{corpus}} {_OPTIONS} --rank 2"
STUDENT = f"train-student --base {{base}} --data {{corpus}} {_OPTIONS} --hidden 8"
DISTIL = f"distil --teacher teacher --data {{corpus}} {_OPTIONS} --hidden 8"

# Commands by what they are called here; those of one stage don't need each other.
STAGES = (
    {"finetune": f"{FINETUNE} --name teacher", "train-student": f"{STUDENT} --name alone"},
    {"distil": f"{DISTIL} --name distilled"},
    {
        "latest": "eval latest",
        "teacher's": "eval distilled^teacher",
        "path": "eval {home}/runs/{key}",
        "digits": "eval run:{digits}",
        "finetune again": FINETUNE,
        "train-student again": STUDENT,
        "distil again": DISTIL,
        "finetune dry": f"{FINETUNE} --dry-run",
        "train-student dry": f"{STUDENT} --dry-run",
        "distil dry": f"{DISTIL} --dry-run",
        "compare": "compare distilled alone teacher",
        "eval": "eval distilled --data {elsewhere} --device cpu",
        "submission": "eval distilled --data {unlabelled} --submission glue -o {answers} --device cpu",
        "generate": "generate --base {base} --prompt 'The baker' --max-new-tokens 6 --num-samples 2 --device cpu",
        "judge": "judge distilled 'The baker paints a lamp.' 'Paints a lamp the baker.' --device cpu",
    },
    {"verify": "runs verify --deep"},
)
TRAINED = {"finetune": "teacher", "train-student": "alone", "distil": "distilled"}
SPLITS = ("in_domain_dev", "out_of_domain_dev")


class Output(NamedTuple):
    """What a command ended with."""

    status: int
    out: str
    err: str


class EndToEnd:
    """A store, and what each command printed."""

    def __init__(self, folder, base, corpus):
        self.home = folder / "home"
        self.paths = {"home": self.home, "base": base, "corpus": corpus, "elsewhere": folder / "elsewhere.tsv"}
        self.paths["elsewhere"].write_text("x\t1\t\tThe sailor finds a lamp.\nx\t0\t*\tFinds a lamp the sailor.\n")
        self.paths |= {"unlabelled": folder / "test.tsv", "answers": folder / "answers.tsv"}
        self.paths["unlabelled"].write_text(
            "index\tsentence\n7\tThe sailor finds a lamp.\n8\tFinds a lamp the sailor.\n"
        )
        self.outputs = {}
        self._folder = folder
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
        hidden = {"COLACLI_HOME": str(self.home), "HF_HOME": str(folder / "hub")}
        self._environment = {**inherited, **hidden, "OMP_WAIT_POLICY": "passive"}

    def run_all(self):
        """Every stage, two commands at a time."""
        with ThreadPoolExecutor(2) as pool:
            for stage in STAGES:
                self.outputs |= zip(stage, pool.map(self._run, stage.values()), strict=True)
                if "distil" in stage:
                    key = self["distil"]["key"]
                    self.paths |= {"key": key, "digits": key[:12]}

    def copied(self, folder):
        """The same with a copy of its store, to be written into."""
        other = copy(self)
        other.home = shutil.copytree(self.home, folder / "home")
        other.paths = {**self.paths, "home": other.home}
        return other

    def words(self, command):
        """A command as arguments, its paths filled in, asking for JSON."""
        return [*(word.format(**self.paths) for word in shlex.split(command)), "--json"]

    def _run(self, command):
        process = subprocess.run(
            [sys.executable, "-m", "colacli", *self.words(command)],
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Output(process.returncode, process.stdout, process.stderr)

    def __getitem__(self, name):
        """A command's document."""
        return json.loads(self.outputs[name].out)

    def run_folder(self, verb):
        """Where the run of a training verb stands."""
        return self.home / "runs" / self[verb]["key"]
