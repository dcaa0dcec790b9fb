"""`ledger breach form`: what is keyed into the CNIL's form, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.commands._breach_noun import command
from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._words import argument, option
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.policies.breach_vocabulary import Occurrence
    from ledger.policies.notification_form import Answer, FormQuestion
    from ledger.usecases.breach.notification import FormReady

_BREACH = mark("BREACH")
_BREACH_HELP = mark("The reference of the breach.")


@command.verb(
    "form",
    help=mark(
        "Print what to key into the CNIL's form, in its order, with what is missing first.\n\n"
        "An initial notification needs little: who notifies, whom to call, since when the house is aware; the rest "
        "follows. A complete one is refused while a mandatory part is missing. After the legal end every one must "
        "give the reasons for the delay (GDPR 33(1))."
    ),
    examples=(
        "ledger breach form 1a2b3c4d --type initial",
        "ledger breach form 1a2b3c4d --type complementary --initial-number FR-2026-1234",
        "ledger breach form 1a2b3c4d --type complete --dpo dpo@exemple.fr --json",
    ),
)
@argument("breach", metavar=_BREACH, help=_BREACH_HELP)
@option(
    "--type", "form_type", required=True, type=Word("ledger.rules.cnil:FormType"),
    help=mark("Which notification it is."),
)  # fmt: skip
@option("--organisation", default="", metavar=mark("NAME"), help=mark("Who notifies, if not the house's manager."))
@option("--contact", default="", metavar=mark("CONTACT"), help=mark("Whom the CNIL may call, if not the house."))
@option("--dpo", default="", metavar=mark("CONTACT"), help=mark("The data protection officer's name and contact."))
@option(
    "--initial-number", default="", metavar=mark("RECEIPT"),
    help=mark("The number of the initial notification, if the record does not have it."),
)  # fmt: skip
@option("--delay-reasons", default="", metavar=mark("TEXT"), help=mark("Why it is late, where it is."))
@option(
    "--attachment", "attachments", multiple=True, metavar=mark("TITLE"),
    help=mark("What goes with it; one option for each."),
)  # fmt: skip
def form(session: Session, breach: str, form_type: Any, **stated: Any) -> None:
    """Print a notification."""
    from ledger.aggregates.breach import Breach
    from ledger.usecases.breach.notification import Stated, notification

    reference = session.reference(Breach, breach, name="breach")
    ready = notification(session.desk, session.reading(), reference, form_type=form_type, stated=Stated(**stated))
    if session.output.for_people:
        _say_why_not(session, ready)
    ready.form.must_be_ready()
    if session.output.for_people:
        for line in _lines(session, ready):
            session.output.verbatim(line)
    else:
        _as_data(session, ready)


def _say_why_not(session: Session, ready: FormReady) -> None:
    """Tell people in words what stands in the way, if anything does; programs read the codes in the error."""
    for contradiction in ready.form.contradictions:
        session.output.say(mark("Contradiction: {what}."), what=contradiction)
    for question in ready.form.missing:
        session.output.say(mark("Missing: {what}."), what=question)


def _lines(session: Session, ready: FormReady) -> Iterator[str]:
    """Give the form as people read it: what follows later, the clock, then every section with its answers."""
    from ledger.commands._labels import label
    from ledger.policies.notification_form import SECTIONS

    words = session.output.words
    if ready.form.to_follow:
        yield translate(mark("Not known yet; say in the form that it will follow:"))
        yield from (f"  * {label(question)}" for question in ready.form.to_follow)
        yield ""
    yield translate(mark("To be sent before {end} (target: {target}).")).format(
        end=words(ready.clock.legal_end), target=words(ready.clock.target)
    )
    for number, (section, questions) in enumerate(SECTIONS.items(), start=1):
        answered = [(question, _spoken(session, ready.form.answers[question])) for question in questions]
        yield ""
        yield f"{number}. {label(section)}"
        yield from (f"  {_asked(question)} {text}" for question, text in answered if text)
        if not any(text for _, text in answered):
            yield f"  {translate(mark('nothing'))}"


def _asked(question: FormQuestion) -> str:
    from ledger.commands._labels import label

    return translate(mark("{question}:")).format(question=label(question))


def _spoken(session: Session, answer: Answer) -> str:
    from ledger.policies.breach_vocabulary import Occurrence

    if answer is None or answer == "":
        return ""
    if isinstance(answer, Occurrence):
        return _occurred(session, answer)
    if isinstance(answer, tuple):
        return ", ".join(session.output.words(each) for each in answer)
    return session.output.words(answer)


def _occurred(session: Session, occurrence: Occurrence) -> str:
    """Say when it occurred: over, going on, or unknown."""
    from ledger.policies.breach_vocabulary import OccurrenceKind

    words, began_at, ended_at = session.output.words, occurrence.began_at, occurrence.ended_at
    if occurrence.kind is OccurrenceKind.UNKNOWN:
        return translate(mark("not known"))
    if occurrence.kind is OccurrenceKind.OVER:
        return translate(mark("from {began} to {ended}")).format(began=words(began_at), ended=words(ended_at))
    if began_at is None:
        return translate(mark("still going on, since when is not known"))
    return translate(mark("still going on, since {began}")).format(began=words(began_at))


def _as_data(session: Session, ready: FormReady) -> None:
    """Give the form as one row: its shape is documented in docs/reference/notification-form.md."""
    from ledger.commands._output import Column
    from ledger.policies.notification_form import SECTIONS

    row = {
        "breach": ready.breach,
        "type": ready.form.form_type,
        "to_follow": list(ready.form.to_follow),
        "aware_at": ready.clock.aware_at,
        "target": ready.clock.target,
        "legal_end": ready.clock.legal_end,
        "rule_pack": ready.clock.rule_pack,
        "sections": [
            {"section": section, "answers": {each: _plain(ready.form.answers[each]) for each in questions}}
            for section, questions in SECTIONS.items()
        ],
    }
    session.output.listing([Column(name, name) for name in row], [row])


def _plain(answer: Answer) -> object:
    from ledger.policies.breach_vocabulary import Occurrence

    if isinstance(answer, Occurrence):
        instants: dict[str, datetime | None] = {"from": answer.began_at, "to": answer.ended_at}
        return {"kind": answer.kind} | instants
    return list(answer) if isinstance(answer, tuple) else answer
