"""Runs that are planned, opened and committed with no model behind them."""

from types import SimpleNamespace

from colacli.data.corpus import Corpus
from colacli.training.look_up import look_up
from colacli.training.plan import Plan
from colacli.training.requests import Execution
from colacli.training.run import open_run
from colacli.workflows.train_student import TrainStudentRequest
from factories.runs import PARAMETERS, make_spec


class PlanWithoutModel(Plan):
    """Its parameters are those that `fill` leaves."""

    about = ""

    def count_parameters(self):
        """Always the same."""
        return PARAMETERS


def plan_of(spec=None, **execution):
    """A plan for this spec."""
    return PlanWithoutModel(
        spec=spec or make_spec(),
        base=SimpleNamespace(name="gpt2"),
        corpus=Corpus("cola", {}),
        device="cpu",
        request=TrainStudentRequest(execution=Execution(**execution)),
    )


def make_run(plan, store, work, on_event):
    """What every training verb does; `work` fills an open run and returns its result."""
    if (result := look_up(plan, store, on_event)) is not None:
        return result
    with open_run(plan, store, on_event) as run:
        return run.commit(work(run))
