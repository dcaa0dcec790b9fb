"""`ledger breach scope`: how many people and records a breach concerns, and which data, from what the ledger knows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from ledger.commands._breach_noun import command
from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Instant
from ledger.commands._words import option
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.usecases.breach.scope import ScopeAsked


class DeviceOfNobody(Invalid):
    """A device is named, and nobody who worked at it."""

    sentence = mark("The ledger knows no devices: say whose sessions were open on it.")
    advice = mark("Give --agent once for each agent who worked at it. If it held the database, give --copy-at.")


class RootOfNoCopy(Invalid):
    """The root key is said to be gone, and no copy of the database."""

    sentence = mark("--with-root says who has the root key beside a copy; no copy was named.")
    advice = mark("Give --copy-at with the instant at which the copy was made.")


class HouseholdUncounted(Invalid):
    """The data of members of households are said, and not how many they are."""

    sentence = mark("--household-category says which data of members of households; how many they are was not said.")
    advice = mark("Give --household with their number.")


class CountReversed(Invalid):
    """The period ends before it begins."""

    sentence = mark("The period ends before it begins.")
    advice = mark("Give its beginning with --since, and its end with --until.")


@command.verb(
    "scope",
    help=mark(
        "Measure what a breach concerns: people, records, data, who is weak, who can be reached.\n\n"
        "Say what it is about: an account (--agent), a device that agents worked at (--device --agent), a house, a "
        "recipient or partner, a period, a copy of the database (--copy-at), or the paper originals of a house "
        "(--paper --house). Facts are opened, personal values never; one reading is recorded. Of very many "
        "records a part is examined, and that is said, unless --exact is given."
    ),
    examples=(
        'ledger breach scope --agent 1a2b3c4d --since "05/06/2026 18:00"',
        'ledger breach scope --copy-at "05/06/2026 12:00" --with-root --exact',
        "ledger breach scope --paper --house 1a2b3c4d --by-hand 12 --category civil-status",
        "ledger breach scope --house 1a2b3c4d --household 31 --household-category civil-status",
        "ledger breach scope --recipient caf --since 2026-06-01T00:00+02:00 --breach 1a2b3c4d --json",
    ),
)
@option("--agent", "agents", multiple=True, metavar=mark("AGENT"), help=mark("What this agent dealt with."))
@option("--device", is_flag=True, help=mark("It is a device that the agents worked at, not their accounts."))
@option("--house", metavar=mark("HOUSE"), help=mark("What this house dealt with; narrows every other choice."))
@option("--recipient", default="", metavar=mark("CODE"), help=mark("What went to this recipient or partner."))
@option("--since", type=Instant(), help=mark("From this instant on."))
@option("--until", type=Instant(), help=mark("Up to, and without, this instant."))
@option("--copy-at", type=Instant(), help=mark("A copy of the database as it was at this instant."))
@option("--with-root", is_flag=True, help=mark("Whoever has the copy has the root key too."))
@option("--paper", "any_paper", is_flag=True, help=mark("The paper originals of mandates that the house files."))
@option(
    "--place", "paper", type=Word("ledger.policies.vocabulary:PaperPlace"), help=mark("Only those filed in this place.")
)
@option("--as-of", type=Instant(), help=mark("As the ledger stood at this instant, if not now."))
@option(
    "--by-hand", type=click.IntRange(min=0), default=0, metavar="N",
    help=mark("So many people more, whom the ledger does not know."),
)  # fmt: skip
@option(
    "--by-hand-records", type=click.IntRange(min=0), metavar="N",
    help=mark("How many records of theirs; as many as people if not said."),
)  # fmt: skip
@option(
    "--category", "categories", multiple=True, type=Word("ledger.rules.cnil:DataCategory"),
    help=mark("Which data of theirs; one option for each."),
)  # fmt: skip
@option(
    "--household", type=click.IntRange(min=0), metavar="N",
    help=mark("So many members of households more, whom these data tell of; 0 if there are none."),
)  # fmt: skip
@option(
    "--household-category", "household_categories", multiple=True, type=Word("ledger.rules.cnil:DataCategory"),
    help=mark("Which data of theirs, besides what the ledger knows; one option for each."),
)  # fmt: skip
@option("--exact", is_flag=True, help=mark("Examine every record, however long it takes."))
@option("--breach", metavar=mark("BREACH"), help=mark("Keep the figures with this breach."))
def scope(session: Session, breach: str | None, **options: Any) -> None:
    """Measure a scope."""
    from ledger.bootstrap.scoping import LedgerScopeLog
    from ledger.commands._breach_figures import show_scope
    from ledger.usecases.breach.scope import measure

    asked = _asked(session, **options)
    kept_with = _breach(session, breach)
    measured = measure(session.desk, session.reading(), LedgerScopeLog(session.ledger), asked)
    if kept_with is not None:
        from ledger.usecases.breach.attach_scope import attach_scope

        attach_scope(session.desk, session.command, kept_with, measured)
    show_scope(session, measured, breach=kept_with)


def _asked(
    session: Session,
    *,
    agents: tuple[str, ...],
    house: str | None,
    by_hand: int,
    by_hand_records: int | None,
    categories: tuple[Any, ...],
    household: int | None,
    household_categories: tuple[Any, ...],
    since: datetime | None,
    until: datetime | None,
    **more: Any,
) -> ScopeAsked:
    """
    Put the options together.

    :raises DeviceOfNobody: if a device is named without an agent
    :raises RootOfNoCopy: if the root key is said to be gone without a copy
    :raises HouseholdUncounted: if members of households have data and no number
    :raises CountReversed: if the period ends before it begins
    """
    from ledger.aggregates.agent import Agent
    from ledger.aggregates.house import House
    from ledger.policies.breach_scope import HandEntry
    from ledger.usecases.breach.scope import ScopeAsked

    if more["device"] and not agents:
        raise DeviceOfNobody
    if more["with_root"] and more["copy_at"] is None:
        raise RootOfNoCopy
    if household is None and household_categories:
        raise HouseholdUncounted
    if since is not None and until is not None and since >= until:
        raise CountReversed
    hand = HandEntry(by_hand, by_hand if by_hand_records is None else by_hand_records, frozenset(categories))
    return ScopeAsked(
        agents=tuple(session.reference(Agent, each, name="--agent") for each in dict.fromkeys(agents)),
        house=session.reference(House, house, name="--house") if house else None,
        since=since,
        until=until,
        by_hand=(hand,) if hand.people or hand.records else (),
        household=None if household is None else HandEntry(household, 0, frozenset(household_categories)),
        **more,
    )


def _breach(session: Session, typed: str | None) -> UUID | None:
    from ledger.aggregates.breach import Breach

    return session.reference(Breach, typed, name="--breach") if typed else None
