"""A run exported as an ONNX graph gives its logits in onnxruntime, whatever is padded and batched."""

import json
import sys
from itertools import product

import onnx
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer

from colacli.config import Student
from colacli.errors import DataError, IntegrityError, UnavailableError
from colacli.exports import graph
from colacli.exports.graph import student_graph
from colacli.exports.rounding import quantised
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from factories.exporting import dev, exported, without_corpus
from factories.tiny import padded, random_batch, randomise

CELLS, POOLINGS = ("rnn", "gru", "lstm"), ("last", "max", "mean", "attention")
LENGTHS = (5, 1, 17, 9, 17, 2)


def run_graph(content, ids, mask):
    """Logits (B, 2)."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0])


def random_student(**shape):
    """A student that never learnt."""
    torch.manual_seed(0)
    values = {"vocab_size": 101, "width": 12, "hidden": 10, "layers": 1} | shape
    student = RecurrentClassifier(StudentShape(**values)).eval()
    randomise(student)
    return student


@pytest.mark.parametrize(
    ("cell", "pooling", "layers", "bidirectional", "rank"),
    [*product(CELLS, POOLINGS, [1], [True], [None]), *product(CELLS, ["last", "mean"], [3], [False, True], [4])],
)
@torch.no_grad()
def test_every_kind_of_student(cell, pooling, layers, bidirectional, rank):
    """Cells, poolings, layers, directions, low-rank embeddings: the graph's logits are the student's to 1e-4."""
    student = random_student(
        cell=cell, pooling=pooling, layers=layers, bidirectional=bidirectional, embedding_rank=rank
    )
    batch = random_batch(LENGTHS)
    content = student_graph(student, {}, int8=False).SerializeToString()
    expected = student(batch)

    torch.testing.assert_close(run_graph(content, *padded(batch)), expected, rtol=0.0, atol=1e-4)
    alone, mask = padded(random_batch(LENGTHS[:1]))
    longer = torch.nn.functional.pad(alone, (0, 9), value=77), torch.nn.functional.pad(mask, (0, 9))
    torch.testing.assert_close(run_graph(content, *longer), run_graph(content, alone, mask), rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_int8_is_near(cell):
    """It has integers where matrices were, and its logits are those of the rounded matrices."""
    student = random_student(cell=cell, bidirectional=True, pooling="attention", embedding_rank=4)
    batch = random_batch(LENGTHS)
    model = student_graph(student, {}, int8=True)
    for name, parameter in student.named_parameters():
        if parameter.ndim == 2 and name != "pool.weigh.weight":
            rounded, scales = quantised(parameter)
            parameter.copy_(torch.from_numpy(rounded).float() * torch.from_numpy(scales)[:, None])

    logits = run_graph(model.SerializeToString(), *padded(batch))
    torch.testing.assert_close(logits, student(batch), rtol=0.0, atol=1e-4)
    assert any(constant.data_type == onnx.TensorProto.INT8 for constant in model.graph.initializer)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("int8", [False, True])
def test_every_constant_is_used(pooling, int8):
    """A runtime warns of others."""
    graph = student_graph(random_student(cell="gru", pooling=pooling), {}, int8=int8).graph
    used = {name for node in graph.node for name in node.input}

    assert {constant.name for constant in graph.initializer} <= used


def judge(folder, texts):
    """Logits of texts, with nothing but the exported folder."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding()
    encoded = tokenizer.encode_batch(texts)
    ids, mask = (torch.tensor([getattr(one, name) for one in encoded]) for name in ("ids", "attention_mask"))
    return run_graph((folder / "model.onnx").read_bytes(), ids, mask)


def test_a_students_logits_are_the_runs(trainings, tmp_path):
    """From texts, by the tokenizer beside the graph, in one padded batch."""
    run = trainings.alone(Student(hidden=8, cell="gru", layers=2, bidirectional=True, pooling="attention"))
    result = exported(trainings, run, "onnx", tmp_path / "out")
    texts, logits = dev(trainings, run)

    torch.testing.assert_close(judge(tmp_path / "out", texts), torch.tensor(logits), rtol=0.0, atol=1e-4)
    assert result.written[0].agreement.sentences == len(texts)
    assert result.written[0].agreement.on == "sentences of in_domain_dev, out_of_domain_dev"


@pytest.mark.slow
def test_a_teachers_logits_are_the_runs(trainings, tmp_path):
    """PyTorch's exporter, too, with free batch and length; rounded, its answers are measured."""
    run = trainings.teacher()
    exported(trainings, run, "onnx", tmp_path / "out")
    rounded = exported(trainings, run, "onnx", tmp_path / "int8", quantize="int8")
    texts, logits = dev(trainings, run)

    torch.testing.assert_close(judge(tmp_path / "out", texts), torch.tensor(logits), rtol=0.0, atol=1e-4)
    assert sorted(rounded.files) == ["README.md", "model.onnx", "tokenizer.json"]
    assert [split for split, _ in rounded.written[0].changes] == ["in_domain_dev", "out_of_domain_dev"]


def test_int8_says_what_it_changes(trainings, tmp_path):
    """Accuracy and MCC against the exact graph, with compare's intervals for paired sentences."""
    run = trainings.alone()
    (written,) = exported(trainings, run, "onnx", tmp_path / "out", quantize="int8").written
    (split, change), _ = written.changes

    assert (split, change.a, change.b, change.n) == ("in_domain_dev", "int8", "fp32", 20)
    assert change.interval[0] <= change.accuracy_difference <= change.interval[1]
    assert change.mcc_interval[0] <= change.mcc_difference <= change.mcc_interval[1]
    assert 0 < written.agreement.largest_difference < 0.1
    assert json.loads((tmp_path / "out" / "colacli.json").read_text())["options"] == {"quantize": "int8"}


def test_without_its_corpus(trainings, tiny_corpus, tmp_path):
    """It is compared on generated token ids, and says so; int8 can't be measured then."""
    run = without_corpus(trainings, tiny_corpus, tmp_path / "corpus", trainings.alone)
    (written,) = exported(trainings, run, "onnx", tmp_path / "out").written

    assert written.agreement.on == "rows of generated token ids"
    assert written.agreement.largest_difference <= 1e-4
    with pytest.raises(DataError, match="int8 is measured on the run's own sentences"):
        exported(trainings, run, "onnx", tmp_path / "int8", quantize="int8")
    assert not (tmp_path / "int8").exists()


def test_a_graph_that_does_not_agree(trainings, tmp_path, monkeypatch):
    """Is an error, and nothing is left of it: here gates in PyTorch's order."""
    run = trainings.alone(Student(hidden=8, cell="gru"))
    monkeypatch.setitem(graph._GATES, "GRU", [0, 1, 2])
    with pytest.raises(IntegrityError, match="doesn't agree with it: a logit differs by"):
        exported(trainings, run, "onnx", tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == []


def test_a_missing_package_names_the_extra(trainings, tmp_path, monkeypatch):
    """Without onnxruntime, the hint is what to install."""
    run = trainings.alone()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UnavailableError, match="onnxruntime") as caught:
        exported(trainings, run, "onnx", tmp_path / "out")
    assert caught.value.hint == "pip install 'colacli[onnx]'"
