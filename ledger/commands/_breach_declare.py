"""`ledger breach declare`: for somebody who has just found it, one question at a time, or from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ledger.commands._breach_noun import command, reference_of
from ledger.commands._breach_pages import list_unfinished, tell_clock, tell_next
from ledger.commands._breach_questions import DECLARATION, OF_STEP, Told
from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Instant
from ledger.commands._words import option
from ledger.errors import Invalid, Refused
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID

    from ledger.usecases.breach.declaring import DeclarationStep

FIRST_SCREEN = mark(
    "You may have found a breach of personal data. Telling it is right: nobody is blamed for telling.\n"
    "1. Stop what can be stopped: call the letter back, take the device off the network. Delete nothing.\n"
    "2. Answer what you know here. Three answers are enough to begin, and each step is kept, sealed: you may stop at\n"
    "   any time and go on later.\n"
    "3. Then call the data protection officer. You will see by when the CNIL must be told, to the minute.\n"
)


@command.verb(
    "declare",
    writes=True,
    help=mark(
        "Declare a breach, or what may be one: anybody enrolled does, with as little as they know.\n\n"
        "At a terminal one question is asked at a time; a declaration that is cut short goes on with --resume. "
        "Programs give every answer as an option, or as JSON with --from: account, first_signal, occurred (over, "
        "ongoing, unknown), began_at, ended_at, name, contact, processor, processor_told_at, processor_aware_at, "
        "aware_at, grounds, natures, origins, causes, people, records, categories, attack_known_at. Texts have no "
        "option: they are typed or read."
    ),
    examples=(
        "ledger breach declare",
        "ledger breach declare --from violation.json --json",
        "ledger breach declare --loss 1a2b3c4d",
        "ledger breach declare --resume 1a2b3c4d",
        "ledger breach declare --pending",
    ),
)
@option("--resume", metavar=mark("BREACH"), help=mark("Go on with a declaration that was cut short."))
@option("--pending", is_flag=True, help=mark("List the declarations that wait to be resumed."))
@option("--loss", metavar=mark("LOSS"), help=mark("The loss of data that it was found by; its duty is closed with it."))
@option("--house", metavar=mark("HOUSE"), help=mark("The house it happened in, if not yours."))
@option("--first-signal", type=Instant(), help=mark("When it was first noticed."))
@option(
    "--occurred", type=Word("ledger.policies.breach_vocabulary:OccurrenceKind"), help=mark("What is known of when.")
)
@option("--began-at", type=Instant(), help=mark("When it began."))
@option("--ended-at", type=Instant(), help=mark("When it ended."))
@option("--processor", metavar=mark("ORGANISATION"), help=mark("Which processor told the house of it."))
@option("--processor-told-at", type=Instant(), help=mark("When the processor told the house."))
@option("--processor-aware-at", type=Instant(), help=mark("Since when the processor itself was aware, if it says so."))
@option("--aware-at", type=Instant(), help=mark("Since when it is certain that personal data are compromised."))
@option(
    "--nature", "natures", multiple=True, type=Word("ledger.rules.cnil:BreachNature"), help=mark("What was violated.")
)
@option(
    "--origin", "origins", multiple=True, type=Word("ledger.rules.cnil:BreachOrigin"), help=mark("How it came about.")
)
@option("--cause", "causes", multiple=True, type=Word("ledger.rules.cnil:BreachCause"), help=mark("Who caused it."))
@option("--people", type=click.IntRange(min=0), metavar="N", help=mark("How many people you think are concerned."))
@option("--records", type=click.IntRange(min=0), metavar="N", help=mark("How many records you think are concerned."))
@option(
    "--category", "categories", multiple=True, type=Word("ledger.rules.cnil:DataCategory"), help=mark("Which data.")
)
@option("--attack-known-at", type=Instant(), help=mark("Since when it is known that a system was attacked."))
@option(
    "--from", "--answers", "source", metavar=mark("FILE"),
    help=mark('Read the answers as JSON from this file, or from standard input for "-", instead of asking.'),
)  # fmt: skip
def declare_(
    session: Session,
    resume: str | None,
    source: str | None,
    loss: str | None,
    house: str | None,
    *,
    pending: bool,
    **given: Any,
) -> None:
    """Declare a breach."""
    if pending:
        list_unfinished(session)
        return
    path = _Path(session, given, loss=loss, house=house)
    if resume is not None:
        path.go_on(reference_of(session, resume))
    elif source is None and path.at_terminal:
        path.begin()
    else:
        path.at_once(source)


class _Path:
    """One declaration, at a terminal or at once."""

    def __init__(self, session: Session, given: Mapping[str, Any], *, loss: str | None, house: str | None) -> None:
        self._session = session
        self._given = {name: value for name, value in given.items() if value not in (None, ())}
        self._loss, self._house = loss, house

    @property
    def at_terminal(self) -> bool:
        """Whether somebody is there to be asked."""
        import sys

        return sys.stdin.isatty()

    def at_once(self, source: str | None) -> None:
        """Declare with all the answers there are."""
        from ledger.commands._input import answers

        found = answers(self._session, DECLARATION, source=source, given=self._given)
        self._record(Told(found))

    def begin(self) -> None:
        """Say what to do first, then ask; the first step makes it a declaration."""
        from ledger.usecases.breach.declaring import LATER_STEPS, DeclarationStep

        self._session.output.say(FIRST_SCREEN)
        told = self._asked(DeclarationStep.SIGNAL, {})
        breach = self._until_taken(DeclarationStep.SIGNAL, told, self._signal)
        self._session.output.say(
            mark("Kept under {breach}. If you are cut short, go on with `ledger breach declare --resume {breach}`."),
            breach=breach,
        )
        self._rest(breach, LATER_STEPS)

    def go_on(self, breach: UUID) -> None:
        """Ask what is left of a declaration."""
        from ledger.usecases.breach.declaring import steps_left

        self._rest(breach, steps_left(self._session.desk, self._session.reading(), breach))

    def _rest(self, breach: UUID, steps: tuple[DeclarationStep, ...]) -> None:
        for step in steps:
            told = self._asked(step, {})
            if not told.is_empty:
                self._until_taken(step, told, partial(self._later, step, breach))
        self._end(breach, repeated=False)

    def _asked(self, step: DeclarationStep, known: Mapping[str, Any]) -> Told:
        """Ask the questions of one step that are not answered; those that an answer calls for come after it."""
        from ledger.commands._input import answers

        found = dict(known)
        for question, is_asked in OF_STEP[step]:
            if question.name in self._given:
                found[question.name] = self._given[question.name]
            elif question.name not in found and is_asked(found):
                found |= answers(self._session, (question,), source=None)
        return Told(found)

    def _until_taken(self, step: DeclarationStep, told: Told, record: Callable[[Told], UUID]) -> UUID:
        """Record a step; where an answer is refused, say why and ask for its instants again, keeping the rest."""
        while True:
            try:
                return record(told)
            except (Invalid, Refused) as trouble:
                if not told.instants or self._session.keyed:
                    raise
                self._session.output.say(trouble.explain())
                self._session.output.say(trouble.next_step())
                self._given = {name: value for name, value in self._given.items() if name not in told.instants}
                told = self._asked(step, told.without_instants)

    def _signal(self, told: Told) -> UUID:
        from ledger.usecases.breach.declare import declare
        from ledger.usecases.breach.declaring import DeclarationStep, step_command

        signal = told.declaration(loss=self._loss_of(), house=self._house_of())
        return declare(
            self._session.desk,
            step_command(self._session.command, DeclarationStep.SIGNAL, at=self._session.now()),
            signal,
        ).streams[0]

    def _later(self, step: DeclarationStep, breach: UUID, told: Told) -> UUID:
        from ledger.usecases.breach.aware import become_aware
        from ledger.usecases.breach.declaring import DeclarationStep, step_command
        from ledger.usecases.breach.describe import describe, estimate, hear_processor
        from ledger.usecases.breach.lines import open_line

        desk = self._session.desk
        command = step_command(self._session.command, step, at=self._session.now())
        if step is DeclarationStep.PROCESSOR:
            if (heard := told.by_processor) is not None:
                hear_processor(
                    desk, command, breach, heard.processor, told_at=heard.told_at, processor_aware_at=heard.aware_at
                )
        elif step is DeclarationStep.AWARENESS:
            become_aware(desk, command, breach, aware_at=told.said["aware_at"], grounds=told.said.get("grounds") or "")
        elif step is DeclarationStep.KINDS:
            describe(desk, command, breach, kinds=told.kinds)
            if (known_at := told.said.get("attack_known_at")) is not None:
                open_line(desk, told.attack(command), breach, told.attack_line, runs_from=known_at)
        else:
            estimate(desk, command, breach, told.estimate)
        return breach

    def _record(self, told: Told) -> None:
        from ledger.usecases.breach.declare import declare

        declaration = told.declaration(loss=self._loss_of(), house=self._house_of())
        recorded = declare(self._session.desk, self._session.command, declaration)
        self._end(recorded.streams[0], repeated=recorded.repeated)

    def _end(self, breach: UUID, *, repeated: bool) -> None:
        self._session.output.done(mark("Breach declared: {breach}."), breach=breach, repeated=repeated)
        tell_clock(self._session, breach)
        tell_next(self._session, breach)

    def _loss_of(self) -> UUID | None:
        from ledger.aggregates.loss import Loss

        return self._session.reference(Loss, self._loss, name="--loss") if self._loss else None

    def _house_of(self) -> UUID | None:
        from ledger.aggregates.house import House

        return self._session.reference(House, self._house, name="--house") if self._house else None
