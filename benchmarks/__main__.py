"""Measure: `python -m benchmarks --rows step,generate --repeats 3`.

Each row's figures are in the JSON file as soon as they are known, with those of other kinds of processor. What
is there of the same code, settings and machine is not measured again, so an interrupted run goes on; `--again`
measures anew.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine, piece, report
from benchmarks.material import choose_corpus, prepare
from benchmarks.results import Results, load, spread
from benchmarks.row import Settings
from benchmarks.rows import all_rows
from colacli.data.corpus import IN_DOMAIN_DEV, TRAIN
from colacli.devices import cuda_count, resolve_device, resolve_precision
from colacli.errors import ColacliError
from colacli.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.material import Run
    from benchmarks.results import RowResults
    from benchmarks.row import Row
    from colacli.data.corpus import Corpus

GPU_STEPS = 48
"""Of a training, read 16 at once."""
BEFORE = machine.ROOT / "benchmarks" / "before.json"
"""The profile of the code as it was before it was made fast."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    of = {device: list(all_rows(Settings(device=device))) for device in ("cpu", "cuda")}
    named = "; on a GPU ".join(", ".join(names) for names in of.values())
    parser.add_argument("--rows", help=f"comma-separated, of {named}; default: all")
    parser.add_argument("--repeats", type=int, default=3, help="turns of every contender (default: 3)")
    parser.add_argument("--steps", type=int, help="measured training steps (default: 8; on a GPU 48)")
    parser.add_argument("--epochs", type=int, default=Settings.epochs, help="of the distillation (default: 5)")
    parser.add_argument("--tokens", type=int, default=Settings.tokens, help="to generate (default: 200)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every process (default: all cores)")
    parser.add_argument("--data", type=Path, help="CoLA's folder; default: what colacli fetched, else the sample")
    parser.add_argument("--tokenizer", type=Path, help="folder with GPT-2's tokenizer; default: a stand-in")
    parser.add_argument("--device", help="cpu or cuda; a GPU has rows of its own (default: cuda where there is one)")
    parser.add_argument(
        "--avx2", action="store_true", help="limit the libraries to AVX2, as a kind of processor by itself"
    )
    parser.add_argument("--only", default="", help="measure only contenders with this in their name")
    parser.add_argument("--again", action="store_true", help="measure anew what was measured already")
    parser.add_argument(
        "--output", type=Path, default=machine.ROOT / "docs", help="folder for performance.json, .md (default: docs)"
    )
    options = parser.parse_args(arguments)
    options.device = options.device or ("cuda" if cuda_count() else "cpu")
    rows = of["cpu" if options.device == "cpu" else "cuda"]
    options.steps = options.steps or (Settings.steps if options.device == "cpu" else GPU_STEPS)
    options.rows = options.rows or ",".join(rows)
    if unknown := set(options.rows.split(",")) - set(rows):
        parser.error(f"--rows: there is no {', '.join(sorted(unknown))}; there is {', '.join(rows)}")
    if min(options.repeats, options.steps, options.epochs, options.threads) < 1 or options.tokens < 2:
        parser.error("--repeats, --steps, --epochs and --threads must be at least 1, --tokens at least 2")
    return options


def main(arguments: Sequence[str]) -> int:
    """Measure the rows that were asked for, and write the report of all results; the exit status."""
    options = parse(arguments)
    if options.avx2:
        os.environ.update(machine.AVX2)
    try:
        device = options.device = resolve_device(options.device)
        corpus = choose_corpus(open_store(), options.data)
        settings = Settings(
            options.steps, options.epochs, options.tokens,
            sentences=len(corpus.split(TRAIN)),
            default=resolve_precision("auto", device), device=device.partition(":")[0],
        )  # fmt: skip
        depends = _depends(options, settings, corpus)
    except ColacliError as error:
        sys.stderr.write(f"Error: {error.message}\n  {error.hint}\n")
        return 1
    rows = all_rows(settings)
    chosen = [rows[name] for name in options.rows.split(",")]
    path = options.output / "performance.json"
    results = load(path) if path.exists() else Results()
    code, here, failed = machine.code_digest(), machine.describe(device), False
    with tempfile.TemporaryDirectory(prefix="colacli-benchmarks-") as folder:
        _say("making the models and the corpus")
        bases = sorted({base for row in chosen for base in row.bases})
        teachers = any(row.teachers for row in chosen)
        run = partial(_run, Path(folder), options)
        prepare(Path(folder), corpus, options.tokenizer, bases, run, teachers=teachers)
        for row in chosen:
            row_results = results.row(row.name, code, depends, here, again=options.again)
            # Where bf16 is emulated it would take minutes for what takes a second.
            measured = [one for one in row.contenders if not one.is_bf16 or settings.default == "bf16"]
            failed |= not _measure(replace(row, contenders=tuple(measured)), row_results, results, run, options)
            write(results, options.output)
    return int(failed)


def _depends(options: argparse.Namespace, settings: Settings, corpus: Corpus) -> dict[str, Any]:
    """All that figures depend on beside code and machine. No path."""
    return {
        **asdict(settings),
        "grouped": settings.grouped,
        "slow": settings.slow,
        "threads": options.threads,
        "dev": len(corpus.split(IN_DOMAIN_DEV)),
        "corpus": corpus.split(TRAIN).digest[:12],
        "tokenizer": "GPT-2's tokenizer" if options.tokenizer else "a tokenizer of GPT-2's size trained on them",
    }


def _run(material: Path, options: argparse.Namespace, name: str, values: dict[str, Any]) -> piece.Result:
    """Call a piece: in a process of its own, or in this one where a GPU computes."""
    if options.device == "cpu":
        return piece.run(name, material, values, options.threads)
    return piece.run_here(name, material, values, options.device)


def _measure(row: Row, row_results: RowResults, results: Results, run: Run, options: argparse.Namespace) -> bool:
    """Every contender of a row in turns; whether all went well."""
    well = True
    for turn in range(min(options.repeats, row.repeats or options.repeats)):
        for contender in row.contenders:
            if row_results.has(turn, contender.name) or options.only not in contender.name:
                continue
            started = time.perf_counter()
            seed = {"seed": turn} if contender.seeded else {}
            try:
                result = run(contender.piece, {**contender.options, **seed})
            except piece.PieceError as error:
                well = False
                _say(str(error))
                continue
            row_results.add(turn, contender.name, result)
            results.save(options.output / "performance.json")
            figures = ", ".join(f"{name} {result[name]:.4g}" for name in row.measures if name in result)
            _say(f"{row.name} {turn + 1}, {contender.name}: {figures} ({time.perf_counter() - started:.0f} s)")
    for claim in row.claims:
        if values := report.claim_values(claim, row_results):
            _say(f"  {claim.work} against {claim.against}: {report.shown(spread(values))} {claim.unit}")
    return well


def write(results: Results, folder: Path) -> None:
    """The report of all results, and the figures of what grows."""
    plots = {}
    for kind, rows in results.kinds.items():
        if "scaling" in rows and rows["scaling"].turns:
            from benchmarks.plot import save_scaling

            plots[kind] = f"performance-scaling-{re.sub('[^a-z0-9]+', '-', kind.lower())}.svg"
            save_scaling(rows["scaling"], folder / plots[kind])
    before = load(BEFORE) if BEFORE.exists() else None
    (folder / "performance.md").write_text(report.render(results, before, plots), encoding="utf-8")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
