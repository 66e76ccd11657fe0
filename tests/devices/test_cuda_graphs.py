"""Steps and tokens that a real GPU of CUDA replays have the bytes of those that it doesn't; skipped without one."""

from dataclasses import replace

import pytest
import torch

from colacli.kernels import cuda_graphs
from colacli.models.decoding import Decoder
from colacli.models.sampling import Sampling, samples
from colacli.models.weights import load_language_model
from factories.captured import MODELS, TRAINING, Kept, assert_same, trained
from factories.tiny import base_at

pytestmark = [
    pytest.mark.filterwarnings("ignore:Memory Efficient attention"),
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="no GPU of CUDA here; the pretended one is tested instead"
    ),
]

CUDA = "cuda:0"


@pytest.mark.parametrize("width", [32, 768])
@pytest.mark.parametrize("options", [{}, {"precision": "bf16"}, {"clip": None, "dropout": 0.0}])
@pytest.mark.parametrize("name", MODELS)
def test_replayed_steps_are_the_same_to_the_bit(name, options, width):
    """With dropout that the GPU draws, a clipped gradient and a learning rate that falls."""
    training = replace(TRAINING, **options)
    captured, eager = (trained(CUDA, name, training, most, width=width) for most in (cuda_graphs.MOST_GRAPHS, 0))

    assert_same(captured, eager)
    assert captured[2] > 10


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("name", ["teacher", "gru, max"])
def test_a_resumed_training_is_the_same_to_the_bit(name, precision):
    """Its steps are captured again."""
    kept = Kept()
    whole, resumed = (trained(CUDA, name, replace(TRAINING, precision=precision), kept=kept) for _ in range(2))

    assert_same(resumed, whole)
    assert 0 < resumed[2] < whole[2]


@pytest.mark.parametrize("count", [1, 5])
def test_texts_by_graphs_are_the_same(tiny_base, monkeypatch, count):
    """Texts that end one by one."""
    drawn, texts = Sampling(temperature=1.2, top_k=0, top_p=0.95), []
    for most in (cuda_graphs.MOST_GRAPHS, 0):
        monkeypatch.setattr(cuda_graphs, "MOST_GRAPHS", most)
        decoder = Decoder(load_language_model(base_at(tiny_base)).to(CUDA))
        texts.append(list(samples(decoder, [3, 5, 7], 40, drawn, range(count), range(0, 400, 30))))

    assert texts[0] == texts[1]
