"""LoRA's products against the same ones in fp64."""

import pytest
import torch

from colacli.kernels.thin_matmul import add_projected_up_, project_down, project_up, sum_outer

SHAPES = pytest.mark.parametrize(
    ("tokens", "width", "rank"),
    [(7, 16, 4), (1, 2048, 1), (3, 1536, 4), (65, 3072, 4), (64, 2304, 8), (66, 2048, 8), (9, 2048, 9), (5, 1024, 4)],
)
"""Narrow, wide, in whole pages; parts of equal size and not; more ranks than passes are for."""


def operands(tokens, width, rank):
    """Of fp32: states (N, d), low ones (N, r), and a matrix (d, r)."""
    torch.manual_seed(tokens)
    return torch.randn(tokens, width), torch.randn(tokens, rank), torch.randn(width, rank)


def assert_near(actual, expected, terms):
    """Within the error of fp32 sums of so many terms."""
    torch.testing.assert_close(actual, expected.float(), rtol=1e-5, atol=2e-6 * terms**0.5)


@SHAPES
def test_products_are_exact_to_rounding(tokens, width, rank):
    """Each agrees with its product in fp64 to 2e-6 times the root of the number of terms."""
    x, low, matrix = operands(tokens, width, rank)
    wide_x, wide_low, wide = x.double(), low.double(), matrix.double()

    assert_near(project_down(x, matrix), wide_x @ wide, width)
    assert_near(project_up(low, matrix.T), wide_low @ wide.T, rank)
    assert_near(sum_outer(low, x), wide_low.T @ wide_x, tokens)
    assert_near(add_projected_up_(x.clone(), low, matrix.T, 0.25), wide_x + 0.25 * wide_low @ wide.T, rank)


def test_the_sum_is_in_place():
    """Where it is computed in passes and where it is not."""
    for width in (16, 3072):
        x, low, matrix = operands(5, width, 4)
        assert add_projected_up_(x, low, matrix.T, 1.0) is x


@pytest.mark.parametrize("width", [256, 1024])
def test_in_bf16_they_are_torchs_own(width):
    """Bit for bit."""
    x, low, matrix = (one.bfloat16() for one in operands(33, width, 4))

    assert torch.equal(project_down(x, matrix), x @ matrix)
    assert torch.equal(project_up(low, matrix.T), low @ matrix.T)
    assert torch.equal(sum_outer(low, x), low.T @ x)
    assert torch.equal(add_projected_up_(x.clone(), low, matrix.T, 0.5), x.addmm(low, matrix.T, alpha=0.5))


def test_a_gradient_without_memory_of_its_own_is_read():
    """An expanded tensor, as the gradient of a sum is."""
    low = torch.randn(10, 4)
    expanded = torch.ones(1, 1).expand(10, 2048)
    assert_near(sum_outer(low, expanded), low.double().T @ expanded.double(), 10)
