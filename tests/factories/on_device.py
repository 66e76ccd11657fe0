"""Commands in this process, on the CPU or on a pretended device, each with a store of its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from colacli.cli.main import run
from colacli.results import predictions_of
from colacli.store.refs import resolve_one
from colacli.store.store import Store
from factories.pretended_graphs import pretended_graphs

if TYPE_CHECKING:
    from pathlib import Path

    from factories.pretended_device import PretendedDevice

_HOW = "--epochs 2 --batch-size 16 --dropout 0 --precision {precision} --force-precision"
_STUDENT = f"train-student --base {{base}} --data {{corpus}} {_HOW}"
_DISTIL = f"distil --teacher teacher --base {{base}} --data {{corpus}} {_HOW}"

TEACHER = f"finetune --base {{base}} --data {{corpus}} {_HOW} --name teacher"
TRAININGS = {
    "bias, clip and unfreeze": f"finetune --base {{base}} --data {{corpus}} {_HOW} --rank 2 --bias all "
    "--unfreeze ln_f,wpe --clip 0.5 --select-by auc",
    "holdout": f"finetune --base {{base}} --data {{corpus}} {_HOW} --validation holdout --unfreeze '' --bias none",
    "rnn": f"{_STUDENT} --hidden 8",
    "rnn, two layers": f"{_STUDENT} --hidden 8 --layers 2 --label-smoothing 0.1",
    "gru, both directions, mean": f"{_STUDENT} --cell gru --hidden 8 --layers 2 --bidirectional --pooling mean",
    "lstm, attention, factorised": f"{_STUDENT} --cell lstm --hidden 8 --pooling attention --embedding-rank 4",
    "rnn, max, frozen": f"{_STUDENT} --hidden 8 --bidirectional --pooling max --freeze-embeddings",
    "lstm, random embeddings": f"{_STUDENT} --cell lstm --hidden 8 --embeddings random --clip 0.5",
    "distil": f"{_DISTIL} --hidden 8",
    "distil, states": f"{_DISTIL} --cell gru --hidden 8 --hidden-weight 0.5 --kd-loss mse",
    "distil, prefixes": f"{_DISTIL} --cell gru --hidden 8 --bidirectional --pooling max --prefix-weight 0.5",
    "distil, transfer": f"{_DISTIL} --hidden 8 --transfer words,parts --transfer-size 40 --teacher-control hard",
}
READING = {
    "eval": "eval {reference} --data {elsewhere}",
    "judge": "judge {reference} 'The baker paints a lamp.' 'Paints a lamp the baker.' 'The baker paints a lamp and.'",
    "pairs": "pairs {reference} --data {pairs}",
}
WITHOUT_RUN = {
    "generate, likeliest": "generate --base {base} --prompt 'The baker' --max-new-tokens 6 --temperature 0 {how}",
    "generate, drawn": "generate --base {base} --prompt 'The baker' --max-new-tokens 6 --num-samples 2 --top-p 0.9 "
    "--precision fp32",
    "generate, tuned": "generate --run teacher --base {base} --prompt 'My' --max-new-tokens 4 --temperature 0 {how}",
    "pairs": "pairs --base {base} --data {pairs} {how}",
    "pairs, mean": "pairs --base {base} --data {pairs} --score mean --no-bos {how}",
}
BASELINE = "baseline lm --base {base} --data {corpus} --name lm"

_PAIRS = [
    ("The baker paints a lamp.", "The baker a lamp paints.", "order"),
    ("My uncle finds two chairs.", "My uncle two chairs finds.", "order"),
    ("That girl carries the basket.", "Girl that carries the basket.", "noun"),
]


class Commands:
    """Commands with a store in a folder.

    Args:
        folder: an empty one.
        base: a base model's folder.
        corpus: a corpus' folder.
        device: where they compute: a pretended one, or a name; None for the CPU.
        precision: of trainings.
        captures: whether a pretended device captures graphs.
    """

    def __init__(
        self,
        folder: Path,
        base: Path,
        corpus: Path,
        device: PretendedDevice | str | None,
        precision: str,
        *,
        captures: bool = False,
    ) -> None:
        self.home, self.device, self._captures = folder / "home", device, captures
        self._paths = {"base": base, "corpus": corpus, "elsewhere": folder / "other.tsv", "pairs": folder / "p.jsonl"}
        self._words = {"precision": precision, "how": f"--precision {precision} --force-precision"}
        rows = ["The sailor finds a lamp.\t1", "Finds a lamp the sailor.\t0", "The sailor finds a boat and.\t0"]
        self._paths["elsewhere"].write_text("sentence\tlabel\n" + "".join(f"{row}\n" for row in rows))
        pairs = [{"sentence_good": good, "sentence_bad": bad, "UID": name} for good, bad, name in _PAIRS]
        self._paths["pairs"].write_text("".join(json.dumps(pair) + "\n" for pair in pairs))

    def __call__(self, command: str, **words: str) -> dict:
        """The document of a command that succeeds."""
        filled = {name: str(path) for name, path in self._paths.items()} | self._words | words
        argv = shlex.split(command.format(**filled))
        out, errors = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
            patch.setenv("COLACLI_HOME", str(self.home))
            if self.device is None or isinstance(self.device, str):
                argv += ["--device", self.device or "cpu"]
            else:
                self.pretend(patch)
                stack.enter_context(self.device)
                if self._captures:
                    stack.enter_context(pretended_graphs())
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(errors))
            status = run([*argv, "--json"])
        assert status == 0, f"{command}\n{out.getvalue()}{errors.getvalue()}"
        return json.loads(out.getvalue())

    def pretend(self, patch: pytest.MonkeyPatch) -> None:
        """Let every workflow find the device."""
        for name in ("verbs", "evaluate", "generate", "judge", "pairs"):  # commands would import them too late
            importlib.import_module(f"colacli.workflows.{name}")
        for name, module in list(sys.modules.items()):
            if name.startswith("colacli.workflows.") and hasattr(module, "resolve_device"):
                patch.setattr(module, "resolve_device", lambda *_: self.device.name)

    def logits(self, reference: str) -> list[list[float]]:
        """What a run was stored with: its logits on both dev splits."""
        store = Store(self.home)
        resolved = resolve_one(store, reference)
        splits = ("in_domain_dev", "out_of_domain_dev")
        return [logits for split in splits for logits in predictions_of(resolved, split).logits]


def numbers(document: dict) -> dict:
    """A document without what hangs on the clock, the store and the device: equal on two devices but for rounding."""
    omitted = {"seconds", "path", "key", "device", "cached"}
    return {name: value for name, value in document.items() if name not in omitted}
