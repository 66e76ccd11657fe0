"""What every rank but the first does: its part of each training that the first one begins."""

from __future__ import annotations

from contextlib import suppress

from colacli.events import ignore
from colacli.store.reading import convert
from colacli.store.store import Store
from colacli.training.ranks import Ranks, TookPart
from colacli.workflows.verbs import VERBS


def take_part(ranks: Ranks, store: Store) -> None:
    """Prepare and train what is asked for, until the first rank ends. Only what is derived is written: tokens, logits.

    Raises:
        ColacliError: it can't be trained here; see `errors`.
    """
    for order in ranks.orders():
        verb = VERBS[order["command"]]
        with suppress(TookPart):
            verb.run(convert(order["request"], verb.request), store, ignore)
