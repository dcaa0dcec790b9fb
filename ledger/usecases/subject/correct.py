"""Correct a person's identity, or how they can be reached."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk, Recorded, own_scope
from ledger.usecases.subject.find import PERSON, filing
from ledger.usecases.subject.persons import standing
from ledger.usecases.subject.typed import FAMILY_NAME, GIVEN_NAME, birth_date, checked, comes_of_age, contact


def correct(
    desk: Desk, command: Command, subject_id: UUID, *, family_name: str, given_name: str, birth_date_typed: str
) -> Recorded:
    """
    Replace the civil identity by what the person shows (GDPR 16); the old one still leads to them.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        family, given = checked(FAMILY_NAME, family_name), checked(GIVEN_NAME, given_name)
        born = birth_date(birth_date_typed, on=day_in(desk, judgement, command.house, command.at))
        subject = standing(desk.streams, subject_id)
        of_age = comes_of_age(desk.law.profile, born, on=day_in(desk, judgement, command.house, command.at))
        subject.correct(family_name=family, given_name=given, birth_date=born, full_age_on=of_age)
        desk.index.file(PERSON, *filing(family, given, born), scope=own_scope(Scope.IDENTITY, subject.id))
        return judgement.commit(subject)


def change_contact(
    desk: Desk, command: Command, subject_id: UUID, *, phone: str = "", email: str = "", address: str = ""
) -> Recorded:
    """
    Replace how the person can be reached; what is left empty is not kept.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        reached = contact(phone=phone, email=email, address=address)
        subject = standing(desk.streams, subject_id)
        subject.change_contact(reached)
        return judgement.commit(subject)
