"""`ledger breach`: what is on record of one, the list, the register; the clock and the next step in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ledger.commands._breach_noun import BREACH, BREACH_HELP, command, reference_of
from ledger.commands._context import Session
from ledger.commands._words import argument, option
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from uuid import UUID

    from ledger.usecases.breach.register import RegisterEntry
    from ledger.usecases.breach.show import BreachShown
    from ledger.usecases.subject.opening import Opened

NEXT = {
    "become-aware": mark(
        "Find out fast whether personal data are compromised. As soon as it is certain: `ledger breach aware {breach}`."
    ),
    "record-awareness": mark(
        "A processor told the house, which is aware from then on at the latest; the clock runs. Record it: `ledger "
        "breach aware {breach} --at`, with that instant or an earlier one."
    ),
    "notify": mark(
        "Tell the CNIL, with what is known now: `ledger breach form {breach} --type initial`, then `ledger breach "
        "sent`."
    ),
    "complain": mark("Complain to the police of the attack: `ledger breach close-line {breach} insurance done`."),
    "tell-controller": mark("Tell the controller without delay: `ledger breach close-line {breach} controller done`."),
    "tell-prefect": mark("Tell the prefect of the lost archives: `ledger breach close-line {breach} prefect done`."),
    "warn-nis2": mark("Send the warnings of NIS 2: `ledger breach close-line {breach} nis2 done`."),
    "describe": mark("Say what was violated and how: `ledger breach describe {breach}`."),
    "measure": mark("Measure what it concerns: `ledger breach scope --breach {breach}`."),
    "assess": mark("Have the controller's delegate assess the risk: `ledger breach assess {breach}`."),
    "ask-officer": mark("Call the data protection officer, and record the opinion: `ledger breach opinion {breach}`."),
    "decide-on-people": mark("Decide whether the people are told: `ledger breach inform {breach} --decision`."),
    "tell-people": mark(
        "Tell the people: `ledger breach message {breach}`, then `ledger breach inform {breach} --told`."
    ),
    "complement": mark("Complete the notification: `ledger breach form {breach} --type complementary`."),
    "remedy": mark("Record what was done against it: `ledger breach remedy {breach}`."),
    "close-lines": mark("Close each line of duty for its reason: `ledger breach close-line {breach}`."),
    "close": mark("Close it: `ledger breach close {breach} handled`."),
    "learn": mark("Nothing is left to do. For new facts: `ledger breach reopen {breach}`."),
}
"""What each next step is, and the command for it."""


def tell_clock(session: Session, breach: UUID) -> None:
    """Tell a person the clock that runs; a program asks for it with `ledger breach show --json`."""
    from ledger.commands._clock_pages import breach_lines
    from ledger.usecases.breach.notify import clock_of

    if not session.output.for_people:
        return
    clock = clock_of(session.desk, session.reading(), breach)
    if clock is not None:
        for line in breach_lines(clock):
            session.output.verbatim(line)


def tell_next(session: Session, breach: UUID) -> None:
    """Tell a person what to do next."""
    from ledger.usecases.breach.show import show

    if session.output.for_people:
        _say_next(session, show(session.desk, session.reading(), breach))


def _say_next(session: Session, found: BreachShown) -> None:
    session.output.verbatim("")
    session.output.verbatim(translate(mark("What to do now:")))
    for number, step in enumerate(found.next_steps, start=1):
        text = translate(NEXT[step]).format(breach=session.output.words(found.id))
        session.output.verbatim(f"{number}. {text}")


@command.verb(
    "show",
    help=mark(
        "Show a breach: its clocks, its lines of duty, what was sent, and what to do now; its narratives stay "
        "closed.\n\n"
        "The narratives are in `ledger breach register`, for whoever audits or decides. The look is recorded."
    ),
    examples=("ledger breach show 1a2b3c4d", "ledger breach show 1a2b3c4d --json"),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
def show_(session: Session, breach: str) -> None:
    """Show one breach."""
    from ledger.usecases.breach.show import show

    found = show(session.desk, session.reading(), reference_of(session, breach))
    session.output.record(_columns(), _row(found))
    if session.output.for_people:
        session.output.verbatim("")
        session.output.listing(_line_columns(), [vars(line) for line in found.lines], empty=mark("No line runs."))
        _say_next(session, found)


@command.verb(
    "list",
    help=mark("List the breaches, oldest first: those of your house, or all for whoever audits, advises or decides."),
    examples=("ledger breach list", "ledger breach list --open"),
)
@option("--open", "only_open", is_flag=True, help=mark("Only those that are not closed."))
def list_(session: Session, only_open: bool) -> None:
    """List the breaches."""
    from ledger.commands._output import Column
    from ledger.usecases.breach.show import show_all

    columns = [
        Column("breach", mark("Reference")), Column("signalled_at", mark("First signal")),
        Column("aware_at", mark("Aware")), Column("target", mark("To notify by")),
        Column("legal_end", mark("Legal end")), Column("notified", mark("Notified")), Column("risk", mark("Risk")),
        Column("next", mark("Next")), Column("closed_at", mark("Closed")), Column("house", mark("House")),
    ]  # fmt: skip
    rows = [_row(found) for found in show_all(session.desk, session.reading(), only_open=only_open)]
    session.output.listing(columns, rows, empty=mark("No breach is on record."))


def list_unfinished(session: Session) -> None:
    """List the declarations that wait to be resumed."""
    from ledger.commands._output import Column
    from ledger.usecases.breach.declaring import left_of
    from ledger.usecases.breach.show import show_all

    columns = [
        Column("breach", mark("Reference")), Column("recorded_at", mark("Declared")),
        Column("left", mark("To resume at")),
    ]  # fmt: skip
    found = show_all(session.desk, session.reading(), only_open=True)
    rows = [
        {"breach": each.id, "recorded_at": each.recorded_at, "left": left} for each in found if (left := left_of(each))
    ]
    session.output.listing(columns, rows, empty=mark("There is no declaration to resume."))


@command.verb(
    "register",
    help=mark(
        "Give the register of breaches: facts, effects, remedies, reasons for not notifying (GDPR 33(5)).\n\n"
        "For whoever audits or decides: its narratives are opened, under one recorded look. With --csv or --json it is "
        "the export that the CNIL may ask for."
    ),
    examples=("ledger breach register", "ledger breach register --csv", "ledger breach register 1a2b3c4d --json"),
)
@argument("breach", required=False, metavar=BREACH, help=mark("One breach only."))
def register_(session: Session, breach: str | None) -> None:
    """Give the register."""
    from ledger.usecases.breach.register import read_register

    reference = reference_of(session, breach) if breach else None
    entries = read_register(session.desk, session.reading(), reference)
    rows = [_row(each.breach) | _texts(each) for each in entries]
    columns = [*_columns(), *_text_columns()]
    if session.output.for_people and rows:
        for number, row in enumerate(rows):
            if number:
                session.output.verbatim("")
            session.output.record(columns, row)
        return
    session.output.listing(columns, rows, empty=mark("No breach is on record."))


def _columns() -> list[Any]:
    from ledger.commands._output import Column

    return [
        Column("breach", mark("Reference")), Column("house", mark("House")),
        Column("signalled_at", mark("First signal")), Column("recorded_at", mark("Declared")),
        Column("occurred", mark("Occurred")), Column("began_at", mark("From")), Column("ended_at", mark("To")),
        Column("aware_at", mark("Aware")), Column("corrected", mark("Aware, as first recorded")),
        Column("target", mark("To notify by")), Column("legal_end", mark("Legal end")),
        Column("contested_end", mark("Contested end"), for_people=False),
        Column("rule_pack", mark("Rule pack"), for_people=False), Column("clocks", mark("Clocks"), for_people=False),
        Column("natures", mark("Violated")), Column("origins", mark("Origin")), Column("causes", mark("Cause")),
        Column("people", mark("People")), Column("records", mark("Records")), Column("data", mark("Data")),
        Column("score", mark("Severity")), Column("band", mark("Band")), Column("risk", mark("Risk")),
        Column("gravity", mark("Gravity")), Column("consequences", mark("Consequences")),
        Column("opinions", mark("Opinions")), Column("notified", mark("Notified")),
        Column("notifications", mark("Notifications"), for_people=False),
        Column("complementary_due", mark("Complementary by")), Column("information", mark("Telling the people")),
        Column("people_told", mark("People told")), Column("processors", mark("Told by a processor")),
        Column("lines", mark("Lines of duty"), for_people=False), Column("endings", mark("Lines closed")),
        Column("loss", mark("Loss")), Column("linked", mark("Linked to")), Column("ending", mark("Ended as")),
        Column("closed_at", mark("Closed")), Column("next", mark("Next"), for_people=False),
    ]  # fmt: skip


def _text_columns() -> list[Any]:
    from ledger.commands._output import Column

    return [
        Column("account", mark("Facts")), Column("effects", mark("Effects")), Column("remedies", mark("Remedies")),
        Column("reasons", mark("Reasons")),
    ]  # fmt: skip


def _line_columns() -> list[Any]:
    from ledger.commands._output import Column

    return [
        Column("line", mark("Line")), Column("runs_from", mark("Runs from")), Column("target", mark("Target")),
        Column("due_at", mark("End")), Column("closed_at", mark("Closed")), Column("ending", mark("Why")),
        Column("about", mark("About")), Column("reference", mark("Number")),
    ]  # fmt: skip


def _row(found: BreachShown) -> dict[str, Any]:
    clock = found.clocks[-1] if found.clocks else None
    occurrence, figures, assessment = found.occurrence, found.figures, found.assessment
    return {
        "breach": found.id,
        "house": found.house,
        "signalled_at": found.signalled_at,
        "recorded_at": found.recorded_at,
        "occurred": occurrence.kind if occurrence else None,
        "began_at": occurrence.began_at if occurrence else None,
        "ended_at": occurrence.ended_at if occurrence else None,
        "aware_at": clock.aware_at if clock else None,
        "corrected": list(found.corrected),
        "target": clock.target if clock else None,
        "legal_end": clock.legal_end if clock else None,
        "contested_end": clock.contested_end if clock else None,
        "rule_pack": clock.rule_pack if clock else None,
        "clocks": [vars(each) for each in found.clocks],
        "natures": list(found.natures),
        "origins": list(found.origins),
        "causes": list(found.causes),
        "people": figures.people if figures else None,
        "records": figures.records if figures else None,
        "data": [each.category for each in figures.categories] if figures else [],
        "score": f"{assessment.score:f}" if assessment else None,
        "band": assessment.band if assessment else None,
        "risk": found.risk,
        "gravity": assessment.gravity if assessment else None,
        "consequences": list(assessment.consequences) if assessment else [],
        "loss": found.loss,
        "linked": list(found.linked),
        "ending": found.ending,
        "closed_at": found.closed_at,
        "next": list(found.next_steps),
        **_done(found),
    }


def _done(found: BreachShown) -> Mapping[str, Any]:
    """Give what was done: opinions, notifications, telling the people, lines closed."""
    return {
        "opinions": [{"on": on, "opinion": opinion} for on, opinion in found.opinions],
        "notified": [{"type": each.form_type, "sent_at": each.sent_at} for each in found.notifications],
        "notifications": [vars(each) for each in found.notifications],
        "complementary_due": found.complementary_due,
        "information": found.information,
        "people_told": found.people_told or None,
        "processors": [vars(each) for each in found.processors],
        "lines": [vars(each) for each in found.lines],
        "endings": [{"line": each.line, "ending": each.ending} for each in found.lines if each.closed_at],
    }


def _texts(entry: RegisterEntry) -> dict[str, Any]:
    return {
        "account": _written(entry.account),
        "effects": _written(entry.effects),
        "remedies": _written(entry.remedies),
        "reasons": _written(entry.reasons),
    }


def _written(texts: Iterable[Opened]) -> list[Any]:
    """Give the texts that say something, or that they are destroyed."""
    from ledger.commands._output import shown

    return [text for each in texts if (text := shown(each))]
