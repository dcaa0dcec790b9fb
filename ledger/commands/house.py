"""`ledger house`: the houses, their hours, the partners they cover, their contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Day, Instant
from ledger.commands._shared import effective_option, from_option
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from uuid import UUID

    from ledger.rules.houses import HouseFile, OpenPeriod
    from ledger.usecases.house.show import HouseShown
    from ledger.usecases.ports import Recorded

command = Noun("house", help=mark("Register the houses, their hours, the partners they cover and their contacts."))

_WEEKDAYS = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))
_HOUSE = mark("HOUSE")


@command.verb(
    "register",
    writes=True,
    help=mark("Register a house from its file: one of the law, by its code, or a file of yours, by its path."),
    examples=("ledger house register loiron", "ledger house register ./maison.toml"),
)
@argument("house", metavar=mark("CODE_OR_FILE"), help=mark("The code of a house file, or the path of one."))
@effective_option()
def register_(session: Session, house: str, effective_at: datetime | None) -> None:
    """Register a house."""
    from ledger.usecases.house.register import register

    recorded = register(session.desk, session.command, file=_file(session, house), effective_at=effective_at)
    session.output.done(
        mark("House registered: {house}."),
        house=recorded.streams[0],
        outcome=recorded.outcome,
        repeated=recorded.repeated,
    )
    _warn_of_short_week(session, recorded)


@command.verb("list", help=mark("List the houses."), examples=("ledger house list", "ledger house list --json"))
def list_(session: Session) -> None:
    """List the houses."""
    from ledger.commands._output import Column
    from ledger.usecases.house.show import show

    houses = show(session.desk, session.reading())
    columns = [
        Column("house", mark("Reference")), Column("code", mark("Code")), Column("name", mark("Name")),
        Column("manager", mark("Manager")), Column("week_hours", mark("Hours a week")),
        Column("not_covered", mark("Partners not covered")),
    ]  # fmt: skip
    session.output.listing(columns, [_row(house) for house in houses], empty=mark("No house is registered."))


@command.verb(
    "show",
    help=mark("Show a house: hours, partners covered, contacts, and what the convention still asks of it."),
    examples=("ledger house show 1a2b3c4d",),
)
@argument("house", metavar=_HOUSE, help=mark("The reference of the house."))
def show_(session: Session, house: str) -> None:
    """Show one house."""
    from ledger.aggregates.house import House
    from ledger.commands._output import Column
    from ledger.usecases.house.show import show

    (found,) = show(session.desk, session.reading(), [session.reference(House, house, name="house")])
    columns = [
        Column("house", mark("Reference")), Column("code", mark("Code")), Column("name", mark("Name")),
        Column("manager", mark("Manager")), Column("department", mark("Department")), Column("zone", mark("Time zone")),
        Column("profile", mark("Profile")), Column("schedule", mark("Hours")),
        Column("week_hours", mark("Hours a week")), Column("days", mark("Days a week")),
        Column("holds", mark("Open as long as the convention asks")),
        Column("phone", mark("Phone")), Column("email", mark("Mail")), Column("form", mark("Contact form")),
        Column("address", mark("Address")), Column("coverage", mark("Partners covered")),
        Column("not_covered", mark("Partners not covered")), Column("contacts", mark("Contacts")),
        Column("without_referent", mark("Partners without a referent here")),
    ]  # fmt: skip
    session.output.record(columns, _row(found))


@command.verb(
    "schedule",
    writes=True,
    help=mark(
        "Change the regular week of a house.\n\n"
        "A substantial change must be announced to the prefect, the partners and the public before it takes effect."
    ),
    examples=(
        'ledger house schedule 1a2b3c4d ./maison.toml --effective-at "01/09/2026 00:00" \\',
        '    --announced-at "01/07/2026 09:00" --told prefect --told partners --told public',
    ),
)
@argument("house", metavar=_HOUSE, help=mark("The reference of the house."))
@argument("file", metavar=mark("FILE"), help=mark("A house file with the new hours."))
@option("--effective-at", type=Instant(), required=True, help=mark("From when the new hours hold."))
@option("--announced-at", type=Instant(), required=True, help=mark("When the change was announced."))
@option(
    "--told",
    type=Word("ledger.aggregates.house:Audience"),
    multiple=True,
    help=mark("Who was told; one option for each."),
)
@option("--minor", is_flag=True, help=mark("The change is not a substantial one."))
def schedule(
    session: Session,
    house: str,
    file: str,
    effective_at: datetime,
    announced_at: datetime,
    told: Sequence[Any],
    minor: bool,
) -> None:
    """Change the regular week of a house."""
    from ledger.aggregates.house import House
    from ledger.usecases.house.change_schedule import change_schedule

    recorded = change_schedule(
        session.desk,
        session.command,
        session.reference(House, house, name="house"),
        schedule=_file(session, file).schedule,
        effective_at=effective_at,
        announced_at=announced_at,
        told=frozenset(told),
        substantial=not minor,
    )
    session.output.done(
        mark("Hours changed for the house {house}."),
        house=recorded.streams[0], outcome=recorded.outcome, repeated=recorded.repeated,
    )  # fmt: skip
    _warn_of_short_week(session, recorded)


@command.verb(
    "cover",
    writes=True,
    help=mark("Record by which means a partner is reached from a house, and under which annex."),
    examples=('ledger house cover 1a2b3c4d cnaf --means back-office --reference "annexe 2"',),
)
@argument("house", metavar=_HOUSE, help=mark("The reference of the house."))
@argument(
    "partner", metavar=mark("PARTNER"), help=mark("The id of the partner, as in `ledger catalogue show --partners`.")
)
@option(
    "--means",
    type=Word("ledger.aggregates.house:CoverageMeans"),
    multiple=True,
    required=True,
    help=mark("How the partner is reached; one option for each means."),
)
@option("--reference", required=True, metavar=mark("TEXT"), help=mark("The annex or agreement that says so."))
@option("--until", type=Day(), help=mark("The first day on which it is no longer so."))
@effective_option()
def cover(
    session: Session,
    house: str,
    partner: str,
    means: Sequence[Any],
    reference: str,
    until: date | None,
    effective_at: datetime | None,
) -> None:
    """Record that a partner is reached from a house."""
    from ledger.aggregates.house import House
    from ledger.usecases.house.cover_partner import cover_partner

    recorded = cover_partner(
        session.desk,
        session.command,
        session.reference(House, house, name="house"),
        partner=partner,
        means=tuple(means),
        reference=reference,
        effective_at=effective_at,
        until=until,
    )
    session.output.done(
        mark("Partner covered by the house {house}."), house=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "contact",
    writes=True,
    help=mark(
        "Name a contact of a house: a partner's referent, or who signs for a partner or for the manager.\n\n"
        "Name, phone and mail are asked for, or read with --from: name, phone, email."
    ),
    examples=(
        "ledger house contact 1a2b3c4d --function referent --partner cnaf",
        "ledger house contact 1a2b3c4d --function manager-representative --from contact.json",
    ),
)
@argument("house", metavar=_HOUSE, help=mark("The reference of the house."))
@option(
    "--function",
    type=Word("ledger.aggregates.house:ContactFunction"),
    required=True,
    help=mark("What the contact is to the house."),
)
@option("--partner", default="", metavar=mark("PARTNER"), help=mark("Whose contact it is; nothing for the manager's."))
@from_option()
@effective_option()
def contact(
    session: Session, house: str, function: Any, partner: str, source: str | None, effective_at: datetime | None
) -> None:
    """Name a contact of a house."""
    from ledger.aggregates.house import House
    from ledger.commands._input import Question, answers
    from ledger.usecases.house.contacts import name_contact

    typed = answers(
        session,
        (
            Question("name", mark("Name")),
            Question("phone", mark("Direct phone"), required=False),
            Question("email", mark("Mail"), required=False),
        ),
        source=source,
    )
    recorded = name_contact(
        session.desk,
        session.command,
        session.reference(House, house, name="house"),
        function=function,
        partner=partner,
        name=typed["name"],
        phone=typed["phone"] or "",
        email=typed["email"] or "",
        effective_at=effective_at,
    )
    session.output.done(
        mark("Contact named for the house {house}."), house=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "contacts",
    help=mark(
        "Show who is to be called: each partner's referent, with the direct phone and mail, and the other contacts.\n\n"
        "Without a house: your own. Whoever receives people sees the contacts of their own house. The look is recorded "
        "before anything is opened."
    ),
    examples=("ledger house contacts", "ledger house contacts --partner cnaf", "ledger house contacts loiron --json"),
)
@argument("house", metavar=_HOUSE, required=False, help=mark("The reference of the house, or its code."))
@option("--partner", default="", metavar=mark("PARTNER"), help=mark("Only this partner's contacts."))
def contacts(session: Session, house: str | None, partner: str) -> None:
    """Show the contacts of a house."""
    from ledger.commands._output import Column, shown
    from ledger.usecases.house.contacts import open_contacts

    reference = _house(session, house) if house else None
    columns = [
        Column("contact", mark("Reference")), Column("function", mark("Function")), Column("partner", mark("Partner")),
        Column("name", mark("Name")), Column("phone", mark("Phone")), Column("email", mark("Mail")),
        Column("since", mark("Since")),
    ]  # fmt: skip
    rows = [
        {
            "contact": one.shown.reference,
            "function": one.shown.function,
            "partner": one.shown.partner,
            "name": shown(one.name),
            "phone": shown(one.phone),
            "email": shown(one.email),
            "since": one.shown.since,
        }
        for one in open_contacts(session.desk, session.reading(), reference, partner=partner)
    ]
    session.output.listing(columns, rows, empty=mark("No contact is named here."))


@command.verb(
    "contact-end",
    writes=True,
    help=mark("Record that a contact's function ended."),
    examples=("ledger house contact-end 1a2b3c4d 5e6f7a8b",),
)
@argument("house", metavar=_HOUSE, help=mark("The reference of the house."))
@argument(
    "contact", metavar=mark("CONTACT"), help=mark("The reference of the contact, as `ledger house show` gives it.")
)
@effective_option()
def contact_end(session: Session, house: str, contact: str, effective_at: datetime | None) -> None:
    """Record that a contact's function ended."""
    from ledger.aggregates.house import House
    from ledger.usecases.house.contacts import end_contact

    recorded = session.desk.streams.recall(session.command)  # a contact that ended is not shown any more
    if recorded is None:
        reference = session.reference(House, house, name="house")
        current = _contact(session, reference, contact)
        recorded = end_contact(session.desk, session.command, reference, current, effective_at=effective_at)
    session.output.done(
        mark("Contact ended for the house {house}."), house=recorded.streams[0], repeated=recorded.repeated
    )


