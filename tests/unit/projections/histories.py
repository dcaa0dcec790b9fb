"""A log in memory, and invented histories of houses to fill it: headers only, as the read models see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.aggregates.duty import DutyKind, duty_id
from ledger.clock import UTC
from ledger.projections.ports import Entry
from ledger.ranges import Ranges

START = datetime(2026, 6, 8, 7, 0, tzinfo=UTC)


@dataclass
class MemoryLog:
    """
    An event source that one fills by hand; positions are 1, 2, 3 ... and `pruned` ones are not given.

    Nor are those that a record of pruned headers names, once that record can be seen.
    """

    written: list[Entry] = field(default_factory=list)
    claims: dict[UUID, ScopeInstance] = field(default_factory=dict)
    pruned: set[int] = field(default_factory=set)
    visible: int | None = None
    """How much of it a reader sees; None for all."""
    versions: dict[UUID, int] = field(default_factory=dict)

    def add(self, topic: str, stream: UUID, *, at: datetime, event_id: UUID, **header: Any) -> Entry:
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        entry = Entry(len(self.written) + 1, event_id, stream, version, topic, at, **header)
        self.written.append(entry)
        return entry

    def head(self) -> int:
        return len(self.written) if self.visible is None else self.visible

    def entries(self, *, after: int, upto: int) -> Sequence[Entry]:
        gone = self.pruned | {
            position
            for entry in self.written[: self.head()]
            for first, last in entry.ranges
            for position in range(first, last + 1)
        }
        return [entry for entry in self.written[after:upto] if entry.position not in gone]

    def scopes(self, keys: Collection[UUID]) -> Mapping[UUID, ScopeInstance]:
        return {key: self.claims[key] for key in keys if key in self.claims}


class House:
    """Invents what happens in a few houses, in an order that could be."""

    def __init__(self, random: Random, log: MemoryLog, *, prunes: bool = False) -> None:
        self.random = random
        self.prunes = prunes
        self.log = log
        self.now = START
        self.ids = 0
        self.houses = [self.new_id() for _ in range(3)]
        self.mandates: list[UUID] = []
        self.live: list[UUID] = []
        self.procedures: dict[UUID, UUID] = {}
        self.accesses: list[UUID] = []
        self.accesses_of: dict[UUID, list[UUID]] = {}
        self.past: list[UUID] = []
        """Accesses of procedures that are pruned: they only wait for their own turn."""
        self.ended: list[UUID] = []
        self.duties: list[UUID] = []
        self.subjects: list[UUID] = []

    def new_id(self) -> UUID:
        """Make an id that is new, whatever the source of chance: it may like to repeat itself."""
        self.ids += 1
        return UUID(bytes=sha256(b"%d" % self.ids).digest()[:16], version=4)

    def write(self, topic: str, stream: UUID, **header: Any) -> Entry:
        self.now += timedelta(seconds=self.random.randrange(0, 1800))
        header.setdefault("house", self.random.choice(self.houses))
        header.setdefault("actor", self.random.randbytes(16))
        return self.log.add(topic, stream, at=self.now, event_id=self.new_id(), **header)

    def claim(self, kind: Scope, owner: UUID) -> UUID:
        key = self.new_id()
        self.log.claims[key] = ScopeInstance(kind, owner.hex)
        return key

    def late(self) -> dict[str, datetime]:
        """Give the instants of a fact that was learned late, or of one that was not."""
        known = self.now - timedelta(minutes=self.random.choice([0, 0, 20, 60]))
        return {"effective_at": known - timedelta(days=self.random.choice([0, 0, 3])), "known_at": known}

    def live_on(self, events: int) -> None:
        while len(self.log.written) < events:
            self.random.choice(
                [self.a_mandate, self.a_procedure, self.an_access, self.an_access, self.a_page, self.something_later]
            )()

    def a_mandate(self) -> None:
        mandate = self.new_id()
        key = self.claim(Scope.MANDATE, mandate)
        steps = ["drafted", "identity-verified", "informed", "signed", "signed", "originals-counted", "started"]
        reached = self.random.choice([2, 5, 7, 7, 7])
        for step in steps[:reached]:
            self.write(f"mandate.{step}.1", mandate, keys=(key,))
        self.mandates.append(mandate)
        if reached == len(steps):
            self.live.append(mandate)

    def a_procedure(self) -> None:
        procedure = self.new_id()
        trail = self.claim(Scope.PROCEDURE_TRAIL, procedure)
        self.procedures[procedure] = trail
        self.write("procedure.opened.1", procedure, keys=(trail,), catalogue="c1")
        if self.random.random() < 0.6:
            self.write("procedure.mandate-attached.1", procedure, keys=(trail,))

    def an_access(self) -> None:
        if not self.procedures:
            return
        procedure = self.random.choice(list(self.procedures))
        access = self.new_id()
        gateway = self.random.choice(["OTHER", "MANDATE"])
        if self.random.random() < 0.8:
            fields = {"topic": "access.granted.1", "decision": "GRANTED", "gateway": gateway}
        else:
            fields = {"topic": "access.refused.1", "decision": "NOT_NECESSARY"}
        self.write(stream=access, keys=(self.procedures[procedure],), catalogue="c2", **fields)
        self.accesses.append(access)
        self.accesses_of.setdefault(procedure, []).append(access)

    def a_page(self) -> None:
        if self.random.random() < 0.3:
            subject = self.random.choice([self.new_id(), *self.subjects])
            self.subjects.append(subject)
            self.write("subject.identity-opened.1", subject, decision="GRANTED", keys=(self.new_id(),))
        elif self.random.random() < 0.7:
            self.write("reading.recorded.1", self.new_id(), keys=(self.new_id(),))
        else:
            self.write("reading.refused.1", self.new_id(), decision="REFUSED")

    def something_later(self) -> None:
        ways = [self.later_in_a_mandate, self.later_in_a_procedure, self.a_review, self.an_end, self.a_discharge]
        self.random.choice([*ways, self.a_pruning] if self.prunes else ways)()

    def later_in_a_mandate(self) -> None:
        if self.live and self.random.random() < 0.6:
            self.write("mandate.act-done.1", self.random.choice(self.live), **self.late())
        elif self.ended:
            mandate = self.random.choice(self.ended)
            if self.random.random() < 0.4:
                self.write("mandate.accounted.1", mandate)
            elif self.random.random() < 0.3:
                found = self.write("mandate.partner-to-tell.1", mandate)
                self.duties.append(duty_id(found.event_id, DutyKind.TELL_PARTNER))
            else:
                self.write("mandate.partner-told.1", mandate, decision=self.random.choice(["SOME_LEFT", "ALL_TOLD"]))

    def later_in_a_procedure(self) -> None:
        if self.procedures:
            words = "data-kept act-done transmitted disclosed contacted resolved reopened abandoned restricted".split()
            procedure, word = self.random.choice(list(self.procedures)), self.random.choice(words)
            moment = self.random.choice(["review-due", "no-review"]) if word == "disclosed" else None
            written = self.write(f"procedure.{word}.1", procedure, keys=(self.procedures[procedure],), decision=moment)
            if word == "disclosed":
                self.duties.append(duty_id(written.event_id, DutyKind.REVIEW_DISCLOSURE))

    def a_review(self) -> None:
        if self.accesses:
            access = self.random.choice(self.accesses)
            written = self.write("access.reviewed.1", access, decision=self.random.choice(["cleared", "flagged"]))
            self.duties.append(duty_id(written.event_id, DutyKind.REVIEW_ACT))

    def an_end(self) -> None:
        ending = self.random.choice(["revoked", "renounced", "ended"])
        decision = self.random.choice([None, "TELL_PARTNERS", "REVIEW_ACTS", "TELL_AND_REVIEW"])
        if self.live and self.random.random() < 0.7:
            mandate = self.live.pop(self.random.randrange(len(self.live)))
            self.ended.append(mandate)
        elif self.ended and self.random.random() < 0.5:
            mandate = self.random.choice(self.ended)
        else:
            self.a_destruction()
            return
        written = self.write(f"mandate.{ending}.1", mandate, decision=decision, **self.late())
        self.duties += [duty_id(written.event_id, kind) for kind in DutyKind]

    def a_destruction(self) -> None:
        if self.log.claims:
            key = self.random.choice(list(self.log.claims))
            destruction = self.new_id()
            self.write("destruction.fenced.1", destruction, covers=key)
            self.write("destruction.completed.1", destruction, covers=key)

    def a_pruning(self) -> None:
        """Prune some streams that are over: an access with its procedure or after it, never before."""
        gone, self.past = self.past, []
        for procedure in self._some(list(self.procedures)):
            del self.procedures[procedure]
            accesses = self.accesses_of.pop(procedure, [])
            self.accesses = [access for access in self.accesses if access not in accesses]
            (now, later) = (accesses[::2], accesses[1::2])
            gone, self.past = [*gone, procedure, *now], [*self.past, *later]
        mandates, subjects = self._some(self.mandates), self._some(list(dict.fromkeys(self.subjects)))
        for known in (self.mandates, self.live, self.ended, self.subjects):
            known[:] = [each for each in known if each not in (*mandates, *subjects)]
        gone += [*mandates, *subjects]
        ranges = Ranges.of(entry.position for entry in self.log.written if entry.stream_id in gone)
        if ranges:
            self.write("headers.pruned.1", self.new_id(), keys=(self.new_id(),), ranges=ranges)

    def _some(self, streams: list[UUID]) -> list[UUID]:
        return [each for each in streams if self.random.random() < 0.1]

    def a_discharge(self) -> None:
        if self.duties:
            self.write("duty.discharged.1", self.duties.pop(self.random.randrange(len(self.duties))))


def history(random: Random, events: int, *, prunes: bool = False) -> MemoryLog:
    """Invent a history of at least this many events, in which headers are pruned now and then, or never."""
    log = MemoryLog()
    House(random, log, prunes=prunes).live_on(events)
    return log
