"""Which of CUDA's libraries may compute what."""

import pytest
import torch

from colacli.training.fit import make_deterministic
from colacli.workflows.generate import GenerateRequest, generate


@pytest.fixture(autouse=True)
def _as_it_was():
    """Begin with torch's defaults, and leave the modes as they were."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.cudnn_sdp_enabled()
    is_deterministic = torch.are_deterministic_algorithms_enabled()
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.enable_cudnn_sdp(enabled=True)
    yield
    torch.backends.cudnn.allow_tf32 = before[0]
    torch.backends.cuda.enable_cudnn_sdp(enabled=before[1])
    torch.use_deterministic_algorithms(is_deterministic)


def _train(store):
    make_deterministic(0)


def _generate(store):
    generate(GenerateRequest(variant="gpt2-mini", prompt="The girl", max_new_tokens=1, device="cpu"), store)


@pytest.mark.parametrize("work", [_train, _generate])
def test_no_fp32_is_multiplied_in_tf32_and_no_plan_is_built(store, work):
    """In recurrent networks and in attention: in training and judging, which are made repeatable, and in generation."""
    work(store)

    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cuda.cudnn_sdp_enabled()