def _house(session: Session, typed: str) -> UUID:
    """
    Give the house that bears this code, or whose reference begins so; a look at the codes is on record.

    :raises NotAReference: if it is neither a code of a registered house nor the beginning of a reference
    """
    from ledger.aggregates.house import House
    from ledger.usecases.house.show import show

    if typed in session.desk.law.houses:
        found = [one.reference for one in show(session.desk, session.reading()) if one.code == typed]
        if found:
            return found[0]
    return session.reference(House, typed, name="house")


def _contact(session: Session, house: UUID, typed: str) -> UUID:
    """
    Give the current contact of a house whose reference begins so; the look at them is on record.

    :raises NotAReference: if none does, or several do
    """
    from ledger.commands._context import NotAReference
    from ledger.usecases.house.show import show

    (shown,) = show(session.desk, session.reading(), [house])
    found = [one.reference for one in shown.contacts if one.reference.hex.startswith(typed.lower())]
    if len(found) != 1:
        raise NotAReference(name="contact")
    return found[0]


def _file(session: Session, code: str) -> HouseFile:
    """Read a house file: the path of one has a slash or ends in .toml, a code has and does neither."""
    from ledger.commands._failures import FileUnreadable

    law = session.desk.law
    if "/" not in code and not code.endswith(".toml"):
        found: HouseFile = law.house(code)
        return found
    try:
        read: HouseFile = law.house_at(Path(code))
    except OSError:
        raise FileUnreadable from None
    return read


