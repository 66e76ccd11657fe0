"""Dropout that draws nothing."""

import torch


class FixedDropout(torch.nn.Module):
    """Dropout by a mask that was drawn before: of all rows, or of the last alone, which is then all that is used."""

    def __init__(self, keep_mask, dropout):
        super().__init__()
        self.factor = (keep_mask != 0).float() / (1 - dropout)

    def forward(self, x):
        """Rows (..., n, d) with what the mask keeps."""
        rows = torch.ones(x.shape[1:])
        rows[-len(self.factor) :] = self.factor
        return x * rows
