"""
Measure what a breach concerns, from what the ledger knows: who looked at what, what it holds, where paper is filed.

Headers, links and claims of keys select; then facts are opened, never personal values, under one reading that is
recorded before the first of them is. The measure can be taken as of any earlier instant, and sees what the log held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.errors import Invalid, NotFound
from ledger.limits import SCOPE_EXAMINED
from ledger.policies.breach_contents import Contents
from ledger.policies.breach_scope import BreachScope, Caveat, HandEntry, Tally, may_measure
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import PaperPlace, RefusalCode
from ledger.rules.profile import Power
from ledger.rules.search import shown_reference
from ledger.translation import mark
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.breach.scope_caveats import Basis, caveats
from ledger.usecases.breach.scope_examining import Examination
from ledger.usecases.breach.scope_ports import ScopeLog, Window
from ledger.usecases.breach.scope_records import Sifted, records_of, unexamined_of
from ledger.usecases.breach.scope_selecting import Selected, select
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk

PAGE = "breach.scope"


class NothingSelected(Invalid):
    """Nobody said what the breach concerns."""

    sentence = mark("Say what the breach concerns: an account, a house, a recipient, a period, a copy, or paper.")
    advice = mark("Give --agent, --device, --house, --recipient, --since, --copy-at or --paper; see --help.")


class RecipientUnknown(NotFound):
    """No recipient and no partner bears this id."""

    sentence = mark("No recipient and no partner bears the id {reference}.")
    unnamed = mark("No recipient and no partner bears this id.")
    advice = mark("See the list of partners: `ledger catalogue show --partners`.")


class ChoicesClash(Invalid):
    """Two choices were made that have nothing in common."""

    sentence = mark("A copy, paper originals and a recipient are measured each by itself.")
    advice = mark("Ask once for each. A house and a period narrow any of them; an account, all but a copy.")


class CopyAfterwards(Invalid):
    """The scope is asked for as of an instant at which the copy was not made yet."""

    sentence = mark("The copy was made after the instant as of which the scope is asked for.")
    advice = mark("Leave --as-of out, or give an instant after the copy.")


class NotYoursToMeasure(RefusedByRule):
    """Somebody who works in a house asks for more than what that house, or their own account, dealt with."""

    sentence = mark("You measure what your own house or your own account dealt with, and nothing else.")
    advice = mark("Give --house with your house; for the rest, ask the data protection officer.")


@dataclass(frozen=True)
class ScopeAsked:
    """What the breach concerns, as whoever assesses it says; the period is [since, until), all of it optional."""

    agents: tuple[UUID, ...] = ()
    device: bool = False
    """Whether it is a device that these agents worked at, rather than their accounts."""
    house: UUID | None = None
    recipient: str = ""
    since: datetime | None = None
    until: datetime | None = None
    copy_at: datetime | None = None
    with_root: bool = False
    """Whether whoever has the copy of the database has the root key too."""
    paper: PaperPlace | None = None
    any_paper: bool = False
    as_of: datetime | None = None
    by_hand: tuple[HandEntry, ...] = ()
    household: HandEntry | None = None
    """Members of households whom records tell of, as somebody counted them; None is not counted."""
    exact: bool = False
    """Whether the facts of every record are looked at, however many there are."""

    @property
    def basis(self) -> Basis:
        """
        What the selection rests on.

        :raises NothingSelected: if nothing was said
        """
        told = (
            (Basis.COPY, self.copy_at is not None),
            (Basis.PAPER, self.any_paper or self.paper is not None),
            (Basis.RECIPIENT, bool(self.recipient)),
            (Basis.DEVICE, bool(self.agents) and self.device),
            (Basis.AGENT, bool(self.agents)),
            (Basis.HOUSE, self.house is not None),
            (Basis.PERIOD, self.since is not None or self.until is not None),
            (Basis.BY_HAND, bool(self.by_hand) or (self.household is not None and self.household.people > 0)),
        )
        found = next((basis for basis, said in told if said), None)
        if found is None:
            raise NothingSelected
        return found


@dataclass(frozen=True)
class ScopeMeasured:
    """What a breach concerns, with what the figures do not say."""

    basis: Basis
    as_of: datetime
    figures: BreachScope
    caveats: tuple[Caveat, ...]
    staff: int = 0
    """Agents whose name and account stand in a copy that can be read."""

    @property
    def is_whole(self) -> bool:
        """Whether the facts of every record were looked at."""
        return not self.figures.unexamined


def measure(desk: Desk, command: Command, log: ScopeLog, asked: ScopeAsked) -> ScopeMeasured:
    """
    Measure a scope; one reading is recorded, before any fact is opened.

    :raises NothingSelected: if nothing was said
    :raises RecipientUnknown: if no recipient and no partner bears the id
    :raises ChoicesClash: if two choices have nothing in common
    :raises CopyAfterwards: if the copy is later than the instant asked for
    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE; IN_THE_FUTURE
    """
    basis, as_of = asked.basis, not_future(asked.as_of or command.at, at=command.at)
    _check(desk, asked, as_of)
    with judging(desk, command, naming=False) as judgement:
        actor = acting(desk, judgement)
        if set(asked.agents) != {actor.agent.id}:
            refusal = may_measure(asked.house, own=actor.agent.house, powers=actor.powers)
            if refusal is RefusalCode.OTHER_HOUSE:
                raise NotYoursToMeasure(refusal)
            actor.allow(refusal, Power.READ_JOURNAL)
        window = Window(log.position_at(as_of), asked.since, asked.until, asked.house)
        selected = select(log, asked, basis, window)
        judgement.read(PAGE, rows=selected.size)
        examination = Examination(judgement, log, window.upto, on=day_of(as_of))
        rules = desk.law.assessment.content(on=day_of(as_of))
        sifted = Sifted(Contents(desk.law.catalogue, rules), _recipients(desk, asked.recipient), asked.paper)
        figures = _figures(examination, selected, sifted, asked)
    return ScopeMeasured(basis, as_of, figures, caveats(basis, asked.with_root, figures, selected), selected.staff)


def _figures(examination: Examination, selected: Selected, sifted: Sifted, asked: ScopeAsked) -> BreachScope:
    """Examine the records, then the people; all counts are sums."""
    records = [*records_of(examination, selected, sifted), *unexamined_of(selected)]
    people = list(dict.fromkeys(person for each in records for person in each.people))
    standings = examination.standing(people if asked.exact else people[:SCOPE_EXAMINED])
    counted = Tally()
    for record in records:
        counted.add(record, same_as=examination.person)
    for legibility, unreadable in selected.unreadable.items():
        counted.set_apart(legibility, people=unreadable.people, records=unreadable.records)
    for kind, times in selected.unexamined.items():
        counted.leave_unexamined(kind, times, belong=not asked.recipient)
    return counted.sum(standings, asked.by_hand, asked.household)


def _check(desk: Desk, asked: ScopeAsked, as_of: datetime) -> None:
    paper = asked.any_paper or asked.paper is not None
    if (asked.copy_at is not None) + paper + bool(asked.recipient) > 1 or (asked.copy_at is not None and asked.agents):
        raise ChoicesClash
    if asked.copy_at is not None and asked.as_of is None:
        not_future(asked.copy_at, at=as_of)
    if asked.copy_at is not None and asked.copy_at > as_of:
        raise CopyAfterwards
    _recipients(desk, asked.recipient)


def _recipients(desk: Desk, recipient: str) -> frozenset[str]:
    """
    Give the ids under which data went to a recipient: its own or those of a partner's bodies, and the partner's.

    :raises RecipientUnknown: if there is none
    """
    if not recipient:
        return frozenset()
    partners = desk.law.partners
    bodies = [each for each in partners.recipient_files.values() if recipient in (each.id, each.partner)]
    found = {each.id for each in bodies} | {each.partner for each in bodies if each.partner}
    found |= {recipient} & partners.files.keys()
    if not found:
        raise RecipientUnknown(reference=shown_reference(recipient))
    return frozenset(found)
