"""The contacts of a house, named, opened and ended: partners' referents, and who signs for partners and manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.house import ContactFunction, ContactNotNamed, House, PartnerNeeded
from ledger.identifiers import short
from ledger.policies.authority import may_see_contacts
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_in
from ledger.usecases.house.show import ContactShown, current_contacts
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.open_procedure import NoHouse
from ledger.usecases.subject.opening import Opened, opened_after
from ledger.usecases.subject.typed import EMAIL, NAME, PHONE, checked, optional


@dataclass(frozen=True)
class ContactOpened:
    """One contact; name, phone and mail are personal, or say why they can't be given."""

    shown: ContactShown
    name: Opened
    phone: Opened
    email: Opened


def name_contact(
    desk: Desk,
    command: Command,
    house_id: UUID,
    *,
    function: ContactFunction,
    partner: str,
    name: str,
    phone: str,
    email: str,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Name a contact of a house; `partner` is empty for the manager's representative.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not enrol
    :raises UnknownPartner: if no partner bears the id on that day
    :raises PartnerNeeded: if none is named and the contact is a partner's
    :raises ReferentNotReachable: if a referent has no direct phone or no mail (convention 5.2.1)
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.ENROL)
        named_at = not_future(effective_at or command.at, at=command.at)
        if not partner and function is not ContactFunction.MANAGER_REPRESENTATIVE:
            raise PartnerNeeded
        if partner or function is not ContactFunction.MANAGER_REPRESENTATIVE:
            partner = desk.law.partners.partner(partner, on=day_in(desk, judgement, house_id, named_at)).id
        house = desk.streams.load(House, house_id)
        house.name_contact(
            function=function,
            partner=partner,
            name=checked(NAME, name),
            phone=optional(PHONE, phone),
            email=optional(EMAIL, email),
            effective_at=named_at,
        )
        return judgement.commit(house)


def end_contact(
    desk: Desk, command: Command, house_id: UUID, contact: UUID, *, effective_at: datetime | None = None
) -> Recorded:
    """
    Record that a contact's function ended: the term of the contact's data runs from here.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not enrol
    :raises ContactNotNamed: if no current contact bears the reference
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.ENROL)
        house = desk.streams.load(House, house_id)
        ended = {judgement.known(end.contact) for end in house.contact_ends}
        named = {judgement.known(contact.contact) for contact in house.contacts}
        if contact not in named - ended:
            raise ContactNotNamed(reference=short(contact))
        house.end_contact(contact, effective_at=not_future(effective_at or command.at, at=command.at))
        return judgement.commit(house)


def open_contacts(
    desk: Desk, command: Command, house_id: UUID | None = None, *, partner: str = ""
) -> list[ContactOpened]:
    """
    Open the current contacts of a house, or of the actor's own, to call or write to them; the look is recorded first.

    With a `partner`, only that partner's are opened.

    :raises RefusedByRule: ROLE_NOT_ALLOWED for a job, OTHER_HOUSE for who receives people in another house
    :raises UnknownPartner: if no partner bears the id on that day
    :raises NoHouse: if no house is named and the actor is enrolled in none
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        house_id = house_id or actor.agent.house
        if house_id is None:
            raise NoHouse
        refusal = may_see_contacts(house_id, own=actor.agent.house, powers=actor.powers)
        actor.allow(refusal, Power.RECEIVE, Power.ENROL, Power.DECIDE, Power.READ_JOURNAL)
        wanted = (
            desk.law.partners.partner(partner, on=day_in(desk, judgement, house_id, command.at)).id if partner else ""
        )
        house = desk.streams.load(House, house_id)
        current = current_contacts(judgement, house, at=command.at)
        found = [each for each in current if wanted in ("", each[0].partner)]
        recorded = judgement.read("house.contacts", rows=len(found))
    values = [value for _, named in found for value in (named.name, named.phone, named.email)]
    opened = opened_after(desk, command, recorded, values)
    return [ContactOpened(shown, *opened[3 * at : 3 * at + 3]) for at, (shown, _) in enumerate(found)]
