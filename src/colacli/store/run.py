"""Reading what is stored: an artifact is a folder with a manifest, a run is an artifact with results."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from colacli.errors import DataError, IntegrityError
from colacli.events import Epoch
from colacli.metrics import Metrics, measure, predicted_labels
from colacli.parameters import ParameterCounts
from colacli.store.canonical import key_of, sha256
from colacli.store.files import file_size, hash_file
from colacli.store.manifest import Manifest, Result, read_manifest
from colacli.store.reading import Name, decode, from_json
from colacli.store.spec import Spec, parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUNS = "runs"
"""The kind of artifact, and the folder, that runs are in."""
FILE_DIGESTS = "cache/file-digests"
"""The folder of remembered hashes of files outside the store."""
SPEC = "spec.json"
METRICS = "metrics.json"
HISTORY = "history.jsonl"
_AGAIN = "run `colacli runs verify --deep`; make the run again with the same command and --force"
_LARGEST = 3.5e38
"""A logit; single precision ends there."""
_EPOCHS = 1_000_000
"""Lines a history may have."""
_Measured = Annotated[dict[Name, Metrics], Meta(min_length=1)]
_PREDICTIONS_HEADER = "index\tlabel\tlogit_0\tlogit_1"


@dataclass(frozen=True)
class Predictions:
    """One model's logits on one split, in the split's order."""

    labels: list[int]
    logits: list[list[float]]
    """(n, 2): not acceptable, acceptable."""

    @property
    def predicted(self) -> list[int]:
        """The label with the larger logit, for each sentence."""
        return predicted_labels(self.logits)

    def measure(self) -> Metrics:
        """All metrics of these predictions."""
        return measure(self.labels, self.logits)

    def to_bytes(self) -> bytes:
        """The tab-separated file, header first; `repr` keeps every bit of a logit."""
        rows = [
            f"{index}\t{label}\t{reject!r}\t{accept!r}"
            for index, (label, (reject, accept)) in enumerate(zip(self.labels, self.logits, strict=True))
        ]
        return ("\n".join([_PREDICTIONS_HEADER, *rows]) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Predictions:
        """Read the file back.

        Raises:
            IntegrityError: it is not one; `where` names it.
        """
        try:
            header, *rows = content.decode().splitlines()
            if header != _PREDICTIONS_HEADER or not rows:
                raise ValueError("its header is another" if rows else "it has no line")
            cells = [row.split("\t") for row in rows]
            labels = [int(label) for _, label, _, _ in cells]
            logits = [[float(reject), float(accept)] for _, _, reject, accept in cells]
            if not set(labels) <= {0, 1} or not all(abs(one) <= _LARGEST for pair in logits for one in pair):
                raise ValueError("a label is not 0 or 1, or a logit is not a number")
            return cls(labels, logits)
        except ValueError as error:
            raise IntegrityError(f"{where} is not a predictions file: {error}", _AGAIN) from error


class Artifact:
    """An immutable folder: its manifest is read, and its files are checked for size when asked for.

    Raises:
        IntegrityError: the manifest is missing or broken, or `spec.json` does not hash to the key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: Manifest = read_manifest(path)
        self.spec_bytes = self._bytes(SPEC)
        if sha256(self.spec_bytes) != self.manifest.key:
            raise IntegrityError(f"{path / SPEC} does not hash to the key in its manifest", "restore it from a copy")

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return self.manifest.key

    @property
    def content(self) -> str:
        """Digest of all its files' digests: what is derived from its files is known by it.

        Two folders of one key may differ in it: made on different machines, or not made by what the key says.
        """
        return key_of({name: record.sha256 for name, record in self.manifest.files.items()})

    def file(self, name: str) -> Path:
        """Path of a file, once its size agrees with the manifest.

        Raises:
            IntegrityError: it is missing, not listed, or of another size.
        """
        path = self.path / name
        record = self.manifest.files.get(name)
        if record is None:
            raise IntegrityError(f"{self.path} has no {name} in its manifest", _AGAIN)
        with self._reading(path):
            size = file_size(path)
        if size != record.size:
            found = "is missing" if size is None else f"has {size} bytes where the manifest says {record.size}"
            raise IntegrityError(f"{path} {found}", _AGAIN)
        return path

    def sound_file(self, name: str) -> Path:
        """Path of a file, once every byte of it agrees with the manifest.

        Raises:
            IntegrityError: as `file`, or it has other bytes.
        """
        path = self.file(name)
        with self._reading(path):
            self._compare(name, hash_file(path))
        return path

    def read(self, name: str) -> bytes:
        """A file's bytes, as they were written.

        Raises:
            IntegrityError: as `sound_file`.
        """
        content = self._bytes(name)
        self._compare(name, sha256(content))
        return content

    def _bytes(self, name: str) -> bytes:
        path = self.file(name)
        with self._reading(path):
            return path.read_bytes()

    @contextmanager
    def _reading(self, path: Path) -> Iterator[None]:
        """What another process takes out of the store between a look and a read is missing too."""
        try:
            yield
        except FileNotFoundError as error:
            raise IntegrityError(f"{path} is missing", _AGAIN) from error
        except OSError as error:  # permissions, or the disk: of this file alone
            raise IntegrityError(f"{path} can't be read: {error.strerror}", "see who may read it") from error

    def _compare(self, name: str, digest: str) -> None:
        if digest != self.manifest.files[name].sha256:
            raise IntegrityError(f"{self.path / name} has other bytes than its manifest says", _AGAIN)


