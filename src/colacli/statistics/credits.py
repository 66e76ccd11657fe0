"""Two arms compared by credits on the same items: 1 for a right answer, 1/2 for a tie, 0 for a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colacli.statistics.distributions import fair_coins_tail
from colacli.statistics.holm import holm
from colacli.statistics.paired import McNemar

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.bootstrap import Reals


@dataclass(frozen=True)
class CreditComparison:
    """What is reported of two arms; every difference is a − b."""

    n: int
    """Items."""
    means: tuple[float, float]
    """Mean credit of a and of b, over their runs too."""
    interval: tuple[float, float]
    """95 %, of the difference, within [-1, 1]."""
    better: tuple[int, int] | None
    """Items on which a has more credit than b, and b more than a; None where an arm has several runs."""
    sign_test: McNemar | None
    """None where an arm has several runs: they share their items, so counts over them are not independent."""
    p: float
    """The sign test's mid-p, or Student's t over seeds and items."""
    holm_p: float
    """The same, corrected for all comparisons made."""
    detectable: float | None
    """The smallest difference that this design shows with 80 % power; None where no credit differs."""

    @property
    def difference(self) -> float:
        """Of the mean credits."""
        return self.means[0] - self.means[1]


def compare_credits(a: Reals, b: Reals, *, by_seed: bool) -> CreditComparison:
    """Compare two arms by their credits.

    Args:
        a: (R, n), of one arm's runs on the same items.
        b: (S, n), of the other's.
        by_seed: whether run r of one is paired with run r of the other.
    """
    from colacli.statistics.two_way import difference_of_means

    difference = difference_of_means(a, b, paired=by_seed)
    seeds = [len(arm) for arm in (a, b) if len(arm) > 1]
    better = test = None
    if not seeds:
        better = int((a > b).sum()), int((b > a).sum())
        test = sign_test(a[0] - b[0])
    p = test.mid_p if test else difference.p
    low, high = difference.interval()
    n, differ = a.shape[1], bool((a != b).any() if by_seed else (a != a[0]).any() or (b != a[0]).any())
    return CreditComparison(
        n=n,
        means=(float(a.mean()), float(b.mean())),
        interval=(max(-1.0, low), min(1.0, high)),
        better=better,
        sign_test=test,
        p=p,
        holm_p=p,
        detectable=difference.spread.detectable(min(seeds, default=1), n) if differ else None,
    )


def sign_test(differences: Reals) -> McNemar:
    """The exact test that each difference is as likely to have the other sign, by the size of their sum.

    Fisher's randomisation test (Fisher 1935, "The design of experiments", section 21). Where no difference is a half
    it is McNemar's exact conditional test; where all are, the sign test. `mid_p` gives the observed sum half its
    weight.

    Args:
        differences: (n,), each -1, -1/2, 0, 1/2 or 1.
    """
    wholes, halves = int((abs(differences) == 1).sum()), int((abs(differences) == 1 / 2).sum())
    total = abs(round(2 * float(differences.sum())))
    tail, beyond = (fair_coins_tail(least, wholes, halves) for least in (total, total + 1))
    if not wholes and not halves:
        return McNemar(1.0, 1.0)
    observed = (tail - beyond) * (2 if total else 1)  # probability of this sum or its negative
    return McNemar(min(1.0, 2 * tail), 2 * beyond + observed / 2)


def corrected(comparisons: Sequence[CreditComparison]) -> list[CreditComparison]:
    """The same with `holm_p` corrected for all of them."""
    values = holm([comparison.p for comparison in comparisons])
    return [replace(comparison, holm_p=p) for comparison, p in zip(comparisons, values, strict=True)]
