"""Folders in the Hugging Face layout, changed, and what transformers and we make of them."""

from __future__ import annotations

import json

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2LMHeadModel

from colacli.models.config import read_generation_config
from colacli.models.decoding import Decoder
from colacli.models.sampling import Sampling, continuation
from colacli.models.weights import load_language_model
from factories.tiny import base_at, random_batch, randomise, their_config

CONFIG, WEIGHTS, GENERATION = "config.json", "model.safetensors", "generation_config.json"
PROMPT = [5, 9, 11, 2]
LENGTH = 12


def write_model(folder):
    """The model in a folder that is there."""
    model = GPT2LMHeadModel(their_config(eos_token_id=100))
    randomise(model)
    with torch.no_grad():
        model.transformer.wpe.weight.mul_(5)
    model.save_pretrained(folder)
    return folder


def say(folder, file, changes, without=()):
    """Change keys of a JSON file."""
    values = json.loads((folder / file).read_text()) | changes
    text = json.dumps({name: one for name, one in values.items() if name not in without})
    (folder / file).write_text(text.replace("Infinity", "1e400"))


def change_tensors(folder, change):
    """Rewrite the weights as `change` gives them."""
    save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS, metadata={"format": "pt"})


@torch.no_grad()
def their_answer(folder):
    """Logits of the prompt, and the greedy text that follows it."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = torch.tensor([PROMPT])
    made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=LENGTH)
    text = made[0, len(PROMPT) :].tolist()
    ends = model.generation_config.eos_token_id
    return model(ids).logits[0], text[:-1] if text[-1] in (ends if isinstance(ends, list) else [ends]) else text


@torch.no_grad()
def our_answer(folder):
    """The same of ours."""
    model, settings = load_language_model(base_at(folder)), read_generation_config(folder)
    batch = random_batch([len(PROMPT)])
    batch.ids.copy_(torch.tensor(PROMPT))
    text = continuation(Decoder(model.eval()), PROMPT, LENGTH, Sampling(0.0, 0, 1.0), seed=0, stop=settings.stop_ids)
    return model(batch), list(text)


def assert_agree(folder):
    """Equal logits to 1e-4, and equal text."""
    logits, text = our_answer(folder)
    expected, words = their_answer(folder)
    torch.testing.assert_close(logits, expected, rtol=0.0, atol=1e-4)
    assert text == words


def label(changes):
    """A test's name from the changes that it makes."""
    return ", ".join(f"{name}={str(value)[:20]}" for name, value in changes.items())