class Run(Artifact):
    """One finished training: spec, numbers, predictions and weights."""

    @cached_property
    def spec(self) -> Spec:
        """What identifies it."""
        with self._whole(SPEC) as content:
            return parse_spec(from_json(content), str(self.path / SPEC))

    def check(self) -> None:
        """See that its files have their sizes, and check its documents.

        Raises:
            IntegrityError: one has another size, or as `check_documents`.
        """
        for name in self.manifest.files:
            self.file(name)
        self.check_documents()

    def check_documents(self) -> None:
        """See that what is shown of a run can be read, and agrees.

        Raises:
            IntegrityError: it can't, or its manifest names other parents than its key covers.
        """
        _ = self.spec, self.metrics
        if self.manifest.parents != (self.spec.parents or {}):
            raise IntegrityError(f"{self.path} has other parents in its manifest than in its spec", _AGAIN)
        if self.best_epoch > len(self.history):
            raise IntegrityError(f"{self.path}: its best epoch is none of its history", _AGAIN)

    def check_numbers(self) -> None:
        """Compute its metrics once more, from its predictions.

        Raises:
            IntegrityError: they are others, or a split's predictions are missing.
        """
        for split, metrics in self.metrics.items():
            try:
                metrics.check(self.predictions(split).measure())
            except (ValueError, DataError) as error:
                raise IntegrityError(f"{self.path / METRICS} contradicts the predictions: {error}", _AGAIN) from error

    @cached_property
    def metrics(self) -> dict[str, Metrics]:
        """Final numbers by split."""
        with self._whole(METRICS) as content:
            found = decode(content, _Measured)
            for one in found.values():
                one.check(Metrics.of(one.confusion, one.loss))
            return found

    @cached_property
    def history(self) -> list[Epoch]:
        """One record an epoch."""
        with self._whole(HISTORY) as content:
            if content.count(b"\n") > _EPOCHS:
                raise ValueError(f"it has more than {_EPOCHS:,} lines")
            return [decode(line, Epoch) for line in content.splitlines()]

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights were kept, counted from 1."""
        return self._result.best_epoch

    @property
    def parameters(self) -> ParameterCounts:
        """Its parameters, counted."""
        return self._result.parameters

    @property
    def _result(self) -> Result:
        if self.manifest.result is None:
            raise IntegrityError(f"{self.path}'s manifest has no result", "it is not a run")
        return self.manifest.result

    def predictions(self, split: str) -> Predictions:
        """Logits on a split.

        Raises:
            DataError: the run was not measured on it.
            IntegrityError: they are damaged, or not as many as the metrics say.
        """
        name = predictions_file(split)
        if name not in self.manifest.files:
            measured = ", ".join(self.metrics)
            raise DataError(
                f"run {self.key[:12]} has no predictions on '{split}'; it has {measured}",
                "name another split with --split",
            )
        found = Predictions.from_bytes(self.read(name), str(self.path / name))
        if split in self.metrics and len(found.labels) != self.metrics[split].n:
            message = f"{self.path / name} has {len(found.labels)} lines where the metrics say {self.metrics[split].n}"
            raise IntegrityError(message, _AGAIN)
        return found

    @contextmanager
    def _whole(self, name: str) -> Iterator[bytes]:
        """A file's bytes; whatever can't be made of them is damage, and is named so."""
        content = self.read(name)
        try:
            yield content
        except ValueError as error:
            raise IntegrityError(f"{self.path / name} is damaged: {error}", _AGAIN) from error


def predictions_file(split: str) -> str:
    """Name of the file with the predictions on a split."""
    return f"predictions-{split}.tsv"
