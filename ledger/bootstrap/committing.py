"""Joins the headers of the log to the keys, for recomputing what the headers commit to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ledger.errors import Unavailable
from ledger.sealing.committing import CommitmentCheck, Committed, Recomputing
from ledger.sealing.failures import KeyStoreUnavailable
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger

_BOXES_AT_ONCE = 2_000
"""Enough that unwrapping the buckets of their keys is shared by many."""

Progress = Callable[[int, int], None]


class CommitmentsNeedKeys(Unavailable):
    """The keys are out of reach, without which no commitment can be recomputed."""

    sentence = mark("{fault} Commitments can't be recomputed without the keys.")
    advice = mark(
        "Connect what holds the key store and the root key, then try again; or leave --commitments out: nothing else "
        "needs a key. Nothing was opened or changed."
    )


def must_have_keys(ledger: Ledger) -> None:
    """
    See that the keys can be reached, before the long reading that would end without them.

    :raises CommitmentsNeedKeys: if they can't
    """
    try:
        ledger.keyring.must_be_there()
    except KeyStoreUnavailable as fault:
        raise CommitmentsNeedKeys(fault=fault.explain()) from fault


def recompute_commitments(ledger: Ledger, *, since: int, upto: int, progress: Progress) -> CommitmentCheck:
    """
    Recompute what the headers from after `since` commit to, up to the first that differs.

    :raises CommitmentsNeedKeys: if the keys can't be reached
    """
    recomputing = Recomputing(ledger.keyring, destroyed=ledger.log.destroyed)
    try:
        for batch in _batches(ledger, since, upto):
            if not recomputing.take(batch):
                break
            progress(batch[-1].position, upto)
    except KeyStoreUnavailable as fault:
        raise CommitmentsNeedKeys(fault=fault.explain()) from fault
    return recomputing.check


def _batches(ledger: Ledger, since: int, upto: int) -> Iterator[list[Committed]]:
    batch: list[Committed] = []
    for logged in ledger.log.each(after=since, upto=upto):
        batch += [Committed(logged.position, place, commitment) for place, commitment in logged.commitments]
        if len(batch) >= _BOXES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
