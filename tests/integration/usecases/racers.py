"""Processes for tests: one revokes mandates while the other looks under them; two register the same people."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import sleep
from typing import Any, NamedTuple
from uuid import UUID

from ledger.aggregates.access import Look
from ledger.bootstrap import Ledger, open_ledger
from ledger.errors import Conflict
from ledger.policies.vocabulary import Mode, Place
from ledger.usecases.access.request import request
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.subject.register import PersonTyped, register
from ledger.usecases.subject.reserve import SubjectKnown
from tests.integration.usecases.counter import RSA

Pairs = list[tuple[UUID, UUID]]
"""Procedures, each with the mandate that serves it."""


class Race(NamedTuple):
    """Where the race is run, by whom, over what, and where the results go."""

    home: Path
    environment: Mapping[str, str]
    actor: UUID
    pairs: Pairs
    start: Barrier
    said: Any

    def ledger(self) -> Ledger:
        """Open the ledger, in a process of one's own."""
        os.environ.update(self.environment)
        return open_ledger(self.home)


PATIENCE = 60
LOOKS = 8


def revoking(race: Race) -> None:
    """Revoke each mandate, a little later each time."""
    ledger = race.ledger()
    for number, (_, mandate) in enumerate(race.pairs):
        race.start.wait(PATIENCE)
        sleep(number % 10 / 1000)
        revoke(ledger.desk, ledger.command_of(race.actor, at=ledger.clock.now()), mandate)
    ledger.close()
    race.said.put(("revoked", len(race.pairs)))


def looking(race: Race) -> None:
    """Look under each mandate until that is refused, as fast as possible."""
    ledger = race.ledger()
    granted = refused = conflicts = 0
    for procedure, _ in race.pairs:
        race.start.wait(PATIENCE)
        look = Look(procedure, ("id.civil",), Place.PORTAL, Mode.ACT_FOR, present=False, act=f"{RSA}:file")
        for _ in range(LOOKS):
            try:
                answer = request(ledger.desk, ledger.command_of(race.actor, at=ledger.clock.now()), look)
            except Conflict:
                conflicts += 1
                continue
            granted += answer.granted
            refused += not answer.granted
            if not answer.granted:
                break
    ledger.close()
    race.said.put(("looked", granted, refused, conflicts))


class Registrations(NamedTuple):
    """Where the same people are registered by two at once, by whom, under which names, and where the results go."""

    home: Path
    environment: Mapping[str, str]
    actor: UUID
    people: Sequence[PersonTyped]
    start: Barrier
    said: Any
    homonym: bool = False


def registering(race: Registrations) -> None:
    """Register each person, at the same moment as somebody else; tell who came first, and what the other was told."""
    os.environ.update(race.environment)
    ledger = open_ledger(race.home)
    said = []
    for person in race.people:
        race.start.wait(PATIENCE)
        command = ledger.command_of(race.actor, at=ledger.clock.now())
        try:
            recorded = register(ledger.desk, command, person=person, homonym=race.homonym)
            said.append(("registered", recorded.streams[0].hex[:8]))
        except SubjectKnown as told:
            said.append((told.code, str(told.details["reference"])))
    ledger.close()
    race.said.put(said)
