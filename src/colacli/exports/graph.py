"""A student as an ONNX graph, of the runtime's own RNN, GRU and LSTM nodes.

PyTorch's exporter takes no packed sequences. Here the lengths go to the nodes as `sequence_lens`, so padding changes
nothing. Shapes are B sentences, T tokens, D directions, H states of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from colacli.exports.rounding import quantised
from colacli.models.student import RecurrentClassifier

IDS, MASK, LOGITS = "input_ids", "attention_mask", "logits"
_OPSET, _IR = 17, 9
"""Of 2022, so that older runtimes read it."""
_LARGEST = 2**31 - 2**20
"""Bytes that a protobuf message may have."""

_LEAST = torch.tensor(-torch.inf)

# The order of the gates in ONNX's nodes, by their places in PyTorch's: i o f c of i f g o, z r h of r z n.
_GATES = {"RNN": [0], "GRU": [1, 0, 2], "LSTM": [0, 3, 1, 2]}


def student_graph(student: RecurrentClassifier, about: dict[str, str], *, int8: bool) -> onnx.ModelProto:
    """The model: `input_ids` and `attention_mask` (B, T), padded on the right, to `logits` (B, 2).

    Args:
        student: in fp32.
        about: what the file says of itself.
        int8: whether matrices are stored as 8-bit integers with a scale a row.
    """
    graph = _Graph(int8=int8)
    mask = graph.add("Cast", [MASK], to=TensorProto.BOOL)  # (B, T)
    counts = graph.add("Cast", [MASK], to=TensorProto.INT32)
    lengths = graph.add("ReduceSum", [counts, graph.integers([1])], keepdims=0)  # (B,)
    states, last = _recurrent(graph, student, _embedded(graph, student), lengths)
    features = _pooled(graph, student, states, last, mask, lengths)
    score = student.score
    graph.add("Gemm", [features, graph.matrix(score.weight), graph.floats(score.bias)], transB=1, output=LOGITS)
    return graph.model(about)


def _embedded(graph: _Graph, student: RecurrentClassifier) -> str:
    """Inputs of the recurrent network, (T, B, width)."""
    embedded = graph.rows(student.get_parameter("embedding.weight"), IDS)  # (B, T, width or rank)
    if student.projection is not None:
        projection = graph.add("Transpose", [graph.matrix(student.projection.weight)], perm=[1, 0])
        embedded = graph.add("MatMul", [embedded, projection])
    return graph.add("Transpose", [embedded], perm=[1, 0, 2])


def _recurrent(graph: _Graph, student: RecurrentClassifier, inputs: str, lengths: str) -> tuple[str, str]:
    """All states (B, T, D H), and the last of each direction (B, D H)."""
    rnn, directions = student.rnn, student.directions
    kind = type(rnn).__name__
    options: dict[str, Any] = {"linear_before_reset": 1} if kind == "GRU" else {}
    options |= {"hidden_size": rnn.hidden_size, "direction": "bidirectional" if directions == 2 else "forward"}
    joined = graph.integers([0, 0, -1])
    last = ""
    for layer in range(rnn.num_layers):
        names = [f"l{layer}{'_reverse' * backward}" for backward in range(directions)]
        w, r = (graph.stack([_gates(rnn, f"weight_{part}_{name}") for name in names]) for part in ("ih", "hh"))
        biases = [torch.cat([_gates(rnn, f"bias_{part}_{name}") for part in ("ih", "hh")]) for name in names]
        states = graph.new()
        last = graph.add(kind, [inputs, w, r, graph.floats(torch.stack(biases)), lengths], before=[states], **options)
        flat = graph.add("Transpose", [states], perm=[0, 2, 1, 3])  # (T, D, B, H) -> (T, B, D, H)
        inputs = graph.add("Reshape", [flat, joined])  # (T, B, D H)
    last = graph.add("Transpose", [last], perm=[1, 0, 2])  # (D, B, H) -> (B, D, H)
    return graph.add("Transpose", [inputs], perm=[1, 0, 2]), graph.add("Reshape", [last, graph.integers([0, -1])])


def _gates(rnn: nn.Module, name: str) -> Tensor:
    """A weight (G H, ...) or bias (G H,) with its gates in ONNX's order."""
    order = _GATES[type(rnn).__name__]
    parts = rnn.get_parameter(name).detach().chunk(len(order))
    return torch.cat([parts[place] for place in order])


