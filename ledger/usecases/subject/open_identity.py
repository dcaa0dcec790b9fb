"""
Open a stored identity: recorded on the person's own stream before anything is opened.

A name, a birth date and a contact are the house's own register of the people it serves (GDPR 6(1)(e)), not data asked
of a partner: they are opened to print a mandate that the person gave to this house, to reach them about what this house
does for them, and to answer them. Somebody who is here is recognised by hints, never by the whole identity. The record
says which, and by whom; whoever else asks is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Subject
from ledger.aggregates.subject_events import Contact, IdentityPurpose
from ledger.errors import Invalid, Refused
from ledger.limits import PAGE_ROWS
from ledger.personal import Personal
from ledger.policies.authority import may_open_identity
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, own_scope
from ledger.usecases.subject.opening import Opened, opened_after
from ledger.usecases.subject.persons import references, standing

_COMMUNE = re.compile(r"\b\d{5}\s+\S.*$")
_WORK: Mapping[LinkKind, type[Mandate | Procedure]] = {LinkKind.MANDATE: Mandate, LinkKind.PROCEDURE: Procedure}


class NoProcedure(Refused):
    """Nobody is reached about nothing."""

    sentence = mark("This person has no procedure and no mandate here: there is nothing to reach them about.")
    advice = mark("Open a procedure with the person first.")


class NoMandateHere(Refused):
    """Nothing is printed with the name of somebody who gave this house no mandate."""

    sentence = mark("This person gave no mandate to your house: there is nothing to print for them.")
    advice = mark("Draft the mandate first; the house that holds another one prints it.")


class RecognisedByHints(Refused):
    """The whole identity is not opened to recognise somebody."""

    sentence = mark("A person is recognised by hints, not by their whole identity.")
    advice = mark("Look them up with `ledger subject find --tell-apart`.")


class TooManyPeople(Invalid):
    """More people than a page shows."""

    sentence = mark("At most {limit} people are shown at once.")


@dataclass(frozen=True)
class Identity:
    """A person's identity, opened; each value is personal, or says why it can't be given."""

    reference: UUID
    family_name: Opened
    given_name: Opened
    birth_date: Opened
    contact: Opened


@dataclass(frozen=True)
class Hint:
    """What tells a person apart from homonyms without showing more: ends of contacts, and the commune."""

    reference: UUID
    phone_ends: Personal[str]
    email_begins: Personal[str]
    commune: Personal[str]


def open_identity(desk: Desk, command: Command, subject_id: UUID, *, purpose: IdentityPurpose) -> Identity:
    """
    Open one person's identity, for a purpose that is recorded first.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not open identities for this
    :raises RecognisedByHints: if it is to recognise somebody, which `recognise` is for
    :raises NoMandateHere: if it is to print for somebody who is no party, nor beside one, to a mandate of the house
    :raises NoProcedure: if it is to reach somebody who has no procedure and no mandate at the actor's house
    """
    if purpose is IdentityPurpose.RECOGNISE:
        raise RecognisedByHints
    subject = standing(desk.streams, subject_id)
    values = (subject.family_name, subject.given_name, subject.birth_date, subject.contact)
    opened = _opened(desk, command, [subject], values, purpose=purpose)
    return Identity(subject.id, *opened)


def recognise(desk: Desk, command: Command, subject_ids: Sequence[UUID]) -> list[Hint]:
    """
    Give what tells homonyms apart, with the person here: the end of the phone number, the commune.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not open identities for this
    :raises TooManyPeople: above `limits.PAGE_ROWS`
    """
    if len(subject_ids) > PAGE_ROWS:
        raise TooManyPeople(limit=PAGE_ROWS)
    subjects = list({subject.id: subject for subject in (standing(desk.streams, id_) for id_ in subject_ids)}.values())
    values = [subject.contact for subject in subjects]
    opened = _opened(desk, command, subjects, values, purpose=IdentityPurpose.RECOGNISE)
    return [_hint(subject.id, contact) for subject, contact in zip(subjects, opened, strict=True)]


def initials(desk: Desk, command: Command, subject_id: UUID) -> Personal[str]:
    """
    Give the initials of a person whose reception goes on, and no more: the person is here, and says the rest.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not open identities for this
    """
    subject = standing(desk.streams, subject_id)
    values = (subject.given_name, subject.family_name)
    opened = _opened(desk, command, [subject], values, purpose=IdentityPurpose.RECOGNISE)
    letters = [str(name.expose())[:1] for name in opened if isinstance(name, Personal)]
    return Personal(" ".join(f"{letter}." for letter in letters))


def _opened(
    desk: Desk,
    command: Command,
    subjects: Sequence[Subject],
    values: Sequence[Personal[Any]],
    *,
    purpose: IdentityPurpose,
) -> list[Opened]:
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        answering = purpose is IdentityPurpose.ANSWER
        actor.allow(
            may_open_identity(answering=answering, powers=actor.powers),
            Power.DECIDE if answering else Power.OPEN_VALUES,
        )
        if not answering:
            actor.need_secrecy(at=command.at)
        for subject in subjects:
            _need_work(desk, subject, purpose, house=actor.agent.house)
        for subject in subjects:
            subject.open_identity(purpose, house=command.house)
        recorded = judgement.commit(*subjects, outcome="GRANTED")
    return opened_after(desk, command, recorded, values)


def _need_work(desk: Desk, subject: Subject, purpose: IdentityPurpose, *, house: UUID | None) -> None:
    """Refuse to print for, or to reach, somebody with whom the actor's house has nothing to do."""
    if purpose is IdentityPurpose.PRINT and not _works(desk, subject, {LinkKind.MANDATE: Mandate}, house=house):
        raise NoMandateHere
    if purpose is IdentityPurpose.REACH and not _works(desk, subject, _WORK, house=house):
        raise NoProcedure


def _works(
    desk: Desk, subject: Subject, kinds: Mapping[LinkKind, type[Mandate | Procedure]], *, house: UUID | None
) -> bool:
    """Say whether the person, under any of their references, has work of one of these kinds at a house."""
    if house is None:
        return False
    scopes = [own_scope(Scope.IDENTITY, reference) for reference in references(desk.streams, subject.id)]
    wanted = {
        work: aggregate
        for scope in scopes
        for link, aggregate in kinds.items()
        for work in desk.streams.linked(scope, link)
    }
    loaded = desk.streams.load_all([(aggregate, work) for work, aggregate in wanted.items()])
    return any(isinstance(work, Mandate | Procedure) and work.house == house for work in loaded)


def _hint(reference: UUID, contact: Opened) -> Hint:
    known = cast("Contact", contact.expose()) if isinstance(contact, Personal) else Contact()
    commune = _COMMUNE.search(known.address)
    return Hint(
        reference,
        phone_ends=Personal(known.phone[-2:]),
        email_begins=Personal(known.email[:1]),
        commune=Personal(commune.group(0) if commune else ""),
    )
