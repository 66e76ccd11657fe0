"""Tune GPT-2 with LoRA to judge sentences, distil it into a small recurrent network, compare honestly."""

from importlib.metadata import version

__version__ = version("colacli")
