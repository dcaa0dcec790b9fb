"""`ledger procedure`: one case for a person with a partner, from its opening to the person's outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import MODE, agent_of, doing_of, doing_options
from ledger.commands._shared import effective_option, from_option, note_of
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

command = Noun("procedure", help=mark("Open procedures, work on them, bring them to the person's outcome."))

_PROCEDURE = mark("PROCEDURE")
_PROCEDURE_HELP = mark("The reference of the procedure.")
_MEANS = Word("ledger.policies.vocabulary:ContactMeans")


def _reference(session: Session, typed: str) -> UUID:
    from ledger.aggregates.procedure import Procedure

    return session.reference(Procedure, typed, name="procedure")


@command.verb(
    "open",
    writes=True,
    help=mark(
        "Open a procedure for a person, or a visit for information without identity.\n\n"
        "What it is about is asked for, or read with --from: entry (a code, or everyday words that mean one "
        "procedure). A note is possible: it is sealed, short, and never holds a social security number."
    ),
    examples=(
        "ledger procedure open --subject 1a2b3c4d",
        "ledger procedure open --subject 1a2b3c4d --mode act-for --from demarche.json",
        "ledger procedure open   # a visit without identity",
    ),
)
@option("--subject", metavar=mark("PERSON"), help=mark("The person; nobody for a visit without identity."))
@option("--mode", type=MODE, default="assist", show_default=True, help=mark("Who does it."))
@option("--absent", is_flag=True, help=mark("The person is not here."))
@option("--informed", is_flag=True, help=mark("The person was informed of the use of their data."))
@option(
    "--mission", type=Word("ledger.policies.vocabulary:Mission"), help=mark("The mission, if not the procedure's own.")
)
@from_option()
@effective_option()
def open_(
    session: Session,
    subject: str | None,
    mode: Any,
    absent: bool,
    informed: bool,
    mission: Any,
    source: str | None,
    effective_at: datetime | None,
) -> None:
    """Open a procedure."""
    from ledger.aggregates.subject import Subject
    from ledger.usecases.procedure.open_procedure import Opening, open_procedure

    typed = _what(session, source)
    opening = Opening(
        entry=_entry(session, typed["entry"]),
        subject=session.reference(Subject, subject, name="--subject") if subject else None,
        mode=mode,
        present=not absent,
        informed=informed,
        mission=mission,
        note=typed["note"] or "",
        effective_at=effective_at,
    )
    recorded = open_procedure(session.desk, session.command, opening)
    session.output.done(
        mark("Procedure opened: {procedure}."), procedure=recorded.streams[0], repeated=recorded.repeated
    )


def _what(session: Session, source: str | None) -> dict[str, Any]:
    from ledger import limits
    from ledger.commands._input import Question, answers

    questions = (
        Question("entry", mark("Which procedure? (a code, or everyday words)")),
        Question("note", mark("Note (Enter for none)"), required=False, limit=limits.NOTE_CHARACTERS),
    )
    return answers(session, questions, source=source)


def _entry(session: Session, words: str) -> str:
    """Give the code that words mean."""
    from ledger.commands._entries import entry_meant

    return entry_meant(session.desk.law, words, on=session.at.date()).code


@command.verb(
    "attach",
    writes=True,
    help=mark("Let a mandate of the same person serve a procedure; what may be done under it is judged each time."),
    examples=("ledger procedure attach 1a2b3c4d --mandate 5e6f7a8b",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@option("--mandate", required=True, metavar=mark("MANDATE"), help=mark("The mandate."))
def attach(session: Session, procedure: str, mandate: str) -> None:
    """Attach a mandate."""
    from ledger.aggregates.mandate import Mandate
    from ledger.usecases.procedure.attach_mandate import attach_mandate

    recorded = attach_mandate(
        session.desk,
        session.command,
        _reference(session, procedure),
        mandate_id=session.reference(Mandate, mandate, name="--mandate"),
    )
    session.output.done(
        mark("Mandate attached to the procedure {procedure}."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "collect",
    writes=True,
    help=mark(
        "Keep a value here, where the catalogue says why; most values only pass through the partner's site.\n\n"
        "The value is asked for, or read with --from: value."
    ),
    examples=("ledger procedure collect 1a2b3c4d ct.phone", "ledger procedure collect 1a2b3c4d ct.email --from -"),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@argument("field", metavar=mark("FIELD"), help=mark("The field, as in `ledger catalogue show --fields`."))
@doing_options
@from_option()
def collect(session: Session, procedure: str, field: str, source: str | None, **options: Any) -> None:
    """Keep a value."""
    from ledger import limits
    from ledger.commands._input import Question, answers
    from ledger.personal import Personal
    from ledger.usecases.procedure.doing import keep_value

    value = Question("value", mark("Value"), limit=limits.ADDRESS_CHARACTERS)
    typed = answers(session, (value,), source=source)
    recorded = keep_value(
        session.desk,
        session.command,
        doing_of(session, _reference(session, procedure), options),
        field=field,
        value=Personal(typed["value"]),
    )
    session.output.done(
        mark("Value kept for the procedure {procedure}, until it is resolved."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "act",
    writes=True,
    help=mark("Record that an act was done: by the person, helped, or in the person's name under a mandate."),
    examples=(
        "ledger procedure act 1a2b3c4d --act FTI02-carte-grise:file",
        "ledger procedure act 1a2b3c4d --mode act-for --absent --act FTI02-carte-grise:file",
    ),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@doing_options
@option(
    "--urgent", is_flag=True, help=mark("Complete, after a death, an act begun that could not wait; a reason is asked.")
)
@from_option()
@effective_option()
def act_(
    session: Session, procedure: str, urgent: bool, source: str | None, effective_at: datetime | None, **options: Any
) -> None:
    """Record an act."""
    from ledger.usecases.mandate.acts import record_act

    because = note_of(session, source, ask=mark("Why could it not wait?"), required=True) if urgent else ""
    done = record_act(
        session.desk,
        session.command,
        doing_of(session, _reference(session, procedure), options, effective_at=effective_at),
        urgent_because=because,
    )
    session.output.done(
        mark("Act recorded for the procedure {procedure}."),
        procedure=done.recorded.streams[0], mandate_exhausted=done.exhausted, repeated=done.recorded.repeated,
    )  # fmt: skip
    if done.exhausted:
        session.output.say(mark("It was the last act of its mandate, which ends with it: see `ledger duty list`."))


@command.verb(
    "transmit",
    writes=True,
    help=mark("Record that data went to a recipient of the catalogue. Sent is not resolved: the procedure stays open."),
    examples=(
        "ledger procedure transmit 1a2b3c4d --to ants --field id.civil --field ct.postal --act FTI02-carte-grise:file",
    ),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@option("--to", "recipient", required=True, metavar=mark("RECIPIENT"), help=mark("The id of the recipient."))
@option(
    "--field",
    "fields",
    multiple=True,
    required=True,
    metavar=mark("FIELD"),
    help=mark("What was sent; one option for each."),
)
@option("--commercial", is_flag=True, help=mark("It serves a commercial use, which takes consent and information."))
@option("--consent", is_flag=True, help=mark("The person expressly consented to this very disclosure."))
@option("--information", is_flag=True, help=mark("The person was clearly informed of this very disclosure."))
@doing_options
@effective_option()
def transmit_(
    session: Session,
    procedure: str,
    recipient: str,
    fields: tuple[str, ...],
    commercial: bool,
    consent: bool,
    information: bool,
    effective_at: datetime | None,
    **options: Any,
) -> None:
    """Record a transmission."""
    from ledger.usecases.procedure.doing import Sending, transmit

    recorded = transmit(
        session.desk,
        session.command,
        doing_of(session, _reference(session, procedure), options, effective_at=effective_at),
        Sending(recipient, tuple(fields), commercial=commercial, consent=consent, information=information),
    )
    session.output.done(
        mark("Transmission recorded for the procedure {procedure}, which stays open."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "contact",
    writes=True,
    help=mark("Record that the person got in touch: the term of a dormant procedure runs from there."),
    examples=("ledger procedure contact 1a2b3c4d phone",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@argument("means", type=_MEANS, help=mark("How the person got in touch."))
@option("--note", is_flag=True, help=mark("Add a note, which is asked for, or read with --from: note."))
@from_option()
@effective_option()
def contact_(
    session: Session, procedure: str, means: Any, note: bool, source: str | None, effective_at: datetime | None
) -> None:
    """Record a contact."""
    from ledger.usecases.procedure.contact import contact

    typed = note_of(session, source, ask=mark("Note")) if note or source else ""  # it is part of what is asked
    recorded = contact(
        session.desk,
        session.command,
        _reference(session, procedure),
        means=means,
        note=typed,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Contact recorded for the procedure {procedure}."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "resolve",
    writes=True,
    help=mark(
        "Record the outcome that the person obtained; what was kept then goes, and it can be undone until it went."
    ),
    examples=("ledger procedure resolve 1a2b3c4d formality-done",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@argument("outcome", type=Word("ledger.policies.vocabulary:OutcomeCode", only="RESOLUTIONS"), help=mark("The outcome."))
@option("--yes", is_flag=True, help=mark("Do not ask for confirmation."))
@effective_option()
def resolve_(session: Session, procedure: str, outcome: Any, yes: bool, effective_at: datetime | None) -> None:
    """Resolve a procedure."""
    from ledger.usecases.procedure.ending import resolve

    _end(session, _reference(session, procedure), resolve, outcome=outcome, sure=yes, effective_at=effective_at)


@command.verb(
    "abandon",
    writes=True,
    help=mark("Leave a procedure for a reason of the closed list; what was kept goes as after a resolution."),
    examples=("ledger procedure abandon 1a2b3c4d withdrawn-by-person",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@argument("outcome", type=Word("ledger.policies.vocabulary:OutcomeCode", only="ABANDONMENTS"), help=mark("The reason."))
@option("--yes", is_flag=True, help=mark("Do not ask for confirmation."))
@effective_option()
def abandon_(session: Session, procedure: str, outcome: Any, yes: bool, effective_at: datetime | None) -> None:
    """Abandon a procedure."""
    from ledger.usecases.procedure.ending import abandon

    _end(session, _reference(session, procedure), abandon, outcome=outcome, sure=yes, effective_at=effective_at)


def _end(
    session: Session, procedure: UUID, end: Any, *, outcome: Any, sure: bool, effective_at: datetime | None
) -> None:
    """Show what will go, ask, then end the procedure."""
    import sys

    from ledger.commands._input import confirmed
    from ledger.usecases.procedure.ending import what_will_go

    if not sure and sys.stdin.isatty():
        fields = what_will_go(session.desk, session.reading(), procedure)
        question = mark("These values will be destroyed: {fields}. Go on? (yes/no)")
        if fields and not confirmed(question, fields=", ".join(fields)):
            session.output.say(mark("Nothing was changed."))
            return
    ending = end(session.desk, session.command, procedure, outcome=outcome, effective_at=effective_at)
    session.output.done(
        mark("Procedure ended: {procedure}."),
        procedure=procedure, outcome=outcome, will_go=list(ending.will_go), repeated=ending.recorded.repeated,
    )  # fmt: skip
    if ending.will_go:
        session.output.say(
            mark("To be destroyed at the next run: {fields}. Until then, `ledger procedure reopen` undoes it."),
            fields=ending.will_go,
        )


@command.verb(
    "reopen",
    writes=True,
    help=mark("Go on with a procedure that was ended too soon, as long as nothing of it is being destroyed."),
    examples=("ledger procedure reopen 1a2b3c4d",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
def reopen(session: Session, procedure: str) -> None:
    """Undo the end of a procedure."""
    from ledger.usecases.procedure.ending import undo_resolution

    recorded = undo_resolution(session.desk, session.command, _reference(session, procedure))
    session.output.done(
        mark("Procedure open again: {procedure}."), procedure=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "disclose",
    writes=True,
    help=mark(
        "Record a disclosure that a text requires or allows outside the catalogue: requisition, danger, offence.\n\n"
        "It takes the text, its reference and the decision of the controller's delegate; in urgent danger one acts "
        "first, and the delegate reviews after. Recipient, text and reference are asked for, or read with --from: "
        "recipient, text, reference, note."
    ),
    examples=("ledger procedure disclose 1a2b3c4d judicial-requisition --field ct.phone --decided-by 5e6f7a8b",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
@argument("ground", type=Word("ledger.policies.vocabulary:DisclosureGround"), help=mark("The ground."))
@option("--field", "fields", multiple=True, metavar=mark("FIELD"), help=mark("What was given; one option for each."))
@option("--decided-by", metavar=mark("AGENT"), help=mark("The controller's delegate who decided."))
@option("--urgent", is_flag=True, help=mark("Urgent danger: act first, reviewed after."))
@option("--open-stored", is_flag=True, help=mark("Open the values that are kept here for it."))
@option("--for-partner", is_flag=True, help=mark("A local partner asks, whose presence in the house is no title."))
@from_option()
@effective_option()
def disclose_(
    session: Session,
    procedure: str,
    ground: Any,
    fields: tuple[str, ...],
    decided_by: str | None,
    urgent: bool,
    open_stored: bool,
    for_partner: bool,
    source: str | None,
    effective_at: datetime | None,
) -> None:
    """Record a legal disclosure."""
    from ledger.commands._disclosing import disclosure_typed, show_disclosed
    from ledger.policies.vocabulary import DisclosureMoment
    from ledger.usecases.procedure.disclose import LegalDisclosure, disclose

    disclosure = LegalDisclosure(
        procedure=_reference(session, procedure),
        ground=ground,
        fields=tuple(fields),
        moment=DisclosureMoment.URGENT_DANGER if urgent else DisclosureMoment.DECIDED_BEFORE,
        decided_by=agent_of(session, decided_by, name="--decided-by"),
        open_stored=open_stored,
        for_partner=for_partner,
        effective_at=effective_at,
        **disclosure_typed(session, source),
    )
    show_disclosed(session, disclose(session.desk, session.command, disclosure))


@command.verb(
    "list",
    help=mark("List procedures, latest first: those of your house, or all for whoever audits; the page is recorded."),
    examples=("ledger procedure list --state open", "ledger procedure list --subject 1a2b3c4d"),
)
@option("--state", type=Word("ledger.projections.procedures:ProcedureState"), help=mark("Only those that stand so."))
@option("--subject", metavar=mark("PERSON"), help=mark("Only those of this person."))
@option("--limit", type=int, default=50, show_default=True, metavar="N", help=mark("At most so many."))
@option("--before", type=int, metavar=mark("POSITION"), help=mark("Go on before this position of the last page."))
def list_(session: Session, state: Any, subject: str | None, limit: int, before: int | None) -> None:
    """List procedures."""
    from ledger.commands._procedure_pages import list_procedures

    list_procedures(session, state=state, subject=subject, limit=limit, before=before)


@command.verb(
    "show",
    help=mark("Show a procedure: what it is about, its mandates, what was done; the reading is recorded."),
    examples=("ledger procedure show 1a2b3c4d",),
)
@argument("procedure", metavar=_PROCEDURE, help=_PROCEDURE_HELP)
def show_(session: Session, procedure: str) -> None:
    """Show one procedure."""
    from ledger.commands._procedure_pages import show_procedure

    show_procedure(session, _reference(session, procedure))
