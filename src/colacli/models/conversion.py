"""How a tokenizer gets into a `tokenizer.json` that is read as it is: a command for who has and trusts its files."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

_SENTENCEPIECE = ("spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "spm.model")
_COMMANDS = {
    "tokenizer.json": (
        "to use all of its tokenizer.json, have its settings written anew: ",
        'T(tokenizer_file=f"{folder}/tokenizer.json")',
    ),
    # AutoTokenizer would give it T5's unknown token, spaces and end, whatever the file says
    **{
        name: (
            "have its tokenizer.json written: pip install protobuf; ",
            "from types import SimpleNamespace as N; "
            "from transformers.convert_slow_tokenizer import SpmConverter as S; "
            f'T(tokenizer_object=S(N(vocab_file=f"{{folder}}/{name}")).converted())',
        )
        for name in _SENTENCEPIECE
    },
    "vocab.txt": (
        "have its tokenizer.json written: ",
        "from transformers import BertTokenizer as B; T(tokenizer_object=B.from_pretrained(folder).backend_tokenizer)",
    ),
}
"""By the name of the file, in the order in which they are looked for: what to say, and a tokenizer in Python."""


def conversion_of(folder: Path) -> str:
    """The hint for a folder whose tokenizer can't be read as it is: a command that writes another, if there is one."""
    for name, (hint, tokenizer) in _COMMANDS.items():
        if (folder / name).is_file():
            begin = "import sys; folder = sys.argv[1]; from transformers import PreTrainedTokenizerFast as T; "
            return f"{hint}python -c {quote(f'{begin}{tokenizer}.save_pretrained(folder)')} {quote(str(folder))}"
    return "copy the tokenizer's files beside the weights"
