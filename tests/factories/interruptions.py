"""Trainings that the power fails, and processes that Ctrl-C reaches, for tests of what is not finished."""

import signal
from contextlib import contextmanager

import pytest

from colacli.config import Training
from colacli.events import Epoch
from colacli.training.requests import Execution

TRAINING = Training(epochs=3, batch_size=16, dropout=0.2)
CPU = Execution(device="cpu", checkpoint_every=1e-9)


class PowerLoss(BaseException):
    """Ends a training as nothing else would."""


def losing_power(after):
    """An `on_event` that ends the training after so many epochs."""

    def on_event(event):
        if isinstance(event, Epoch) and event.epoch > after:
            raise PowerLoss

    return on_event


def interrupted(verb, request, store, after=1):
    """Leave a run of this verb unfinished, after so many epochs."""
    with pytest.raises(PowerLoss):
        verb(request, store, losing_power(after))
    (attempt,) = store.attempts()
    return attempt


@contextmanager
def interruptible():
    """A process that is started here gets SIGINT; it inherits that it is ignored, as in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
