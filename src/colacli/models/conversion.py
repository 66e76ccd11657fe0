"""How a tokenizer gets into a `tokenizer.json` that is read as it is: a command for who has and trusts its files."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

# AutoTokenizer would give it T5's unknown token, spaces and end, whatever the file says. SpmConverter takes all of it
# from the file but for two settings. Not every model can be converted, so each of its pieces is compared.
_SENTENCEPIECE = (
    "from types import SimpleNamespace as N; from sentencepiece import SentencePieceProcessor as P; "
    "from tokenizers.decoders import ByteFallback as B, Sequence as Q; "
    "from transformers.convert_slow_tokenizer import SpmConverter as S; "
    'file = f"{{folder}}/{name}"; own = P(model_file=file); s = S(N(vocab_file=file)); '
    "s.handle_byte_fallback = s.proto.trainer_spec.byte_fallback; "
    "s.original_tokenizer.add_prefix_space = s.proto.normalizer_spec.add_dummy_prefix; "
    "t = s.converted(); t.decoder = Q([B(), t.decoder]); "
    'x = ["\\U0001f600 x", *(own.decode([i]) for i in range(len(own)))]; '
    'assert own.encode(x) == [e.ids for e in t.encode_batch(x)], "it has no exact conversion"; '
    "T(tokenizer_object=t)"
)
_COMMANDS = {
    "tokenizer.json": (
        "to use all of its tokenizer.json, have its settings written anew: ",
        'T(tokenizer_file=f"{folder}/tokenizer.json")',
    ),
    **{
        name: (
            "have its tokenizer.json written: pip install sentencepiece protobuf; ",
            _SENTENCEPIECE.format(name=name),
        )
        for name in ("spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "spm.model")
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
