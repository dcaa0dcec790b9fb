"""Find a person by exact name and birth date; nothing is opened for it, and the search is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.base import ScopeInstance
from ledger.aggregates.subject import Subject
from ledger.errors import NotFound
from ledger.policies.authority import may_search_people
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk
from ledger.usecases.subject.persons import standing
from ledger.usecases.subject.typed import FAMILY_NAME, GIVEN_NAME, birth_date, checked

PERSON = "person"
"""The kind under which people are filed in the blind index."""


@dataclass(frozen=True)
class Found:
    """A person who matches; more than one are homonyms, told apart by `recognise`."""

    reference: UUID
    registered_at: datetime
    died_at: datetime | None
    """When the person died, or when that was recorded where the instant is destroyed."""


def find(desk: Desk, command: Command, *, family_name: str, given_name: str, birth_date_typed: str) -> list[Found]:
    """
    Give who bears exactly this name and birth date, however they are spelled; empty when nobody does.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor receives nobody and audits nothing
    :raises ValueMalformed: if a name or the date does not have its format
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_search_people(actor.powers), Power.RECEIVE, Power.READ_JOURNAL)
        if Power.RECEIVE in actor.powers:
            actor.need_secrecy(at=command.at)
        parts = filing(
            checked(FAMILY_NAME, family_name),
            checked(GIVEN_NAME, given_name),
            birth_date(birth_date_typed, on=day_in(desk, judgement, command.house, command.at)),
        )
        found = filed(desk, parts)
        deaths = [judgement.known(subject.death) if subject.death is not None else None for subject in found]
        judgement.read("subject.find", rows=len(found), told=[subject.id for subject in found])
    return [
        Found(subject.id, subject.registered_at, death or subject.died_at)
        for subject, death in zip(found, deaths, strict=True)
    ]


def filing(family_name: str, given_name: str, born: date) -> tuple[str, ...]:
    """Give the parts under which a person is filed; the index sees to it that spellings come out the same."""
    return family_name, given_name, born.isoformat()


def filed(desk: Desk, parts: tuple[str, ...]) -> list[Subject]:
    """Give the people filed under these parts, each once; a filing whose registration never came is passed over."""
    return told_apart(desk, desk.index.find(PERSON, *parts))[0]


def told_apart(desk: Desk, scopes: Iterable[ScopeInstance]) -> tuple[list[Subject], list[UUID]]:
    """Give the people whose filings these are, each once, and the references of those whom no record knows yet."""
    found: dict[UUID, Subject] = {}
    unrecorded: list[UUID] = []
    for scope in scopes:
        reference = UUID(hex=scope.of)
        try:
            subject = standing(desk.streams, reference)
        except NotFound:
            unrecorded.append(reference)
        else:
            found[subject.id] = subject
    return list(found.values()), unrecorded
