"""SLURM's commands as far as submitit uses them, over processes of this machine."""

import sys

_SBATCH = """
import os, re, subprocess, sys
text = open(sys.argv[1]).read()
size = re.search(r"--array=0-(\\d+)%", text)
number = str(os.getpid())
open(os.path.join({folder!r}, "submitted"), "a").write(text)
for task in range(int(size[1]) + 1) if size else [None]:
    own = {{"SLURM_JOB_ID": number, "SLURM_NTASKS": "1"}}
    if task is not None:
        own |= {{"SLURM_ARRAY_JOB_ID": number, "SLURM_ARRAY_TASK_ID": str(task)}}
    subprocess.Popen(["bash", sys.argv[1]], env={{**os.environ, **own}}, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
print("Submitted batch job", number)
"""
_SRUN = """
import os, sys
words = sys.argv[1:]
while words[0].startswith("--"):
    words = words[1:] if words[0] == "--unbuffered" else words[2:]
os.execvp(words[0], words)
"""
_SACCT = "print('JobID|State|NodeList')"
_OTHERS = ""


def install(folder, monkeypatch):
    """Put them first in PATH; `folder/submitted` has what `sbatch` was given."""
    folder.mkdir()
    for name, text in {"sbatch": _SBATCH, "srun": _SRUN, "sacct": _SACCT, "scancel": "", "scontrol": ""}.items():
        path = folder / name
        path.write_text(f"#!{sys.executable}\n" + (text.format(folder=str(folder)) if name == "sbatch" else text))
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
