"""Name the contacts of a house, and end them: partners' referents, and who signs for partners and manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.house import ContactFunction, ContactNotNamed, House
from ledger.identifiers import short
from ledger.policies.authority import may_see_contacts
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, allow, day_of, not_future
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.subject.opening import Opened, opened_after
from ledger.usecases.subject.typed import EMAIL, NAME, PHONE, checked, optional


@dataclass(frozen=True)
class ContactOpened:
    """A contact's own data; each is personal, or says why it can't be given."""

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
    :raises ReferentNotReachable: if a referent has no direct phone or no mail (convention 5.2.1)
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.ENROL)
        named_at = not_future(effective_at or command.at, at=command.at)
        if partner or function is not ContactFunction.MANAGER_REPRESENTATIVE:
            partner = desk.law.partners.partner(partner, on=day_of(named_at)).id
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


def open_contact(desk: Desk, command: Command, house_id: UUID, contact: UUID) -> ContactOpened:
    """
    Open a contact's name, phone and mail, to call or write to them; the look is recorded first.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither receives people nor enrols
    :raises ContactNotNamed: if no contact bears the reference
    """
    with judging(desk, command) as judgement:
        allow(may_see_contacts(acting(desk, judgement).powers))
        house = desk.streams.load(House, house_id)
        named = [found for found in house.contacts if judgement.known(found.contact) == contact]
        if not named:
            raise ContactNotNamed(reference=short(contact))
        recorded = judgement.read("house.contact", rows=1)
    values = (named[0].name, named[0].phone, named[0].email)
    return ContactOpened(*opened_after(desk, command, recorded, values))
