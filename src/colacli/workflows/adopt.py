"""A run of an adapter that was made elsewhere: it is measured here, and nothing is trained."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from colacli.config import Checked, Training, setting
from colacli.data.corpus import TRAIN, Corpus
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device
from colacli.errors import DataError, IntegrityError, ModelError
from colacli.events import Counted, Note, OnEvent, ignore
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS, named_base, read_adapter_config
from colacli.models.base import HUB, VARIANTS, find_base, refuse_pickles
from colacli.results import metrics_of
from colacli.store.files import hash_file
from colacli.store.manifest import Result
from colacli.store.run import Run
from colacli.store.spec import AdapterDigests, Spec
from colacli.store.store import Store
from colacli.training.look_up import look_up
from colacli.training.plan import AdoptPlan, DryRun, RunResult, Verb
from colacli.training.requests import DEVICE, BaseChoice, DataChoice, Execution

REVISION = 3
"""Bumped by hand when its numbers change for the same options."""
_UNUSED = Training(epochs=1, dropout=0.0, select="last", precision="fp32")
"""What the spec says of a training that took place elsewhere: always this."""


_BY_REPOSITORY = {repository: variant for variant, repository in HUB.items()}


@dataclass(frozen=True, kw_only=True)
class AdoptBase(BaseChoice):
    """Which base model; where neither is given the one that the adapter's config names."""

    variant: str | None = setting(
        None, f"Base model by name: {', '.join(VARIANTS)}.", shown_default="what the adapter names"
    )


@dataclass(frozen=True, kw_only=True)
class AdoptOptions(Checked):
    """Where it is measured and what becomes of the run."""

    name: str | None = setting(None, "Name to give the run.", shown_default="none")
    device: str = DEVICE
    force: bool = setting(False, "Measure it even if it is stored, and compare the bytes.")  # noqa: FBT003
    dry_run: bool = setting(False, "Print what would be done: the spec, its key, hit or miss.")  # noqa: FBT003


@dataclass(frozen=True, kw_only=True)
class AdoptRequest:
    """All that `adopt` can be asked."""

    adapter: Path
    base: BaseChoice = AdoptBase()
    data: DataChoice = DataChoice()
    options: AdoptOptions = AdoptOptions()

    @property
    def execution(self) -> Execution:
        """As of a training verb."""
        options = self.options
        return Execution(name=options.name, device=options.device, force=options.force, dry_run=options.dry_run)


def adopt(request: AdoptRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """The adapter, byte by byte, with its numbers and its predictions on the corpus' splits other than train.

    Raises:
        ColacliError: the adapter, the base or the data can't be used; see `errors`.
    """
    plan = plan_adopt(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    import torch

    from colacli.models.adapters import load_adapter
    from colacli.models.lora import count
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.tokens import check_ids
    from colacli.models.weights import load_classifier
    from colacli.training.datasets import Dataset, tokens_of
    from colacli.training.fit import FitResult, make_deterministic
    from colacli.training.measure import write_results
    from colacli.training.run import open_run

    with open_run(plan, store, on_event) as run:
        _copy_files(plan, run.folder)
        tokenizer = load_tokenizer(plan.base.tokenizer, plan.base.folder)
        measured = {}
        for name in plan.spec.data:
            split = plan.corpus.split(name)
            tokens = tokens_of(plan, tokenizer, split, store, on_event)
            check_ids(tokens.ids, plan.base.config.vocab_size, tokenizer)
            measured[name] = Dataset(tokens, torch.tensor(split.labels))
        make_deterministic(plan.spec.training.seed)
        model = load_classifier(plan.base)
        load_adapter(model, run.folder / ADAPTER_CONFIG, run.folder / ADAPTER_WEIGHTS)
        parameters = count(model.to(plan.device))
        on_event(Counted(parameters))
        write_results(run, plan, model, parameters, measured, FitResult(0, []))
        adopted = run.commit(Result(0, parameters))
    note_reversed(adopted.run, on_event)
    return adopted


def plan_adopt(request: AdoptRequest, store: Store, on_event: OnEvent) -> AdoptPlan:
    """Everything that can be decided before anything is computed."""
    folder = request.adapter
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a folder", f"give an adapter's folder, with {ADAPTER_CONFIG}")
    lora, _ = read_adapter_config(folder / ADAPTER_CONFIG)
    if not (folder / ADAPTER_WEIGHTS).is_file():
        refuse_pickles(folder)
        raise ModelError(f"{folder} has no {ADAPTER_WEIGHTS}", "copy the adapter again from where it came from")
    device = resolve_device(request.execution.device)
    choice = _base_choice(request, on_event)
    base = find_base(store, choice.variant, choice.base, on_event, fresh=request.execution.force)
    corpus = find_corpus(store, request.data.data, on_event)
    digests = [hash_file(folder / name) for name in (ADAPTER_CONFIG, ADAPTER_WEIGHTS)]
    spec = Spec(
        command="adopt",
        revision=REVISION,
        base=base.digests,
        data=_measured_splits(corpus),
        training=_UNUSED,
        lora=lora,
        adapter=AdapterDigests(config=digests[0], weights=digests[1]),
    )
    return AdoptPlan(
        spec=spec, base=base, corpus=corpus, device=device, request=request, lora=lora, adapter=folder.resolve()
    )


def _base_choice(request: AdoptRequest, on_event: OnEvent) -> BaseChoice:
    """The base model that was asked for, or the one that the adapter names, if it is known or is a folder here.

    Raises:
        ModelError: it names another, or none.
    """
    if request.base.variant is not None or request.base.base is not None:
        return request.base
    config = request.adapter / ADAPTER_CONFIG
    name = named_base(config)
    if name is None:
        raise ModelError(f"{config} names no base model", "give the one it was trained on with --variant or --base DIR")
    on_event(Note(f"the adapter's base model, by {ADAPTER_CONFIG}: {name!r:.200}"))
    variant = _BY_REPOSITORY.get(name, name)
    if variant in VARIANTS:
        return replace(request.base, variant=variant)
    with suppress(OSError):  # a name too long for a path
        if Path(name).is_dir():
            return replace(request.base, base=Path(name))
    message = f"{config}: its base model {name!r:.200} is none of {', '.join(VARIANTS)}, and no folder here"
    raise ModelError(message, "say where it is with --base DIR")


def _measured_splits(corpus: Corpus) -> dict[str, str]:
    """Digests of all splits but train: whether the adapter was trained on it is not known."""
    digests = {name: split.digest for name, split in corpus.splits.items() if name != TRAIN}
    if not digests:
        raise DataError(f"{corpus.origin} has no split but {TRAIN} to measure on", "give a corpus with in_domain_dev")
    return digests


def _copy_files(plan: AdoptPlan, target: Path) -> None:
    """Put the adapter's files into the run, if they are still those that its key says."""
    assert plan.spec.adapter is not None, "it is what identifies the run"
    for name, digest in ((ADAPTER_CONFIG, plan.spec.adapter.config), (ADAPTER_WEIGHTS, plan.spec.adapter.weights)):
        (target / name).write_bytes((plan.adapter / name).read_bytes())
        if hash_file(target / name) != digest:
            raise IntegrityError(f"{plan.adapter / name} has changed just now", "give the command again")


def note_reversed(run: Run, on_event: OnEvent) -> None:
    """Say where its labels may stand the other way round: here 1 is acceptable."""
    if all(metrics.mcc < 0 for metrics in metrics_of(run).values()):
        on_event(Note("its MCC is negative on every split: was it trained with 1 for unacceptable sentences?"))


ADOPT = Verb("adopt", AdoptRequest, plan_adopt, adopt)
