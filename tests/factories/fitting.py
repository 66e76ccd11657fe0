"""What the loop is given in tests: datasets, and checkpoints that are never saved."""

import torch

from colacli.kernels.packing import Tokens
from colacli.training.datasets import Dataset, Datasets


class NoCheckpoints:
    """Nothing is restored and nothing saved."""

    def restore(self, state):
        """Leave it as it is."""

    def save(self, state):
        """It is never time to."""


def random_dataset(count, seed):
    """Sentences of 20 tokens with labels, both at random."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 8, (count,), generator=generator)
    ids = torch.randint(0, 20, (int(lengths.sum()),), generator=generator)
    return Dataset(Tokens(ids.int(), lengths), torch.randint(0, 2, (count,), generator=generator))


def splits(train, validation=None):
    """Both as a training has them; trained on and validated on the same where one is given."""
    return Datasets(train, validation or train, {}, list(range(len(train))))
