"""colacli's pieces: its own workflows and models, or its own command line in a process.

torch is imported inside functions, so that a piece that only starts commands holds no memory of its own.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from benchmarks.limits import judging_flops
from benchmarks.material import judged_texts, pair_texts, read_split, tokenised
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.devices import resolve_precision
from colacli.events import Event, Piece, ignore
from colacli.models.base import BUNDLED
from colacli.models.config import read_config
from colacli.store.store import Store
from colacli.workflows.generate import GenerateRequest
from colacli.workflows.generate import generate as generate_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.piece import Result
    from colacli.config import Precision

PROMPT = "Once upon a time there was"


def distil(material: Path, *, epochs: int, device: str = "cpu") -> Result:
    """The command, with the teacher's logits, in a store with the teacher alone; on a GPU without its start."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        shutil.copytree(material / "store", store)
        data = str(material / "data")
        teacher = f"teacher-{resolve_precision('auto', device)}"
        arguments = ["distil", "--teacher", teacher, "--data", data, "--epochs", str(epochs), "--device", device]
        return {"seconds": (command if device == "cpu" else command_here)(arguments, store)}


def judge(material: Path, *, precision: str) -> Result:
    """The command, from start to end; and with a single sentence, which is its start."""
    texts = judged_texts(material)
    arguments = ["judge", f"teacher-{precision}", "--device", "cpu"]
    start, seconds = (command(arguments, material / "store", "\n".join(some)) for some in (texts[:1], texts))
    rate = _needed_flops(material, texts) / (seconds - start)
    return {"seconds": seconds, "start_seconds": start, "sentences": len(texts), "flops_per_second": rate}


def evaluate(material: Path, *, precision: str, judged: bool = False, device: str = "cpu") -> Result:
    """Text to logits of the dev split, or of the sentences of `judge`, by a loaded model, after a warm-up."""
    from colacli.events import Work
    from colacli.store.refs import resolve_one
    from colacli.training.predictor import load_predictor

    store = Store(material / "store")
    predictor = load_predictor(resolve_one(store, f"teacher-{precision}"), store, None, device, ignore)
    texts = judged_texts(material) if judged else read_split(material, IN_DOMAIN_DEV).texts
    work = Work("judging", 0, len(texts))
    predictor.on_texts(texts[:128] if device == "cpu" else texts, "dev", ignore, work)  # to warm up
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        predictor.on_texts(texts, "dev", ignore, work)
        seconds.append(time.perf_counter() - started)
    rate = _needed_flops(material, texts) / min(seconds)  # the limit beside it is what was reached once, too
    return {"seconds": seconds[0], "sentences": len(texts), "flops_per_second": rate}


def score(_material: Path, *, precision: Precision, pairs: int) -> Result:
    """Text to log-probabilities of minimal pairs' sentences by gpt2-mini, loaded, after a warm-up."""
    from colacli.events import Work
    from colacli.models.base import read_base
    from colacli.training.scorer import load_scorer

    scorer, texts = load_scorer(read_base(BUNDLED["gpt2-mini"]), precision, "cpu"), pair_texts(pairs)
    work = Work("scoring", 0, len(texts))
    scorer.on_texts(texts[:128], "pairs", ignore, work)  # to warm up
    started = time.perf_counter()
    scorer.on_texts(texts, "pairs", ignore, work)
    return {"seconds": time.perf_counter() - started, "sentences": len(texts)}


def generate(material: Path, *, precision: Precision, tokens: int, samples: int = 1, device: str = "cpu") -> Result:
    """Tokens a second of all samples together, from the first token to the last."""
    store, times = Store(material / "store"), list[float]()
    request = GenerateRequest(
        prompt=PROMPT, base=material / "gpt2", max_new_tokens=tokens, precision=precision, device=device
    )
    generate_workflow(replace(request, max_new_tokens=8, num_samples=samples), store)  # to warm up

    def clock(event: Event) -> None:
        if isinstance(event, Piece):
            times.append(time.perf_counter())

    made = generate_workflow(replace(request, num_samples=samples), store, clock)
    counted = sum(sample.tokens for sample in made)
    return {"tokens_per_second": (counted - samples) / (times[-1] - times[0]), "tokens": counted}


def start(material: Path, *, what: str, calls: int = 5) -> Result:
    """Median of several starts of a command that has nothing to compute, and whether it imports torch."""
    arguments = {
        "help": ["--help"],
        "runs list": ["runs", "list"],
        "cache hit": teacher_command(material, "fp32"),
    }[what]
    seconds = [command(arguments, material / "store") for _ in range(calls)]
    code = "import sys; from colacli.cli.main import run; run(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    again = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    return {"seconds": statistics.median(seconds), "imports_torch": again.returncode}


def teacher_command(material: Path, precision: str, device: str = "cpu") -> Sequence[str]:
    """Makes the run `teacher-PRECISION`; a second time it is a cache hit."""
    where = ["--base", str(material / "gpt2"), "--data", str(material / "few"), "--device", device]
    return ["finetune", *where, "--epochs", "1", "--precision", precision, "--name", f"teacher-{precision}"]


def command(arguments: Sequence[str], store: Path, text: str = "") -> float:
    """Seconds of a command, from start to end.

    Raises:
        RuntimeError: it failed; the message has its standard error.
    """
    environment = {**os.environ, "COLACLI_HOME": str(store)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "colacli", *arguments],
        input=text, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"colacli {' '.join(arguments)} failed: {done.stderr[-2000:]}")
    return seconds


def command_here(arguments: Sequence[str], store: Path) -> float:
    """Seconds of a command in this process, where torch is loaded and a GPU is started.

    Raises:
        RuntimeError: it failed.
    """
    from colacli.cli.main import run

    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        mock.patch.dict(os.environ, COLACLI_HOME=str(store)),
    ):
        started = time.perf_counter()
        status = run([*arguments])
        seconds = time.perf_counter() - started
    if status != 0:
        raise RuntimeError(f"colacli {' '.join(arguments)} failed: {out.getvalue()[-2000:]}")
    return seconds


def _needed_flops(material: Path, texts: Sequence[str]) -> int:
    """Of GPT-2's products for the distinct prefixes of texts."""
    from colacli.kernels.packing import split_sentences

    tokens, shape = tokenised(material, texts), read_config(material / "gpt2")
    return judging_flops(shape.n_embd, shape.n_layer, shape.inner, split_sentences(tokens.ids, tokens.lengths))
