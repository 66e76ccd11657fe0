"""Every operator that is called on a device stands in docs/devices.md, and an Apple GPU has it."""

import re
from functools import cache
from pathlib import Path

import pytest
import torchgen
import yaml

from factories.on_device import BASELINE, READING, TEACHER, TRAININGS, WITHOUT_RUN, Commands
from factories.pretended_device import PretendedDevice

PAGE = Path(__file__).parents[2] / "docs" / "devices.md"
DECLARED = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native" / "native_functions.yaml"
IN_BF16 = {"_foreach_copy", "new_empty"}
"""What is trained is cast."""
IN_GRAPHS = {"fill", "full", "index_copy", "lt", "new_empty_strided"}
"""What only CUDA's graphs have need of: a learning rate, a position and lengths that are on the device."""
NO_KERNEL_HERE = {"_scaled_dot_product_attention", "_thnn_fused_rnn"}
"""What CUDA has one kernel for and the pretended device has not: there they are computed from others."""
NO_FIXED_ORDER = {
    *("bincount", "cumsum", "gather", "histc", "index_add", "index_copy", "index_put", "index_select", "kthvalue"),
    *("median", "nll_loss_forward", "nll_loss_backward", "nll_loss2d_forward", "put", "repeat_interleave"),
    *("resize", "scatter", "scatter_add", "scatter_reduce", "embedding_bag", "embedding_dense_backward"),
}
"""What `torch.use_deterministic_algorithms` names, of all that has to do with numbers and rows; and embeddings."""


def _plain(name):
    """An operator's name without its overload and whether it is in place."""
    return name.removeprefix("aten::").split(".")[0].removesuffix("_")


def _section():
    return PAGE.read_text().split("## Determinism")[1]


def explained():
    """The operators of the table."""
    rows = re.findall(r"^\| (`.*?`) \|", _section(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def unremarkable():
    """The operators of the block below it."""
    return set(re.search(r"```text\n(.*?)```", _section(), re.DOTALL)[1].split())


@cache
def _declarations():
    text = DECLARED.read_text()
    return {
        one["func"].split("(")[0]: one for one in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    }


def _has_mps(name):
    """Whether torch declares a kernel of MPS for an operator and its overload, or one that is made of others."""
    declared = _declarations()[name.removeprefix("aten::")]
    if delegate := declared.get("structured_delegate"):
        return _has_mps(delegate)
    backends = ",".join(declared.get("dispatch", {"Composite": ""}))
    return "MPS" in backends or "Composite" in backends


def _called(folder, base, corpus, like, precision, commands):
    device = PretendedDevice(like)
    run = Commands(folder, base, corpus, device, precision, captures=like == "cuda")
    for command in commands:
        run(command, reference="teacher")
    return {one.name() for one in device.operators}


def _check(names):
    found = {_plain(name) for name in names}
    assert found <= explained() | unremarkable(), "not in docs/devices.md"
    assert [name for name in names if not _has_mps(name)] == []
    return found


def test_what_has_no_fixed_order_is_explained():
    """None of torch's list stands among the operators that need no word."""
    assert unremarkable() & NO_FIXED_ORDER == set()
    assert unremarkable() & explained() == set()


def test_what_a_teacher_and_a_student_call_is_known(tiny_base, tiny_corpus, tmp_path):
    """The operators of a teacher and of a student with every kind of layer."""
    student = TRAININGS["gru, both directions, mean"]
    _check(_called(tmp_path, tiny_base, tiny_corpus, "mps", "fp32", [TEACHER, f"{student} --dropout 0.1"]))


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("like", ["cuda", "mps"])
def test_the_page_has_what_is_called(tiny_base, tiny_corpus, tmp_path, like, precision):
    """All workflows call what the page has; an Apple GPU, which computes networks step by step, calls all of it."""
    commands = [TEACHER, *TRAININGS.values(), *READING.values(), *WITHOUT_RUN.values(), BASELINE]
    with_dropout = [f"{one} --dropout 0.1" if "--dropout 0" in one else one for one in commands]
    found = _check(_called(tmp_path, tiny_base, tiny_corpus, like, precision, with_dropout))

    if like == "mps":
        assert found | IN_BF16 == (explained() | unremarkable()) - NO_KERNEL_HERE - IN_GRAPHS
        assert (found >= IN_BF16) == (precision == "bf16")
    else:
        assert found >= IN_GRAPHS
