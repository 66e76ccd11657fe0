"""Write docs/cli.md from the commands' own help, or check that it is what they say.

python docs/generate_cli.py [--check]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Before the imports: rich reads these once. The help is drawn alike on every machine.
os.environ.update(COLUMNS="100", TERM="dumb", NO_COLOR="1", TERMINAL_WIDTH="100", _TYPER_FORCE_DISABLE_TERMINAL="1")
for name in [name for name in os.environ if name.startswith("COLACLI_")]:
    del os.environ[name]

import typer  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from colacli.cli.main import app  # noqa: E402
from colacli.sharing.address import PROTOCOLS  # noqa: E402

PAGE = Path(__file__).with_name("cli.md")
INTRODUCTION = """# The command line

This page is generated from the commands' own help by `docs/generate_cli.py`; `make lint` checks it.

Settings come from, in this order: the flag, the environment variable `COLACLI_<COMMAND>_<OPTION>`
(`COLACLI_TRAIN_STUDENT_EPOCHS=10`), a file given with `--config`, `colacli.toml` in the working
folder, the user's own `config.toml` in the configuration folder, the default. `colacli config` shows
what is set and where; it names the files. The configuration folder is `$COLACLI_CONFIG_DIR`, else the
system's usual place (`~/.config/colacli` on Linux). A file has a table for each command:

```toml
[finetune]
variant = "gpt2-medium"
epochs = 3

[train-student]
cell = "lstm"
```

An empty variable counts as not set, except for options that take a list: `COLACLI_FINETUNE_UNFREEZE=` is an empty list.
A variable of no option, like `COLACLI_FINETUNE_EPOCH`, is an error. `~` in a path is the user's
folder, as in a shell.

A `colacli.toml` in the working folder sets numbers, data and models. It sets nothing that overwrites,
deletes or sends (`yes`, `force`, `name`, `output`, `save`, `home`, remotes and the like) until
the folder is trusted with `colacli config trust`; a file that changes must be trusted again.
[security.md](security.md) has the details.

Remotes for `runs push` and `runs pull` have their own table. `$NAME` stands for an environment
variable, so that the file needs no secrets. `pip install 'colacli[remotes]'` installs what `s3://`,
`ssh://`, `sftp://`, `webdav://` and `webdavs://` need; `gs://` needs `pip install gcsfs`, `az://` needs
`pip install adlfs`. `file://` needs nothing.

```toml
[remotes]
shelf = "file:///media/shelf/colacli"
lab = "ssh://me@lab.example.org/srv/colacli"

[remotes.cloud]
url = "webdavs://cloud.example.org/files/colacli"
options = { username = "me", password = "$CLOUD_PASSWORD" }

[remotes.bucket]
url = "s3://bucket/colacli"
options = { endpoint_url = "https://s3.example.org" }
```

| protocol | options |
|---|---|
OPTIONS
In `file://`, `ssh://`, `sftp://` and `webdav(s)://` addresses, `%20` is a space and `%40` an `@`.

A reference (`REF`) is `run:HEX` or bare `HEX` (four or more digits of a key), a name, `latest`,
`latest~N`, or the path of a run's folder; `REF^teacher` is the teacher of a distilled run, or all
of an ensemble's (`REF^teacher-2` the second). Several with commas between them are like a name of
these runs.

Every command takes `--json` and then prints one JSON document, errors too. Exit status: 0 done,
1 failure, 2 usage, 3 reference not found or ambiguous, 4 integrity, 130 interrupted.
"""


def commands(group: typer.core.TyperGroup, path: list[str]) -> Iterator[list[str]]:
    """Every command's words, groups before what is in them."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, [*path, name])
        else:
            yield [*path, name]


def section(words: list[str]) -> str:
    """One command's help as Markdown."""
    result = CliRunner().invoke(app, [*words, "--help"], prog_name="colacli", catch_exceptions=False)
    text = "\n".join(line.rstrip() for line in result.stdout.strip("\n").splitlines())
    return f"## {' '.join(['colacli', *words])}\n\n```text\n{text.strip()}\n```\n"


def _options() -> str:
    """A row a protocol: what `options` may hold."""
    rows = [(name, ", ".join(sorted(one.options)) or "none") for name, one in PROTOCOLS.items() if name != "memory"]
    return "".join(f"| `{name}://` | {options} |\n" for name, options in rows)


def page() -> str:
    """The page."""
    root = typer.main.get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    return "\n".join([INTRODUCTION.replace("OPTIONS", _options()), *map(section, commands(root, []))])


def main() -> int:
    """Write the page, or with --check compare it."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{PAGE} is not what the commands say; run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
