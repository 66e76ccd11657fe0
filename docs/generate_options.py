"""Write the options of the Python interface from the requests, or check them.

In src/colacli/api: run_options.py, student_options.py and use_options.py have the options, a class a group of them;
options.py the groups of each call.

python docs/generate_options.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from colacli.api.boundary import in_python
from colacli.exports.kinds import ExportOptions
from colacli.options import Option, limits_of, options_of
from colacli.workflows.adopt import AdoptRequest
from colacli.workflows.evaluate import EvaluateOptions
from colacli.workflows.generate import GenerateRequest
from colacli.workflows.pairs import PairsOptions
from colacli.workflows.report import ReportOptions
from colacli.workflows.verbs import VERBS

FOLDER = Path(__file__).parents[1] / "src" / "colacli" / "api"
GROUPS_HEAD = '''"""Options of {about}, a class a group, by the names of the command line's flags.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

{imports}'''
IMPORTS = {
    "Sequence[": "from collections.abc import Sequence",
    "Literal[": "from typing import Literal, TypedDict",
    "Pathlike": "from colacli.api.call import Pathlike",
    "Reference": "from colacli.api.references import Reference",
}
"""By what in a module's text needs them."""
MODULES = {
    "run_options": "whatever makes runs",
    "student_options": "students alone",
    "use_options": "what is done with runs",
}
CALLS_HEAD = '''"""The options of each call, for editors and type checkers.

Generated from the requests by docs/generate_options.py; `make lint` checks it.
"""

from __future__ import annotations

from colacli.api import run_options, student_options, use_options
from colacli.api.call import Call
'''
LEFT_OUT = {"dry_run", "seeds", "teacher", "adapter", "text", "prompt", "run"}
"""What calls take in another way, or not at all."""
CALLS = {
    "colacli.finetune": [VERBS["finetune"].request],
    "colacli.train_student": [VERBS["train-student"].request],
    "colacli.distil": [VERBS["distil"].request],
    "colacli.adopt": [AdoptRequest],
    "colacli.baseline": [verb.request for name, verb in VERBS.items() if name.startswith("baseline.")],
    "Run.evaluate": [EvaluateOptions],
    "colacli.pairs": [PairsOptions],
    "colacli.pretrain_student": [VERBS["pretrain-student"].request],
    "colacli.generate": [GenerateRequest],
    "Run.export": [ExportOptions],
    "colacli.report": [ReportOptions],
}


STUDENTS = {"colacli.train_student", "colacli.distil", "colacli.pretrain_student"}
USES = {"Run.evaluate", "colacli.pairs", "colacli.generate", "Run.export", "colacli.report"}
"""Calls that make students, and that make no runs."""


def modules() -> dict[Path, str]:
    """The text of each file."""
    groups: dict[str, dict[str, Option]] = {}
    calls = {}
    for call, requests in CALLS.items():
        options = [option for request in requests for option in options_of(request) if option.name not in LEFT_OUT]
        for option in options:
            groups.setdefault(_group(option.owner), {})[option.name] = option
        calls[call] = list(dict.fromkeys(_group(option.owner) for option in options))
    module_of = {group: _module({call for call in calls if group in calls[call]}) for group in groups}
    texts = {FOLDER / "options.py": "\n".join([CALLS_HEAD, *_calls(calls, module_of)])}
    for module, about in MODULES.items():
        classes = "\n".join(_groups({name: groups[name] for name in groups if module_of[name] == module}))
        texts[FOLDER / f"{module}.py"] = _head(about, classes) + classes
    return texts


def _module(calls: set[str]) -> str:
    """Where a group of these calls is."""
    makers = calls - USES
    return "use_options" if not makers else "student_options" if makers <= STUDENTS else "run_options"


def _head(about: str, classes: str) -> str:
    needed = [line for name, line in IMPORTS.items() if name in classes]
    if "Literal[" not in classes:
        needed.append("from typing import TypedDict")
    standard = sorted(line for line in needed if "colacli" not in line)
    own = sorted(line for line in needed if "colacli" in line)
    return GROUPS_HEAD.format(
        about=about, imports="\n\n".join("\n".join(part) for part in (standard, own) if part) + "\n\n"
    )


def _group(owner: type) -> str:
    """Evaluate for EvaluateOptions, Transfer for TransferChoice."""
    name = owner.__name__
    for ending in ("Choice", "Options", "Request"):
        name = name.removesuffix(ending)
    return name


def _groups(groups: dict[str, dict[str, Option]]) -> Iterator[str]:
    owners = {name: next(iter(options.values())).owner for name, options in groups.items()}
    for name in sorted(groups, key=lambda name: len(owners[name].__mro__)):  # a group before those that extend it
        owner = owners[name]
        parent = next((_group(base) for base in owner.__mro__[1:] if _group(base) in groups), None)
        options = {key: option for key, option in groups[name].items() if key not in groups.get(parent or "", {})}
        lines = [
            f"class {name}({parent or 'TypedDict'}, total=False):",
            f'    """{in_python((owner.__doc__ or "").splitlines()[0])}"""',
            "",
        ]
        for option in options.values():
            lines += [f"    {option.name}: {_annotation(option)}", *_docstring(in_python(_described(option)))]
        yield "\n" + "\n".join(lines) + "\n"


def _described(option: Option) -> str:
    default = option.field.metadata["shown_default"] or option.field.default
    if isinstance(default, tuple):
        default = ",".join(default)
    return f"{option.field.metadata['help']}{limits_of(option.field)} Default: {default}."


def _docstring(text: str) -> list[str]:
    if len(text) <= 109:
        return [f'    """{text}"""']
    cut = text.rindex(" ", 0, 110)
    return [f'    """{text[:cut]}', f'    {text[cut + 1 :]}"""']


def _annotation(option: Option) -> str:
    parts = [_kind(part) for part in (get_args(option.kind) if _is_union(option.kind) else [option.kind])]
    if option.name == "student_base":
        parts = ["Reference" if part == "str" else part for part in parts]
    if option.name in ("data", "transfer"):
        parts = ["Pathlike" if part == "str" else part for part in parts]
    return " | ".join(parts)


def _is_union(kind: Any) -> bool:
    return NoneType in get_args(kind)


def _kind(kind: Any) -> str:
    if kind is NoneType:
        return "None"
    if get_origin(kind) is tuple:
        return "Sequence[str]"
    if get_origin(kind) is Literal:
        return "Literal[" + ", ".join(f'"{choice}"' for choice in get_args(kind)) + "]"
    return "Pathlike" if kind is Path else kind.__name__


def _calls(calls: dict[str, list[str]], module_of: dict[str, str]) -> Iterator[str]:
    for call, groups in calls.items():
        name = call.partition(".")[2].title().replace("_", "")
        bases = ", ".join([*(f"{module_of[group]}.{group}" for group in groups), "Call", "total=False"])
        if len(f"class {name}Options({bases}):") > 120:
            on_lines = bases if len(bases) <= 116 else bases.replace(", ", ",\n    ") + ","
            bases = f"\n    {on_lines}\n"
        yield f'\nclass {name}Options({bases}):\n    """Of `{call}`."""\n'


def main() -> int:
    """Write the modules, or with --check compare them."""
    texts = modules()
    if "--check" not in sys.argv[1:]:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path.name for path in texts if not path.is_file() or path.read_text(encoding="utf-8") != texts[path]]
    for name in stale:
        sys.stderr.write(f"{FOLDER / name} is not what the requests say; run `make docs`\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
