"""Recurrent layers that read a text on a pretended device get the CPU's perplexities, with a teacher too."""

import pytest

from factories.on_device import Commands
from factories.pretended_device import PretendedDevice
from factories.tiny import made_sentences


@pytest.mark.parametrize("like", ["cuda", "mps"])
@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("bf16", 0.03)])
@pytest.mark.parametrize("objective", ["--kd-weight 0.5", "--negatives 20"])
def test_it_reads_as_on_the_cpu(tiny_base, tiny_corpus, tmp_path, like, precision, tolerance, objective):
    """And the real device would refuse nothing, with a teacher or drawn tokens; a student starts from it there."""
    text = tmp_path / "text.txt"
    text.write_text("".join(f"{sentence}\n" for sentence, _ in made_sentences()))
    losses = []
    for number, device in enumerate((None, PretendedDevice(like))):
        folder = tmp_path / str(number)
        folder.mkdir()
        commands = Commands(folder, tiny_base, tiny_corpus, device, precision)
        how = "--base {base} --batch-size 16 --dropout 0 --precision {precision} --force-precision"
        found = commands(
            f"pretrain-student --text {text} {how} --cell gru --hidden 8 --bidirectional {objective} --name read"
        )
        losses += [[one["loss"] for one in found["perplexity"].values()]]
        commands(f"train-student --data {{corpus}} {how} --epochs 1 --student-base read")

    assert losses[1] == pytest.approx(losses[0], abs=tolerance)
