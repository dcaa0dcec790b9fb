"""
Recomputing commitments with the keys: boxes a second, with keys for each procedure, as in a ledger in use.

The ledger is real: sealed, with the keys of as many procedures as there are, each unwrapped from its bucket again. The
rate of reading the same record again without keys stands beside it, from the same run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.bootstrap import Ledger
from ledger.bootstrap.committing import recompute_commitments
from ledger.bootstrap.making import Founder, create_ledger
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Gateway, Mission, Mode, Role
from ledger.store.verification import check_log

PROCEDURES = 30_000
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Recomputed:
    """How fast commitments were recomputed, and the same record read again without keys."""

    boxes: int
    boxes_a_second: float
    events_a_second: float
    without: float
    """Events a second, of the reading that needs no key."""

    def __str__(self) -> str:
        name = f"commitments of {self.boxes:,} boxes, {PROCEDURES:,} procedures"
        return (
            f"{name:<58} {self.boxes_a_second:9,.0f} boxes/s  ({self.events_a_second:,.0f} events/s; reading again "
            f"without keys {self.without:,.0f})"
        )


def run(folder: Path) -> Iterator[Recomputed]:
    founder = Founder("Dora Exemple", "uid:0", frozenset({Role.DELEGATE, Role.AGENT}))
    ledger, _ = create_ledger(folder / "ledger", founder=founder, sandbox=True)
    try:
        _fill(ledger)
        ledger.keyring.close()
        del vars(ledger)["keyring"]  # as a process of its own, which knows no key yet
        size = ledger.log.size()
        begun = process_time()
        found = recompute_commitments(ledger, since=0, upto=size, progress=lambda done, of: None)
        taken, begun = process_time() - begun, process_time()
        assert found.whole
        assert check_log(ledger.database, with_file=False).whole
        without = size / (process_time() - begun)
        yield Recomputed(found.recomputed, found.recomputed / taken, size / taken, without)
    finally:
        ledger.close()


def _fill(ledger: Ledger) -> None:
    """Open invented procedures, each with a value that it keeps."""
    person, actor, at = new_id(), new_id(), ledger.clock.now()
    for _ in range(PROCEDURES // _AT_ONCE):
        made = []
        for _ in range(_AT_ONCE):
            procedure = Procedure.open_for(
                person, house=new_id(), entry="ANTS01-carte-grise", partner="france-titres",
                mission=Mission.ADMINISTRATIVE_HELP, mode=Mode.ASSIST, present=True, informed=True, note="",
                effective_at=at, recorded_at=at,
            )  # fmt: skip
            procedure.keep_value("veh.registration", "AB-123-CD", Circumstances(Gateway.PRESENCE))
            made.append(procedure)
        ledger.streams.commit(ledger.command_of(actor, at=at), *made)