def _warn_of_short_week(session: Session, recorded: Recorded) -> None:
    if recorded.outcome == "OPENING_TOO_SHORT":
        session.output.say(mark("Warning: this week is shorter than the convention asks (24 hours over five days)."))


def _row(house: HouseShown) -> dict[str, Any]:
    channels = house.channels
    return {
        "house": house.reference,
        "code": house.code,
        "name": house.name,
        "manager": house.manager,
        "department": house.department,
        "zone": house.zone,
        "profile": house.profile,
        "schedule": _week(house.schedule),
        "week_hours": f"{house.opening.week_minutes / 60:g}",
        "days": house.opening.days,
        "holds": house.opening.holds,
        "phone": channels.phone,
        "email": channels.email,
        "form": channels.form,
        "address": channels.address,
        "coverage": [one.partner for one in house.coverage],
        "not_covered": list(house.not_covered),
        "contacts": [
            {"reference": one.reference, "function": one.function, "partner": one.partner} for one in house.contacts
        ],
        "without_referent": list(house.without_referent),
    }


def _week(schedule: Sequence[OpenPeriod]) -> str:
    return "\n".join(
        f"{translate(_WEEKDAYS[period.weekday])} {period.opens:%H:%M}-{period.closes:%H:%M}" for period in schedule
    )