def _pooled(graph: _Graph, student: RecurrentClassifier, states: str, last: str, mask: str, lengths: str) -> str:
    """Inputs (B, features) of the head, as `Pool` computes them."""
    pool = student.pool
    if pool.kind == "last":
        return last
    real = graph.add("Unsqueeze", [mask, graph.integers([2])])  # (B, T, 1)
    if pool.kind == "max":
        masked = graph.add("Where", [real, states, graph.floats(_LEAST)])
        pooled = graph.add("ReduceMax", [masked], axes=[1], keepdims=0)
    elif pool.kind == "mean":
        masked = graph.add("Where", [real, states, graph.floats(torch.tensor(0.0))])
        time = graph.integers([1])
        count = graph.add("Unsqueeze", [graph.add("Cast", [lengths], to=TensorProto.FLOAT), time])  # (B, 1)
        pooled = graph.add("Div", [graph.add("ReduceSum", [masked, time], keepdims=0), count])
    else:
        project = graph.add("Transpose", [graph.matrix(pool.project.weight)], perm=[1, 0])
        hidden = graph.add("Add", [graph.add("MatMul", [states, project]), graph.floats(pool.project.bias)])
        weigh = graph.floats(pool.weigh.weight.T)
        scores = graph.add(
            "Where", [real, graph.add("MatMul", [graph.add("Tanh", [hidden]), weigh]), graph.floats(_LEAST)]
        )
        weighted = graph.add("Mul", [graph.add("Softmax", [scores], axis=1), states])
        pooled = graph.add("ReduceSum", [weighted, graph.integers([1])], keepdims=0)
    return graph.add("Concat", [last, pooled], axis=1)


class _Graph:
    """Nodes and constants, as they are added.

    Args:
        int8: whether matrices are stored as 8-bit integers.
    """

    def __init__(self, *, int8: bool) -> None:
        self._int8 = int8
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._names = 0

    def new(self) -> str:
        """A name."""
        self._names += 1
        return f"v{self._names}"

    def add(
        self, kind: str, inputs: list[str], *, before: Sequence[str] = (), output: str | None = None, **attributes: Any
    ) -> str:
        """A node; the name of its output, which comes after those in `before`."""
        name = output or self.new()
        self._nodes.append(helper.make_node(kind, inputs, [*before, name], **attributes))
        return name

    def _constant(self, values: NDArray[Any]) -> str:
        name = self.new()
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def integers(self, values: list[int]) -> str:
        """A constant of int64."""
        return self._constant(np.array(values, dtype=np.int64))

    def floats(self, values: Tensor) -> str:
        """A constant of fp32."""
        return self._constant(values.detach().contiguous().numpy())

    def matrix(self, weight: Tensor) -> str:
        """A weight (rows, columns), in fp32 or rounded."""
        if not self._int8:
            return self.floats(weight)
        rounded, scales = quantised(weight)
        return self.add("DequantizeLinear", [self._constant(rounded), self._constant(scales)], axis=0)

    def stack(self, weights: list[Tensor]) -> str:
        """Weights of each direction as one (D, rows, columns)."""
        shape = [len(weights), *weights[0].shape]
        return self.add("Reshape", [self.matrix(torch.cat(weights)), self.integers(shape)])

    def rows(self, weight: Tensor, ids: str) -> str:
        """Rows (..., columns) of an embedding, of which only those that are read are converted to fp32."""
        if not self._int8:
            return self.add("Gather", [self.floats(weight), ids])
        rounded, scales = quantised(weight)
        rows = self.add("Cast", [self.add("Gather", [self._constant(rounded), ids])], to=TensorProto.FLOAT)
        return self.add("Mul", [rows, self.add("Gather", [self._constant(scales[:, None]), ids])])

    def model(self, about: dict[str, str]) -> onnx.ModelProto:
        """All of it.

        Raises:
            ValueError: it is too large for one file.
        """
        if sum(len(constant.raw_data) for constant in self._constants) > _LARGEST:
            raise ValueError("it has more than 2 GB")
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in (IDS, MASK)]
        outputs = [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["batch", 2])]
        graph = helper.make_graph(self._nodes, "student", inputs, outputs, self._constants)
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR, producer_name="colacli")
        helper.set_model_props(model, about)
        onnx.checker.check_model(model, full_check=True)
        return model
