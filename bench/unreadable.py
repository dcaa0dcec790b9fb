"""
The time until a person's data are unreadable: the scope fenced and its key destroyed, for one event and for very many.

One key opens all that a scope holds, so the time must not grow with the events. Deleting the boxes, which are dead by
then, may follow and is not measured. The times are of a whole ledger in files, fence and turn of the key tree together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.subject import Subject
from ledger.aggregates.subject_events import Contact
from ledger.bootstrap import Ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.bootstrap.retaining import WholeDisposal, destruction_of
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Role
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.agent.undertake import sign_undertaking as undertake
from ledger.usecases.ports import ScopeQuiet, own_scope
from ledger.usecases.retention.ports import Doomed
from ledger.usecases.subject.register import PersonTyped
from ledger.usecases.subject.register import register as register_subject

ROUNDS = 3
_AT_ONCE = 2_000


@dataclass(frozen=True)
class Growth:
    """How the time for a person of many events compares with that for one of a single event, milliseconds."""

    many: int
    of_one: float
    of_many: float

    def __str__(self) -> str:
        name = f"until unreadable, {self.many:,} events against 1"
        ratio = self.of_many / self.of_one
        return f"{name:<58} x {ratio:.2f}  ({self.of_many:.0f} ms, {self.of_one:.0f} ms)  wanted <= 1.2"


def run(folder: Path, *, events: int) -> Iterator[Growth]:
    founder = Founder("Dora Exemple", "uid:0", frozenset({Role.DELEGATE, Role.AGENT}))
    ledger, actor = create_ledger(folder / "ledger", founder=founder, sandbox=True)
    try:
        undertake(ledger.desk, ledger.command_of(actor, at=ledger.clock.now()), actor, text="engagement-1")
        small = [_person(ledger, actor, number, events=1) for number in range(ROUNDS + 1)]
        large = [_person(ledger, actor, ROUNDS + 1 + number, events=events) for number in range(ROUNDS)]
        _destroyed_in(ledger, actor, small.pop())  # the first pays for what is opened on first use
        taken = [[_destroyed_in(ledger, actor, person) for person in pair] for pair in zip(small, large, strict=True)]
        of_one, of_many = (median(times) for times in zip(*taken, strict=True))
        yield Growth(events, of_one, of_many)
    finally:
        ledger.close()


def _person(ledger: Ledger, actor: UUID, number: int, *, events: int) -> UUID:
    """Register an invented person whose address changes until there are so many events of theirs."""
    at = ledger.clock.now()
    person = PersonTyped("Fictif", "Bob", f"{number % 28 + 1:02}/03/1958")
    subject = register_subject(ledger.desk, ledger.command_of(actor, at=at), person=person).streams[0]
    stream = ledger.streams.load(Subject, subject)
    for left in range(events - 1, 0, -1):
        stream.change_contact(Contact(address=f"{left} rue du Test"))
        if left % _AT_ONCE == 1:
            ledger.streams.commit(ledger.command_of(actor, at=at), stream)
    return subject


def _destroyed_in(ledger: Ledger, actor: UUID, subject: UUID) -> float:
    """Fence a person's identity and destroy its key; give how long that took, milliseconds."""
    keys = destruction_of(ledger)
    disposal, scope = WholeDisposal(ledger, keys), own_scope(Scope.IDENTITY, subject)
    key_id = disposal.living_of([scope])[scope]
    fence = Destruction.fence(
        key_id=key_id, category=RetentionClass.IDENTITY, authority=new_id(), run=new_id(),
        reason=DestructionReason.TERM,
    )  # fmt: skip
    guards = (ScopeQuiet(scope, disposal.head()),)
    begun = perf_counter()
    disposal.fence(ledger.command_of(actor, at=ledger.clock.now()), fence, scopes=(scope,), guards=guards)
    batch = keys.destroy_all([Doomed(key_id, "TERM", "bench")], batch=new_id())
    taken = (perf_counter() - begun) * 1_000
    assert batch.destroyed == (key_id,)
    assert not batch.pending
    return taken
