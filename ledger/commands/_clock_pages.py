"""What the clocks say: one row to programs, sentences to people, and the notes that a result needs beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any

from ledger.commands._clock_words import day_in_words, instant_in_words, zone_in_words
from ledger.commands._context import Session
from ledger.commands._labels import label
from ledger.commands._output import Column
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.rules.answer_clock import AnswerClock
    from ledger.rules.breach_clock import BreachClock
    from ledger.rules.houses import Territory
    from ledger.rules.law import Law
    from ledger.rules.periods import Period
    from ledger.rules.retention_clock import RetentionClock
    from ledger.rules.rights_clock import RightsClock


def tell(session: Session, row: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Say it in sentences to people, in one row to programs."""
    if session.output.for_people:
        for line in lines:
            session.output.verbatim(line)
    else:
        session.output.record([Column(name, name) for name in row], row)


def breach_lines(found: BreachClock) -> list[str]:
    """Say the ends of the term of a breach, the contested one as what it is."""
    said = (
        (mark("Aware: {instant}."), found.aware_at),
        (mark("Notify before {instant}: this is the target, to plan on."), found.target),
        (
            mark("Legal end: {instant}. From then on it is late, and the reasons must be given (GDPR 33(1))."),
            found.legal_end,
        ),
        (
            mark(
                "Contested end: {instant}. Two working days at least (Regulation 1182/71 art. 3(5)): some authorities "
                "refuse this reading; never plan on it."
            ),
            found.contested_end,
        ),
    )
    counted = translate(mark("Counted by the rule pack {pack}, by the clock of {zone}."))
    return [
        *(translate(text).format(instant=instant_in_words(instant)) for text, instant in said),
        counted.format(pack=found.rule_pack, zone=zone_in_words(found.aware_at)),
    ]


def answer_lines(found: AnswerClock, hours: int) -> list[str]:
    """Say by when a request is answered, and in which reading."""
    read_as = translate(mark("Reading {code} of {hours} h ouvrées: {words}. The law does not define these words."))
    return [
        translate(mark("Received: {instant}.")).format(instant=instant_in_words(found.received_at)),
        translate(mark("Answer before {instant}.")).format(instant=instant_in_words(found.due_at)),
        read_as.format(code=found.reading.value, hours=hours, words=label(found.reading)),
    ]


def rights_lines(found: RightsClock) -> list[str]:
    """Say by when a person who uses a right is answered."""
    lines = [
        translate(mark("Received: {day}.")).format(day=day_in_words(found.received_on)),
        translate(mark("Answer by {day} included (GDPR 12(3)).")).format(day=day_in_words(found.due_on)),
    ]
    if found.extended_due_on is not None:
        extended = mark("Extended: by {day} included, if the person was told why before the first end.")
        lines.append(translate(extended).format(day=day_in_words(found.extended_due_on)))
    return lines


def retention_lines(found: RetentionClock) -> list[str]:
    """Say when a record falls due, by which row of the schedule."""
    term = found.term
    lines = [
        translate(mark("Kept: {kept}.")).format(kept=label(term.retention_class)),
        translate(mark("The term runs from this event: {event}.")).format(event=term.runs_from),
        translate(mark("Source: {source}.")).format(source=term.source),
    ]
    if found.last_day is not None:
        lines.append(translate(mark("Last day of the term: {day}.")).format(day=day_in_words(found.last_day)))
    if found.eligible_at is None:
        return [*lines, translate(mark("No date follows from this event alone."))]
    due = translate(mark("May go from this instant on: {instant}."))
    return [*lines, due.format(instant=instant_in_words(found.eligible_at))]


def note_early(session: Session, period: Period, day: date) -> None:
    """Say that a day comes before the rule that it was counted by."""
    if day < period.start:
        session.output.say(
            mark("This rule holds from {start} on; the day given comes before it, and is counted as if it held."),
            start=period.start,
        )


def note_territory(session: Session, law: Law, territory: Territory | None, zone: tzinfo | None) -> None:
    """Say what a territory named leaves open: holidays of its own that are not known here, a clock that is not its."""
    if territory is None:
        return
    rule = law.clocks.territories[territory]
    if rule.national_only:
        only = mark("{territory}: only the national holidays are counted; the territory has its own, which you check.")
        session.output.say(only, territory=territory)
    if zone is not None and getattr(zone, "key", "") not in rule.zones:
        other = mark("The clock that counts is not one of {territory} ({zones}): name it with --zone if it should be.")
        session.output.say(other, territory=territory, zones=rule.zones)
