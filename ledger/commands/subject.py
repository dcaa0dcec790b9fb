"""`ledger subject`: the persons whom the houses serve."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Instant
from ledger.commands._shared import effective_option, from_option, known_option
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

command = Noun("subject", help=mark("Register persons, find them again, keep what is known of them right."))

_SUBJECT = mark("PERSON")
_SUBJECT_HELP = mark("The reference of the person.")
_CAPACITY = Word("ledger.policies.vocabulary:Capacity")


def _identity_questions(session: Session) -> tuple[Any, ...]:
    from ledger.commands._identity_checks import checked_at_once
    from ledger.commands._input import Question

    questions = (
        Question("family_name", mark("Family name")),
        Question("given_name", mark("Given name")),
        Question("birth_date", mark("Date of birth (day/month/year)")),
    )
    return tuple(checked_at_once(question, on=session.at.astimezone(session.zone).date()) for question in questions)


def _contact_questions() -> tuple[Any, ...]:
    from ledger import limits
    from ledger.commands._input import Question

    return (
        Question("phone", mark("Phone (Enter for none)"), required=False),
        Question("email", mark("Mail (Enter for none)"), required=False),
        Question("address", mark("Postal address (Enter for none)"), required=False, limit=limits.ADDRESS_CHARACTERS),
    )


@command.verb(
    "register",
    writes=True,
    help=mark(
        "Register a person: what is needed to find them again and to print a mandate, and nothing more.\n\n"
        "Answers are asked for, or read with --from: family_name, given_name, birth_date, phone, email, address. "
        "The social security number is never recorded."
    ),
    examples=(
        "ledger subject register",
        "ledger subject register --from personne.json",
        "ledger subject register --capacity minor --representative 1a2b3c4d",
    ),
)
@option("--capacity", type=_CAPACITY, default="adult", show_default=True, help=mark("Whether the person signs alone."))
@option("--representative", metavar=_SUBJECT, help=mark("Who represents or assists the person."))
@option(
    "--within",
    multiple=True,
    metavar=mark("TEXT"),
    help=mark("What a family habilitation covers; one option for each."),
)
@option("--homonym", is_flag=True, help=mark("It is somebody else with the same name and birth date."))
@option("--emancipated", is_flag=True, help=mark("A minor who signs alone."))
@from_option()
def register_(
    session: Session,
    capacity: Any,
    representative: str | None,
    within: Sequence[str],
    homonym: bool,
    emancipated: bool,
    source: str | None,
) -> None:
    """Register a person."""
    from ledger.aggregates.subject import Subject
    from ledger.commands._input import answers
    from ledger.usecases.subject.register import PersonTyped, register

    typed = answers(session, (*_identity_questions(session), *_contact_questions()), source=source)
    recorded = register(
        session.desk,
        session.command,
        person=PersonTyped(**{name: value or "" for name, value in typed.items()}),
        capacity=capacity,
        representative=session.reference(Subject, representative, name="--representative") if representative else None,
        within=tuple(within),
        homonym=homonym,
        emancipated=emancipated,
    )
    session.output.done(mark("Person registered: {subject}."), subject=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "find",
    help=mark(
        "Find a person by exact name and birth date, however they are spelled; the search is recorded.\n\n"
        "Answers are asked for, or read with --from: family_name, given_name, birth_date. "
        "Nothing is opened: --tell-apart shows the end of the phone number and the commune of homonyms."
    ),
    examples=("ledger subject find", "ledger subject find --from - < personne.json"),
)
@option("--tell-apart", is_flag=True, help=mark("Show what tells homonyms apart; the person is here."))
@from_option()
def find_(session: Session, tell_apart: bool, source: str | None) -> None:
    """Find a person."""
    from ledger.commands._input import answers
    from ledger.commands._output import Column, shown
    from ledger.usecases.subject.find import find
    from ledger.usecases.subject.open_identity import recognise

    typed = answers(session, _identity_questions(session), source=source)
    found = find(
        session.desk,
        session.reading(),
        family_name=typed["family_name"],
        given_name=typed["given_name"],
        birth_date_typed=typed["birth_date"],
    )
    rows = [{"subject": one.reference, "registered_at": one.registered_at, "died_at": one.died_at} for one in found]
    columns = [
        Column("subject", mark("Reference")), Column("registered_at", mark("Registered")),
        Column("died_at", mark("Deceased")),
    ]  # fmt: skip
    if tell_apart and found:
        hints = recognise(session.desk, session.reading(), [one.reference for one in found])
        rows = [
            {
                **row,
                "phone_ends": shown(hint.phone_ends),
                "email_begins": shown(hint.email_begins),
                "commune": shown(hint.commune),
            }
            for row, hint in zip(rows, hints, strict=True)
        ]
        columns += [
            Column("phone_ends", mark("Phone ends")), Column("email_begins", mark("Mail begins")),
            Column("commune", mark("Commune")),
        ]  # fmt: skip
    session.output.listing(columns, rows, empty=mark("Nobody is registered under this name and birth date."))


@command.verb(
    "show",
    help=mark("Show a person's identity, for a purpose that is recorded before anything is opened."),
    examples=("ledger subject show 1a2b3c4d --purpose reach",),
)
@argument("subject", metavar=_SUBJECT, help=_SUBJECT_HELP)
@option(
    "--purpose",
    type=Word("ledger.aggregates.subject:IdentityPurpose"),
    required=True,
    help=mark("Why: to reach the person, to print their mandate, to answer their request."),
)
def show_(session: Session, subject: str, purpose: Any) -> None:
    """Show one person's identity."""
    from ledger.aggregates.subject import Subject
    from ledger.commands._output import Column, shown
    from ledger.usecases.subject.open_identity import open_identity

    found = open_identity(
        session.desk, session.reading(), session.reference(Subject, subject, name="person"), purpose=purpose
    )
    contact = shown(found.contact)
    columns = [
        Column("subject", mark("Reference")), Column("family_name", mark("Family name")),
        Column("given_name", mark("Given name")), Column("birth_date", mark("Date of birth")),
        Column("phone", mark("Phone")), Column("email", mark("Mail")), Column("address", mark("Address")),
    ]  # fmt: skip
    row = {
        "subject": found.reference,
        "family_name": shown(found.family_name),
        "given_name": shown(found.given_name),
        "birth_date": shown(found.birth_date),
        **{name: getattr(contact, name, contact) for name in ("phone", "email", "address")},
    }
    session.output.record(columns, row)


