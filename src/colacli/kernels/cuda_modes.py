"""Which of CUDA's libraries may compute what: modes of a process, without effect on other devices."""

from __future__ import annotations

import torch


def set_cuda_modes() -> None:
    """Compute fp32 in fp32, and attention without plans that are built anew for each shape.

    By default cuDNN multiplies the fp32 of recurrent networks in TF32, which has 10 bits of a fraction instead of 23;
    cuBLAS doesn't. And on an H100 torch prefers cuDNN's attention in half precision, which builds a plan for every new
    number of rows or keys. It takes tens of milliseconds: longer than a token, whose keys are always one more.
    """
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.enable_cudnn_sdp(enabled=False)
