"""What the recorded commands read: a tiny base, a tiny corpus and two files, the same bytes on every machine."""

import hashlib
import random
from pathlib import Path

from factories.tiny import made_sentences, write_base, write_corpus


def write_inputs(folder: Path) -> dict[str, Path]:
    """Write them into an empty folder; each one's path by the word that stands for it in a command."""
    paths = {"base": folder / "base", "corpus": folder / "corpus"}
    for path in paths.values():
        path.mkdir()
    write_base(paths["base"])
    _portable_weights(paths["base"] / "model.safetensors")
    write_corpus(paths["corpus"])
    paths |= {"sentences": folder / "sentences.txt", "test": folder / "test.tsv"}
    texts = [text for text, _ in made_sentences()]
    paths["sentences"].write_text("".join(f"Now {text[0].lower()}{text[1:]}\n" for text in texts[:40]))
    paths["test"].write_text("index\tsentence\n" + "".join(f"{row}\t{text}\n" for row, text in enumerate(texts[-9:])))
    return paths


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file under a folder, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _portable_weights(path: Path) -> None:
    """Replace the weights: torch's normal random numbers differ between processors, Python's uniform ones don't."""
    import torch
    from safetensors.torch import load_file, save_file

    generator = random.Random(0)
    tensors = {}
    for name, tensor in sorted(load_file(path).items()):
        middle = 1.0 if ".ln_" in name and name.endswith("weight") else 0.0
        values = [middle + generator.uniform(-0.15, 0.15) for _ in range(tensor.numel())]
        tensors[name] = torch.tensor(values).reshape(tensor.shape)
    save_file(tensors, path, metadata={"format": "pt"})
