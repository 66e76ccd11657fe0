"""Several runs: those of several seeds, of a name, or of a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Literal, overload

from colacli.api.plot import Plot, curves
from colacli.api.progress import Progress
from colacli.api.run import Run
from colacli.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from colacli.api.export import Export


class Runs(Sequence[Run]):
    """Runs in their order; a call with `seeds=` gives them in that of the seeds."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = tuple(runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Runs: ...
    def __getitem__(self, index: int | slice) -> Run | Runs:
        return Runs(self._runs[index]) if isinstance(index, slice) else self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def metrics(self) -> pd.DataFrame:
        """A row a run and split: its key, command and seed, and what `Run.metrics` has."""
        return self._joined([run.metrics for run in self])

    @property
    def history(self) -> pd.DataFrame:
        """A row a run and epoch: its key, command and seed, and what `Run.history` has."""
        return self._joined([run.history for run in self])

    def export(
        self,
        to: Literal["tensorboard", "trackio"],
        output: str | PathLike[str],
        *,
        force: bool = False,
        progress: Progress = None,
    ) -> Export:
        """Write the training curves of all of them into one folder.

        Args:
            to: the kind; the others take one run, see `Run.export`.
            output: the new folder.
            force: whether an export that is there is replaced.
            progress: who is told how it goes.

        Raises:
            ColacliError: there is no run, the kind takes one alone, or a package is missing.
        """
        from colacli.api.export import export_runs

        if not self._runs:
            raise UsageError("there is no run to export", "make one, or name one")
        keys = ",".join(run.key for run in self)
        return export_runs(keys, self[0]._store, to, output, {"progress": progress}, force=force)

    def plot(self) -> Plot:
        """Loss, accuracy and MCC by epoch: mean and range; needs the extra plots."""
        return curves({f"{len(self)} runs": [run._stored for run in self]})

    def __repr__(self) -> str:
        return f"<Runs: {list(self._runs)}>"

    def _repr_html_(self) -> str:
        from colacli.render.notebook import html
        from colacli.render.runs import runs_table
        from colacli.results import summary_of
        from colacli.workflows.runs import Listed

        return html(runs_table([Listed(summary_of(run._stored), run.names, run.path) for run in self]))

    def _joined(self, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        keys = [(run.key[:12], run.command, run.seed) for run in self]
        if not frames:
            return pd.DataFrame()
        return pd.concat(frames, keys=keys, names=["run", "command", "seed"])
