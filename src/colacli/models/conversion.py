"""How a tokenizer that is not in `tokenizer.json` gets there: commands for the user, who has `transformers`."""

from __future__ import annotations

from pathlib import Path

_SENTENCEPIECE = ("spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "spm.model")
_WORD_PIECES = "vocab.txt"


def conversion_of(folder: Path) -> str:
    """What to do about a folder without `tokenizer.json`: the command that writes one, where there is one."""
    if models := [name for name in _SENTENCEPIECE if (folder / name).is_file()]:
        # AutoTokenizer would give it the unknown token, the spaces and the end of another model's (T5's)
        command = (
            "from types import SimpleNamespace; from transformers import PreTrainedTokenizerFast; "
            "from transformers.convert_slow_tokenizer import SpmConverter; "
            f"model = SpmConverter(SimpleNamespace(vocab_file='{folder / models[0]}')).converted(); "
            f"PreTrainedTokenizerFast(tokenizer_object=model).save_pretrained('{folder}')"
        )
        return f'write its tokenizer.json: pip install protobuf; python -c "{command}"'
    if (folder / _WORD_PIECES).is_file():
        command = (
            "from transformers import BertTokenizer, PreTrainedTokenizerFast; "
            f"model = BertTokenizer.from_pretrained('{folder}').backend_tokenizer; "
            f"PreTrainedTokenizerFast(tokenizer_object=model).save_pretrained('{folder}')"
        )
        return f'write its tokenizer.json: python -c "{command}"'
    return "copy the tokenizer's files beside the weights"
