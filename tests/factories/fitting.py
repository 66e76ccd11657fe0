"""What the loop is given in tests: datasets and students; and what comes out."""

import torch

from colacli.config import Training
from colacli.events import ignore
from colacli.kernels.packing import Tokens
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.training.checkpoints import NoCheckpoints
from colacli.training.datasets import Dataset, Datasets
from colacli.training.fit import cross_entropy_objective, fit, make_deterministic

QUICK = Training(epochs=3, batch_size=16, learning_rate=1e-2, dropout=0.0)


def random_dataset(count, seed):
    """Sentences of 20 tokens with labels, both at random."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 8, (count,), generator=generator)
    ids = torch.randint(0, 20, (int(lengths.sum()),), generator=generator)
    return Dataset(Tokens(ids.int(), lengths), torch.randint(0, 2, (count,), generator=generator))


def splits(train, validation=None):
    """Both as a training has them; trained on and validated on the same where one is given."""
    return Datasets(train, validation or train, {}, list(range(len(train))))


def separable(count=60, seed=0):
    """Sentences of tokens 2..19 that are acceptable exactly when they end with token 1, not 0."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 8, (count,), generator=generator)
    labels = torch.randint(0, 2, (count,), generator=generator)
    ids = torch.randint(2, 20, (int(lengths.sum()),), generator=generator)
    ids[lengths.cumsum(0) - 1] = labels
    return Dataset(Tokens(ids.int(), lengths), labels)


def a_student(dropout=0.0):
    """A small student; its initial weights come from torch's generator."""
    return RecurrentClassifier(StudentShape(cell="gru", vocab_size=20, width=8, hidden=8, layers=1), dropout)


def fitted(model, objective, datasets, training, on_event=ignore):
    """What comes out of training with no checkpoints."""
    return fit(model, objective, datasets, training, "cpu", on_event, NoCheckpoints())


def trained_student(training, train=None, validation=None, on_event=ignore, dropout=0.0):
    """A student trained from its seed on, and what came out."""
    make_deterministic(training.seed)
    student = a_student(dropout)
    train = train or separable()
    objective = cross_entropy_objective(train.labels, "cpu")
    return student, fitted(student, objective, splits(train, validation or separable(30, 1)), training, on_event)


def weights(model):
    """A copy of a model's parameters, by name."""
    return {name: one.detach().clone() for name, one in model.named_parameters()}
