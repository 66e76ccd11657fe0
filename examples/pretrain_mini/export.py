"""A checkpoint as a folder in the Hugging Face GPT-2 layout, bf16, which `transformers` and colacli load unchanged.

python export.py WORK_FOLDER CHECKPOINT.safetensors FOLDER
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from prepare import END, END_ID
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor

from colacli.kernels.packing import Batch
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import GPT2
from colacli.models.tensors import write_tensors

HEAD_WIDTH = 64
CENTRED_ON = 8192
"""Tokens of validation text over which keys have a mean."""


def main() -> None:
    """Write config.json, model.safetensors, tokenizer.json and tokenizer_config.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with safe_open(options.checkpoint, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith("model.model.transformer.")]  # noqa: SIM118
        tensors = {name.removeprefix("model.model."): file.get_tensor(name) for name in names}
    text = torch.from_numpy(np.load(options.work / "valid-ids.npy")[:CENTRED_ON].astype(np.int64))
    center_keys(tensors, text)
    tensors = {name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()}
    write_tensors(options.folder / "model.safetensors", tensors)
    (options.folder / "config.json").write_text(json.dumps(config_of(tensors), indent=2, sort_keys=True) + "\n")
    tokenizer = Tokenizer.from_file(str(options.work / "tokenizer.json"))
    tokenizer.save(str(options.folder / "tokenizer.json"), pretty=False)
    (options.folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "add_prefix_space": True,
                "bos_token": END,
                "eos_token": END,
                "unk_token": END,
                "model_max_length": tensors["transformer.wpe.weight"].shape[0],
                "tokenizer_class": "GPT2Tokenizer",
            },
            indent=2,
            sort_keys=True,
        )
        + "\n"
    )


@torch.no_grad()
def center_keys(tensors: dict[str, Tensor], ids: Tensor) -> None:
    """Subtract from every layer's key bias the mean of its keys over a text, ids (N,).

    What all keys share adds the same to all of a query's scores, which softmax takes out again. So the model stays as
    it is; but large scores would round away what tells the keys apart.
    """
    shape = config_of(tensors)
    names = ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head")
    body = GPT2(GPT2Config(**{name: shape[name] for name in names}))
    width, row = body.config.n_embd, min(body.config.n_positions, len(ids))
    body.load_state_dict({name.removeprefix("transformer."): tensor.float() for name, tensor in tensors.items()})
    keys: list[Tensor] = []
    for block in body.h:
        block.attn.c_attn.register_forward_hook(lambda _module, _inputs, qkv: keys.append(qkv[:, width : 2 * width]))
    rows = len(ids) // row
    body(Batch(ids[: rows * row], torch.full((rows,), row)))
    for layer, shared in enumerate(keys):
        bias = tensors[f"transformer.h.{layer}.attn.c_attn.bias"]
        bias[width : 2 * width] -= shared.mean(0).to(bias.dtype)


def config_of(tensors: dict[str, Tensor]) -> dict[str, Any]:
    """What `transformers` wants to know."""
    vocabulary, width = tensors["transformer.wte.weight"].shape
    layers = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith("transformer.h."))
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "vocab_size": vocabulary,
        "n_positions": tensors["transformer.wpe.weight"].shape[0],
        "n_embd": width,
        "n_layer": layers,
        "n_head": width // HEAD_WIDTH,
        "layer_norm_epsilon": 1e-5,
        "bos_token_id": END_ID,
        "eos_token_id": END_ID,
        "dtype": "bfloat16",
        "tie_word_embeddings": True,
    }


if __name__ == "__main__":
    main()
