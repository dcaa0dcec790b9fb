"""
`ledger breach message`: a draft, in plain words, of what the people are told (GDPR 34(2)).

It says what happened, which data, what may follow, what was done, what they can do, and whom to ask. It names nobody,
and is a draft: whoever sends it reads it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ledger.commands._breach_noun import command
from ledger.commands._context import Session
from ledger.commands._words import argument, option
from ledger.rules.cnil import BreachNature, Consequence, DataCategory
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.policies.notification_form import Answer, FormQuestion

_HAPPENED: Mapping[BreachNature, str] = {
    BreachNature.CONFIDENTIALITY: mark("Data about you may have been seen by somebody who should not have seen them."),
    BreachNature.INTEGRITY: mark("Data about you may have been changed by mistake or on purpose."),
    BreachNature.AVAILABILITY: mark("Data about you were lost, or could not be used for a time."),
}
_MAY_FOLLOW: Mapping[Consequence, str] = {
    Consequence.LOSS_OF_CONTROL: mark("These data may be passed on without your knowing."),
    Consequence.LIMITATION_OF_RIGHTS: mark("A procedure or a right of yours may be delayed."),
    Consequence.DISCRIMINATION: mark("Somebody may treat you worse because of what they learned."),
    Consequence.IDENTITY_THEFT: mark("Somebody may try to pass for you."),
    Consequence.FRAUD: mark("Somebody may try to deceive you with what they learned."),
    Consequence.FINANCIAL: mark("You may lose money."),
    Consequence.REPUTATION: mark("Your reputation may suffer."),
    Consequence.LOSS_OF_SECRECY: mark("What you told our agents in confidence may be known to somebody else."),
}
_YOU_CAN: Mapping[DataCategory, str] = {
    DataCategory.CONTACT: mark(
        "Be wary of unexpected calls, mails and letters, even if whoever writes knows your name. Never give a password "
        "or a code."
    ),
    DataCategory.FINANCIAL: mark(
        "Look at your bank account often in the coming weeks; tell your bank at once of what you did not order."
    ),
    DataCategory.OFFICIAL_DOCUMENTS: mark(
        "If a contract or a credit that you don't know of turns up in your name, go to the police or the gendarmerie."
    ),
    DataCategory.NIR: mark("Look at your account on ameli.fr; tell your health insurance of what you don't recognise."),
    DataCategory.IDENTIFIERS: mark(
        "Change the passwords of the accounts concerned, and of others where it is the same."
    ),
}


@command.verb(
    "message",
    help=mark(
        "Print a draft of the message to the people, in plain words (GDPR 34).\n\n"
        "It names nobody. Read it before you send it, and record that it was sent with `ledger breach inform`."
    ),
    examples=("ledger breach message 1a2b3c4d --dpo dpo@exemple.fr",),
)
@argument("breach", metavar=mark("BREACH"), help=mark("The reference of the breach."))
@option("--organisation", default="", metavar=mark("NAME"), help=mark("Who writes, if not the house's manager."))
@option("--contact", default="", metavar=mark("CONTACT"), help=mark("Whom the people may ask, if not the house."))
@option("--dpo", default="", metavar=mark("CONTACT"), help=mark("The data protection officer's name and contact."))
def message(session: Session, breach: str, **stated: Any) -> None:
    """Print the draft."""
    from ledger.aggregates.breach import Breach
    from ledger.commands._output import Column
    from ledger.policies.notification_form import FormQuestion
    from ledger.rules.cnil import FormType
    from ledger.usecases.breach.notification import Stated, notification

    reference = session.reference(Breach, breach, name="breach")
    ready = notification(
        session.desk, session.reading(), reference, form_type=FormType.INITIAL, stated=Stated(**stated)
    )
    answers = ready.form.answers
    needed = (
        FormQuestion.ORGANISATION, FormQuestion.CONTACT, FormQuestion.DPO, FormQuestion.NATURES,
        FormQuestion.CATEGORIES, FormQuestion.MEASURES_AFTER,
    )  # fmt: skip
    missing = [question for question in needed if not answers[question]]
    text = "\n".join(_lines(session, answers))
    if session.output.for_people:
        for question in missing:
            session.output.say(mark("Missing: {what}."), what=question)
        session.output.verbatim(text)
    else:
        row = {"breach": reference, "missing": missing, "text": text}
        session.output.listing([Column(name, name) for name in row], [row])


def _lines(session: Session, answers: Mapping[FormQuestion, Answer]) -> Iterator[str]:
    """Give the draft; what is not known yet stands in square brackets, for whoever sends it to fill in."""
    from ledger.policies.notification_form import FormQuestion as Asked

    yield translate(mark("Madam, Sir,"))
    yield ""
    yield translate(mark("{organisation} informs you of an incident that concerns data about you.")).format(
        organisation=_text(session, answers[Asked.ORGANISATION])
    )
    yield translate(mark("We found it on {day}.")).format(day=session.output.words(answers[Asked.AWARE_AT]))
    chapters = (
        (mark("What happened"), _of(_HAPPENED, answers[Asked.NATURES])),
        (mark("Which data"), _each(session, answers[Asked.CATEGORIES], answers[Asked.SENSITIVE])),
        (mark("What may follow"), _of(_MAY_FOLLOW, answers[Asked.CONSEQUENCES])),
        (mark("What we have done"), _each(session, answers[Asked.MEASURES_AFTER])),
        (mark("What you can do"), _advice(answers[Asked.CATEGORIES])),
        (mark("Whom you can ask"), _whom(session, answers)),
    )
    for title, lines in chapters:
        yield ""
        yield translate(title)
        yield from (f"- {line}" for line in lines or [translate(mark("[to be completed]"))])
    yield ""
    yield translate(mark("You can also complain to the CNIL: www.cnil.fr, or 3 place de Fontenoy, 75007 Paris."))


def _of(sentences: Mapping[Any, str], found: Answer) -> list[str]:
    return [translate(sentences[each]) for each in _members(found) if each in sentences]


def _each(session: Session, *found: Answer) -> list[str]:
    return [session.output.words(each) for members in found for each in _members(members)]


def _advice(categories: Answer) -> list[str]:
    """Give what fits the data, and what always fits."""
    return [
        *_of(_YOU_CAN, categories),
        translate(mark("Ask us if something seems odd to you: you need not be sure.")),
    ]


def _whom(session: Session, answers: Mapping[FormQuestion, Answer]) -> list[str]:
    from ledger.policies.notification_form import FormQuestion as Asked

    return [
        translate(mark("Your house: {contact}")).format(contact=_text(session, answers[Asked.CONTACT])),
        translate(mark("The data protection officer: {contact}")).format(contact=_text(session, answers[Asked.DPO])),
    ]


def _text(session: Session, answer: Answer) -> str:
    return session.output.words(answer) if answer else translate(mark("[to be completed]"))


def _members(found: Answer) -> Iterable[Any]:
    return found if isinstance(found, tuple) else ()
