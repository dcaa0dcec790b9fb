"""Show houses as they are registered; the page is itself recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.house import ContactFunction, CoverageMeans, House, NamedContact
from ledger.rules.houses import Channels, Opening, OpenPeriod, opening
from ledger.rules.periods import local_day
from ledger.usecases.gate import FactOpener, reading
from ledger.usecases.house.days import zone_of
from ledger.usecases.ports import Command, Desk


@dataclass(frozen=True)
class CoverageShown:
    """How one partner is reached, and since when; `until` is the first day on which it is not any more."""

    partner: str
    means: tuple[CoverageMeans, ...]
    reference: str
    since: datetime
    until: date | None


@dataclass(frozen=True)
class ContactShown:
    """One current contact, without the name, which is a value and not a fact."""

    reference: UUID
    function: ContactFunction
    partner: str
    since: datetime


@dataclass(frozen=True)
class HouseShown:
    """One house on a page."""

    reference: UUID
    code: str
    name: str
    manager: str
    department: str
    zone: str
    profile: str
    schedule: tuple[OpenPeriod, ...]
    opening: Opening
    channels: Channels
    local_partners: tuple[str, ...]
    coverage: tuple[CoverageShown, ...]
    not_covered: tuple[str, ...]
    """The national partners that nothing says are reachable here (convention 2.2)."""
    contacts: tuple[ContactShown, ...]
    without_referent: tuple[str, ...]
    """The partners that owe the house a referent and have none here (convention 5.2.1)."""


def show(desk: Desk, command: Command, house_ids: Sequence[UUID] = ()) -> list[HouseShown]:
    """
    Show these houses, or all of them, as they are at the instant of the command.

    :raises NotFound: if one of them is no house
    """
    ids = list(house_ids) or desk.streams.linked(REGISTER, LinkKind.HOUSE)
    found = [house for house in desk.streams.load_all([(House, id_) for id_ in ids]) if isinstance(house, House)]
    with reading(desk, command, page="house.show", rows=len(found)) as opener:
        return [_shown(desk, opener, house, at=command.at) for house in found]


def _shown(desk: Desk, opener: FactOpener, house: House, *, at: datetime) -> HouseShown:
    day = local_day(at, zone_of(opener, house))
    schedule = opener.known(house.schedule_at(at)) or ()
    coverage = _coverage(opener, house, at=at)
    contacts = tuple(shown for shown, _ in current_contacts(opener, house, at=at))
    covered = {shown.partner for shown in coverage}
    referents = {shown.partner for shown in contacts if shown.function is ContactFunction.REFERENT}
    taking_part = desk.law.partners.taking_part(on=day)
    return HouseShown(
        reference=house.id,
        code=opener.known(house.code) or "",
        name=opener.known(house.name) or "",
        manager=opener.known(house.manager) or "",
        department=opener.known(house.department) or "",
        zone=opener.known(house.zone) or "",
        profile=opener.known(house.profile) or "",
        schedule=schedule,
        opening=opening(schedule, profile=desk.law.profile, on=day),
        channels=opener.known(house.channels) or Channels(),
        local_partners=opener.known(house.local_partners) or (),
        coverage=coverage,
        not_covered=tuple(p.id for p in taking_part if p.national and p.id not in covered),
        contacts=contacts,
        without_referent=tuple(p.id for p in taking_part if p.referent_required and p.id not in referents),
    )


def _coverage(opener: FactOpener, house: House, *, at: datetime) -> tuple[CoverageShown, ...]:
    last: dict[str, CoverageShown] = {}
    for coverage in house.coverage:
        partner, until = opener.known(coverage.partner), opener.known(coverage.until)
        if partner is None or coverage.covered_at > at:
            continue
        means, reference = opener.known(coverage.means) or (), opener.known(coverage.reference) or ""
        last[partner] = CoverageShown(partner, means, reference, coverage.covered_at, until)
    day = local_day(at, zone_of(opener, house))
    return tuple(shown for shown in last.values() if shown.until is None or day < shown.until)


def current_contacts(opener: FactOpener, house: House, *, at: datetime) -> list[tuple[ContactShown, NamedContact]]:
    """Give the contacts whose function goes on, each with its sealed values; one whose facts are gone is left out."""
    ended = {opener.known(end.contact) for end in house.contact_ends if end.ended_at <= at}
    current = []
    for contact in house.contacts:
        reference, function = opener.known(contact.contact), opener.known(contact.function)
        if reference is None or function is None or reference in ended or contact.named_at > at:
            continue
        shown = ContactShown(reference, function, opener.known(contact.partner) or "", contact.named_at)
        current.append((shown, contact))
    return current
