"""Confirm entries of the catalogue, and tell which are confirmed and which are still defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.confirmation import Confirmation, Opinion
from ledger.errors import Conflict, NotFound, Refused
from ledger.policies.vocabulary import Role
from ledger.rules.catalogue import ProcedureEntry
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, Judgement, judging, reading
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk, Recorded


class EntryChanged(Conflict):
    """The entry is not the one that was looked at."""

    sentence = mark("The entry {entry} is not the one you looked at: the catalogue changed since.")
    advice = mark("Read it again with `ledger catalogue show`, then confirm what it says now.")


class EntryConfirmed(Refused):
    """This version of the entry is confirmed already."""

    sentence = mark("This version of the entry {entry} is confirmed already.")
    advice = mark("There is nothing to do; another version will need another confirmation.")


class NotAnOfficer(Refused):
    """The author named for the opinion is not an enrolled data protection officer."""

    sentence = mark("The person named is not an enrolled data protection officer.")
    advice = mark("Give the reference of the officer who was asked.")


@dataclass(frozen=True)
class ConfirmationShown:
    """One entry on a page: confirmed in the version that is in force, or still a default."""

    entry: str
    digest: str
    confirmed_at: datetime | None = None
    opinion: Opinion | None = None
    officer: UUID | None = None
    note: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether the controller's delegate confirmed this very version."""
        return self.confirmed_at is not None


def confirm(
    desk: Desk,
    command: Command,
    *,
    entry: str,
    digest: str,
    opinion: Opinion,
    officer: UUID | None = None,
    note: str = "",
) -> Recorded:
    """
    Confirm the version of an entry that bears this digest, after the officer's opinion (GDPR 38(6), 39).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises EntryChanged: if the entry in force has another digest
    :raises EntryConfirmed: if this version is confirmed
    :raises NotAnOfficer: if the opinion's author is not an enrolled data protection officer
    :raises OpinionIncomplete: if the opinion has no author, or goes unheeded without a reason
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        found: ProcedureEntry = desk.law.catalogue.procedure(entry, on=day_of(command.at))
        if found.digest != digest:
            raise EntryChanged(entry=found.code)
        if any(judgement.known(earlier.digest) == digest for earlier in _all(desk)):
            raise EntryConfirmed(entry=found.code)
        check_officer(desk, judgement, officer)
        screen_note(note)
        confirmation = Confirmation.record(
            entry=found.code, digest=digest, opinion=opinion, officer=officer, note=note, effective_at=command.at
        )
        return judgement.commit(confirmation)


def show(desk: Desk, command: Command) -> list[ConfirmationShown]:
    """Give every entry in force with its confirmation, or as the default that it still is; the page is recorded."""
    in_force: list[ProcedureEntry] = desk.law.catalogue.entries(on=day_of(command.at))
    recorded = _all(desk)
    with reading(desk, command, page="catalogue.confirmations", rows=len(recorded)) as opener:
        confirmed = {shown.digest: shown for shown in (_shown(opener, found) for found in recorded)}
    return [confirmed.get(entry.digest) or ConfirmationShown(entry.code, entry.digest) for entry in in_force]


def check_officer(desk: Desk, judgement: Judgement, officer: UUID | None) -> None:
    """
    Check that whoever is named for an opinion is an enrolled data protection officer.

    :raises NotAnOfficer: if they are not
    """
    if officer is None:
        return
    try:
        agent = desk.streams.load(Agent, officer)
    except NotFound as fault:
        raise NotAnOfficer from fault
    if Role.DPO not in (judgement.known(agent.roles) or ()) or not agent.serves_at(judgement.command.at):
        raise NotAnOfficer


def _all(desk: Desk) -> list[Confirmation]:
    ids = desk.streams.linked(REGISTER, LinkKind.CONFIRMATION)
    found = desk.streams.load_all([(Confirmation, id_) for id_ in ids])
    return [confirmation for confirmation in found if isinstance(confirmation, Confirmation)]


def _shown(opener: FactOpener, confirmation: Confirmation) -> ConfirmationShown:
    return ConfirmationShown(
        entry=opener.known(confirmation.entry) or "",
        digest=opener.known(confirmation.digest) or "",
        confirmed_at=confirmation.confirmed_at,
        opinion=opener.known(confirmation.opinion),
        officer=opener.known(confirmation.officer),
        note=opener.known(confirmation.note) or "",
    )