@command.verb(
    "correct",
    writes=True,
    help=mark(
        "Correct a person's civil identity by what they show; the old one still leads to them.\n\n"
        "Answers are asked for, or read with --from: family_name, given_name, birth_date."
    ),
    examples=("ledger subject correct 1a2b3c4d",),
)
@argument("subject", metavar=_SUBJECT, help=_SUBJECT_HELP)
@from_option()
def correct_(session: Session, subject: str, source: str | None) -> None:
    """Correct a person's identity."""
    from ledger.aggregates.subject import Subject
    from ledger.commands._input import answers
    from ledger.usecases.subject.correct import correct

    typed = answers(session, _identity_questions(session), source=source)
    recorded = correct(
        session.desk,
        session.command,
        session.reference(Subject, subject, name="person"),
        family_name=typed["family_name"],
        given_name=typed["given_name"],
        birth_date_typed=typed["birth_date"],
    )
    session.output.done(mark("Identity corrected: {subject}."), subject=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "contact",
    writes=True,
    help=mark(
        "Replace how a person can be reached; what is left empty is not kept.\n\n"
        "Answers are asked for, or read with --from: phone, email, address."
    ),
    examples=("ledger subject contact 1a2b3c4d",),
)
@argument("subject", metavar=_SUBJECT, help=_SUBJECT_HELP)
@from_option()
def contact_(session: Session, subject: str, source: str | None) -> None:
    """Replace how a person can be reached."""
    from ledger.aggregates.subject import Subject
    from ledger.commands._input import answers
    from ledger.usecases.subject.correct import change_contact

    typed = answers(session, _contact_questions(), source=source)
    recorded = change_contact(
        session.desk,
        session.command,
        session.reference(Subject, subject, name="person"),
        **{name: value or "" for name, value in typed.items()},
    )
    session.output.done(mark("Contact changed: {subject}."), subject=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "capacity",
    writes=True,
    help=mark("Record whether a person can sign alone, and who signs for or beside them."),
    examples=("ledger subject capacity 1a2b3c4d guardianship --representative 5e6f7a8b",),
)
@argument("subject", metavar=_SUBJECT, help=_SUBJECT_HELP)
@argument("capacity", type=_CAPACITY, help=mark("Whether the person signs alone."))
@option("--representative", metavar=_SUBJECT, help=mark("Who represents or assists the person."))
@option(
    "--within",
    multiple=True,
    metavar=mark("TEXT"),
    help=mark("What a family habilitation covers; one option for each."),
)
@effective_option()
@known_option()
def capacity_(
    session: Session,
    subject: str,
    capacity: Any,
    representative: str | None,
    within: Sequence[str],
    effective_at: datetime | None,
    known_at: datetime | None,
) -> None:
    """Record a capacity."""
    from ledger.aggregates.subject import Subject
    from ledger.usecases.subject.change_capacity import change_capacity

    recorded = change_capacity(
        session.desk,
        session.command,
        session.reference(Subject, subject, name="person"),
        capacity=capacity,
        representative=session.reference(Subject, representative, name="--representative") if representative else None,
        within=tuple(within),
        effective_at=effective_at,
        known_at=known_at,
    )
    session.output.done(mark("Capacity recorded: {subject}."), subject=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "merge",
    writes=True,
    help=mark("Record that a person was registered twice; afterwards both references lead to the one that stays."),
    examples=("ledger subject merge 1a2b3c4d --into 5e6f7a8b",),
)
@argument("duplicate", metavar=_SUBJECT, help=mark("The reference that goes."))
@option("--into", "survivor", metavar=_SUBJECT, required=True, help=mark("The reference that stays."))
def merge_(session: Session, duplicate: str, survivor: str) -> None:
    """Merge a duplicate."""
    from ledger.aggregates.subject import Subject
    from ledger.usecases.subject.merge import merge

    recorded = merge(
        session.desk,
        session.command,
        duplicate=session.reference(Subject, duplicate, name="person"),
        survivor=session.reference(Subject, survivor, name="--into"),
    )
    session.output.done(mark("References merged: {subject}."), subject=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "death",
    writes=True,
    help=mark(
        "Record a person's death; it ends the mandates they gave.\n\n"
        "With --mistaken, take back a death that was recorded by mistake: what it ended is signed anew."
    ),
    examples=(
        'ledger subject death 1a2b3c4d --effective-at "01/06/2026 00:00"',
        "ledger subject death 1a2b3c4d --mistaken",
    ),
)
@argument("subject", metavar=_SUBJECT, help=_SUBJECT_HELP)
@option("--mistaken", is_flag=True, help=mark("Take back a death recorded by mistake."))
@option("--yes", is_flag=True, help=mark("Do not ask for confirmation."))
@effective_option()
@known_option()
def death(
    session: Session,
    subject: str,
    mistaken: bool,
    yes: bool,
    effective_at: datetime | None,
    known_at: datetime | None,
) -> None:
    """Record a death, or take one back."""
    import sys

    from ledger.aggregates.subject import Subject
    from ledger.commands._input import confirmed
    from ledger.usecases.subject.die import die, withdraw_death

    person = session.reference(Subject, subject, name="person")
    if mistaken:
        recorded = withdraw_death(session.desk, session.command, person)
        session.output.done(
            mark("No longer recorded as dead: {subject}. The mandates that had ended are to be signed anew."),
            subject=recorded.streams[0], repeated=recorded.repeated,
        )  # fmt: skip
        return
    sure = mark("Record the death of {subject}? The mandates that this person gave end for good. (yes/no)")
    if not yes and sys.stdin.isatty() and not confirmed(sure, subject=person.hex[:8]):
        session.output.say(mark("Nothing was changed."))
        return
    recorded = die(session.desk, session.command, person, effective_at=effective_at, known_at=known_at)
    session.output.done(mark("Death recorded: {subject}."), subject=recorded.streams[0], repeated=recorded.repeated)
    session.output.say(mark("What is left to do: `ledger duty list`."))


@command.verb(
    "erase",
    writes=True,
    help=mark(
        "Decide a person's request for erasure, item by item: what is erased, what is kept, and on which ground.\n\n"
        "What is granted goes with the next run, under an authority of the archives like everything else (GDPR 17; "
        "Code du patrimoine L212-3). --preview says what a decision would be, and decides nothing."
    ),
    examples=("ledger subject erase 1a2b3c4d --preview", 'ledger subject erase 1a2b3c4d --received "01/06/2026 10:00"'),
)
@argument("subject", metavar=_SUBJECT, help=_SUBJECT_HELP)
@option("--preview", is_flag=True, help=mark("Say what a decision would be, and decide nothing."))
@option("--received", "received_at", type=Instant(), help=mark("When the request was received, if not now."))
def erase(session: Session, subject: str, preview: bool, received_at: datetime | None) -> None:
    """Decide a request for erasure."""
    from ledger.aggregates.subject import Subject
    from ledger.commands._erasing import erase_subject

    person = session.reference(Subject, subject, name="person")
    erase_subject(session, person, preview=preview, received_at=received_at)
