"""The ranks as torchrun starts them: how they find each other, and how they end, all together and with one message."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from colacli.errors import UnavailableError
from colacli.training.ranks import ALONE, RankLostError, Ranks, become

_VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun sets for each process."""
_SLOWEST = timedelta(hours=1)
"""The longest that one rank waits for another within a training, and for all of them to start."""
_LAST_WORDS = 3.0
"""Seconds in which the ranks that are alive say so, once another is lost."""
_LOST = "lost another"
_SILENT = "ended without a word: it was killed, or memory ran out"
_INTERRUPTED = 130
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def are_launched() -> bool:
    """Whether this process is one of several that torchrun, or what sets the same variables, started."""
    return all(os.environ.get(name) for name in _VARIABLES) and os.environ["WORLD_SIZE"] != "1"


@contextmanager
def joined(*, debug: bool) -> Iterator[Ranks]:
    """The ranks that this process is launched as one of, connected until the block ends.

    Args:
        debug: let the errors of every rank out; otherwise one rank tells all.

    Raises:
        UnavailableError: this torch has no distributed package, or the ranks can't reach each other.
        RankLostError: another rank ended.
    """
    import torch.distributed as dist

    ranks = _connect()
    become(ranks)
    _end_once(*_SIGNALS)
    try:
        yield ranks
    except RankLostError as error:
        _ignore(*_SIGNALS)
        for one in (error, error.__cause__):
            traceback.clear_frames(one.__traceback__ if one else None)  # they hold on to the connections
        _disconnect()
        if (explained := _explain(ranks)) is None:
            raise SystemExit(1) from error
        raise explained from error
    except KeyboardInterrupt:
        ranks.say_last("was interrupted")
        if ranks.rank:
            raise SystemExit(_INTERRUPTED) from None
        raise
    except Exception as error:
        ranks.say_last(f"ended: {error or type(error).__name__}")
        if ranks.rank and not debug:
            raise SystemExit(1) from error  # another rank says why
        raise
    else:
        ranks.order(None)
        dist.barrier()
        _disconnect()
    finally:
        become(ALONE)


def _explain(ranks: Ranks) -> RankLostError | None:
    """What ended all ranks, as the others have left word; None where a lower rank will say it."""
    ranks.say_last(_LOST)
    words = ranks.last_words(_LAST_WORDS)
    if ranks.rank and (0 in words or any(rank < ranks.rank and said == _LOST for rank, said in words.items())):
        return None
    ended = [
        f"rank {rank} {words.get(rank, _SILENT)}"
        for rank in range(ranks.size)
        if rank != ranks.rank and words.get(rank) != _LOST
    ]
    return RankLostError(
        f"this training on {ranks.size} ranks ended, since {'; '.join(ended) or 'it was told to (SIGTERM)'}",
        f"the same command on {ranks.size} ranks resumes it from its last checkpoint",
    )


def _connect() -> Ranks:
    import torch
    import torch.distributed as dist
    import torch.distributed.nn.functional  # its functions' defaults hold the group where it is imported later
    from torch.distributed import PrefixStore, rendezvous  # type: ignore[attr-defined] # they are documented

    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    try:
        store, rank, size = next(iter(rendezvous("env://", timeout=_SLOWEST)))
        dist.init_process_group(
            backend, store=PrefixStore("group", store), rank=rank, world_size=size, timeout=_SLOWEST
        )
    except (RuntimeError, ValueError) as error:
        message = f"the ranks can't reach each other: {str(error).splitlines()[0]}"
        hint = "check what torchrun was given; the variable GLOO_SOCKET_IFNAME names the network's interface"
        raise UnavailableError(message, hint) from error
    local = int(os.environ.get("LOCAL_RANK", "0"))
    for name in _VARIABLES:
        del os.environ[name]  # a process that this one starts is no rank
    return Ranks(rank, size, local, PrefixStore("colacli", store))


def _disconnect() -> None:
    """Leave the group: who waits for this rank in an all-reduce is told by the closed connection."""
    import torch.distributed as dist

    with suppress(RuntimeError):
        dist.destroy_process_group()


def _end_once(*signals: int) -> None:
    """Turn the first of some signals into an exception and ignore the next: torchrun sends what a terminal has sent."""

    def end(number: int, _frame: object) -> None:
        _ignore(*signals)
        raise KeyboardInterrupt if number == signal.SIGINT else RankLostError("told to end")

    for number in signals:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # not where it is ignored
            signal.signal(number, end)


def _ignore(*signals: int) -> None:
    for number in signals:
        signal.signal(number, signal.SIG_IGN)
