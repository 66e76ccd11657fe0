"""What a training takes of a real GPU's memory, beside its estimate; skipped without one. By itself on the GPU.

What was measured is printed: `pytest -s -m slow tests/devices/test_cuda_memory.py`.
"""

import gc
import subprocess
import sys

import pytest
import torch

import colacli.workflows.verbs as registry
from benchmarks.material import make_base, write_tokenizer
from colacli.data.corpus import TRAIN
from colacli.data.sample import sample_corpus
from colacli.options import request_of
from colacli.training.memory import CONTEXT, _lengths, _tensors, device_memory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU of CUDA here"),
]

CUDA = "cuda:0"
MIB = 2**20
CASES = {
    "gpt2, bf16": ("finetune", {"base": "{base}", "precision": "bf16"}),
    "gpt2, fp32": ("finetune", {"base": "{base}", "precision": "fp32"}),
    "gpt2-mini, bf16, batches of 16": ("finetune", {"variant": "gpt2-mini", "precision": "bf16", "batch_size": 16}),
    "student of gpt2": ("train-student", {"base": "{base}"}),
    "lstm": ("train-student", {"variant": "gpt2-mini", "cell": "lstm", "hidden": 256, "layers": 2}),
    "gru, attention": (
        "train-student",
        {"variant": "gpt2-mini", "cell": "gru", "bidirectional": True, "pooling": "attention"},
    ),
}
IN_PROCESS = """
import sys, torch
torch.zeros(1, device="cuda")
torch.cuda.synchronize()
print(torch.cuda.memory_reserved(), flush=True)
sys.stdin.readline()
for dtype in (torch.float32, torch.bfloat16):
    a = torch.randn(4, 512, 512, device="cuda", dtype=dtype, requires_grad=True)
    torch.nn.functional.scaled_dot_product_attention(a @ a, a, a.softmax(-1)).sum().backward()
network = torch.nn.LSTM(64, 64, device="cuda")
network(torch.randn(8, 8, 64, device="cuda"))[0].sum().backward()
torch.optim.Adam(network.parameters(), fused=True).step()
torch.cuda.synchronize()
print(torch.cuda.memory_reserved(), flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """GPT-2 in its true size, with random weights and a tokenizer of its size."""
    folder = tmp_path_factory.mktemp("material")
    write_tokenizer(folder / "gpt2", None, sample_corpus().split(TRAIN).texts)
    make_base(folder, name="gpt2", device=CUDA)
    return folder / "gpt2"


@pytest.fixture(scope="module")
def contexts():
    """What the GPU has less while a process has a context, and after its first kernels, beside what torch reserved."""
    before = _used()
    sizes = []
    with subprocess.Popen(
        [sys.executable, "-c", IN_PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        for _ in range(2):
            reserved = int(process.stdout.readline())
            sizes.append(_used() - before - reserved)
            process.stdin.write("\n")
            process.stdin.flush()
    print(f"\ncontext: {sizes[0] / MIB:.0f} MiB; after products, attention and cuDNN: {sizes[1] / MIB:.0f} MiB")
    return sizes


@pytest.mark.parametrize("name", CASES)
def test_the_estimate_is_above_what_is_taken_and_within_its_triple(base, store, contexts, name):
    """Of a whole training: its tensors, what torch reserves for them, the graphs themselves, and the context."""
    command, options = CASES[name]
    values = {"data": "sample", "epochs": 1, "device": CUDA} | options
    values = {key: str(base) if value == "{base}" else value for key, value in values.items()}
    request = request_of(registry.VERBS[command].request, values, command)
    plan = registry.VERBS[command].plan(request, store, lambda _: None)
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before, used = torch.cuda.memory_allocated(), [_used()]
    registry.VERBS[command].run(request, store, lambda _: used.append(_used()))
    allocated, reserved = torch.cuda.max_memory_allocated() - before, torch.cuda.max_memory_reserved()
    estimate, taken = _tensors(plan, _lengths(plan)), max(contexts) + max(used) - used[0]

    print(
        f"\n{name}: estimated {estimate / MIB:.0f} MiB, allocated {allocated / MIB:.0f}, "
        f"reserved {reserved / MIB:.0f}, taken {taken / MIB:.0f}, in all {device_memory(plan) / MIB:.0f}"
    )
    assert estimate <= 3 * allocated
    assert max(taken, max(contexts) + reserved) <= device_memory(plan)


def test_a_context_is_no_larger_than_is_said(contexts):
    """With some room for what the allocator reserves at the least."""
    assert 0 < contexts[0] <= contexts[1] <= CONTEXT


def _used():
    torch.zeros(1, device=CUDA)
    torch.cuda.synchronize()
    free, total = torch.cuda.mem_get_info()
    return total - free
