"""The learning rate of each step, beside torch's schedulers."""

import pytest
import torch

from colacli.config import Training
from colacli.training.schedule import learning_rate

TOTAL = 17
SCHEDULERS = {
    "constant": lambda optimizer: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0),
    "linear": lambda optimizer: torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, TOTAL),
    "cosine": lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, TOTAL),
}


@pytest.mark.parametrize("schedule", SCHEDULERS)
def test_schedulers_of_torch(schedule):
    """To a relative 1e-6, at every step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=3e-3)
    scheduler, rates = SCHEDULERS[schedule](optimizer), []
    for _ in range(TOTAL):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()

    training = Training(learning_rate=3e-3, schedule=schedule)
    assert [learning_rate(training, done, TOTAL) for done in range(TOTAL)] == pytest.approx(rates, rel=1e-6)
