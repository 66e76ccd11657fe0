"""A run is an artifact that a training made. What its results say is read above the store, in `results`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from colacli.errors import IntegrityError
from colacli.parameters import ParameterCounts
from colacli.store.artifact import REMAKE, SPEC, Artifact
from colacli.store.manifest import Result
from colacli.store.reading import from_json
from colacli.store.spec import Spec, parse_spec


class Run(Artifact):
    """One finished training.

    Raises:
        IntegrityError: in all methods, what they read is damaged, or contradicts the rest of the run.
    """

    @cached_property
    def spec(self) -> Spec:
        """What identifies it."""
        with self.decoding(SPEC) as content:
            return parse_spec(from_json(content), str(self.path / SPEC))

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights were chosen, counted from 1; 0 where they were trained elsewhere."""
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

    def check(self) -> None:
        """See that its files have their sizes, and check its spec."""
        for name in self.manifest.files:
            self.file(name)
        self.check_spec()

    def check_spec(self) -> None:
        """See that its spec can be read, and that its manifest has a result, and the parents that its key covers."""
        _ = self.spec, self._result
        if self.manifest.parents != (self.spec.parents or {}):
            raise IntegrityError(f"{self.path} has other parents in its manifest than in its spec", REMAKE)

    @contextmanager
    def decoding(self, name: str) -> Iterator[bytes]:
        """A file's bytes; a ValueError from decoding them means that they are damaged."""
        content = self.read(name)
        try:
            yield content
        except ValueError as error:
            raise IntegrityError(f"{self.path / name} is damaged: {error}", REMAKE) from error
