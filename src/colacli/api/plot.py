"""A figure that a notebook shows, and that can be changed and saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.api.boundary import python_errors
from colacli.results import history_of
from colacli.store.run import Run as StoredRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Plot:
    """A figure of matplotlib's: `plot.figure.savefig("curves.svg")`."""

    figure: Figure

    def _repr_svg_(self) -> str:
        from colacli.render.figures import svg

        return svg(self.figure)


def curves(arms: Mapping[str, Sequence[StoredRun]]) -> Plot:
    """Loss, accuracy and MCC by epoch of the runs of each arm.

    Raises:
        UnavailableError: matplotlib is not installed.
    """
    from colacli.render.figures import check_matplotlib, draw_curves

    with python_errors():
        check_matplotlib()
        return Plot(draw_curves({label: [history_of(run) for run in runs] for label, runs in arms.items()}))
