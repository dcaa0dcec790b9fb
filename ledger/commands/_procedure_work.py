"""`ledger procedure`: what is done in it, kept for it, and sent or given away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import agent_of, doing_of, doing_options, reason_of, urgent_option
from ledger.commands._procedure_noun import PROCEDURE, PROCEDURE_HELP, reference_of
from ledger.commands._procedure_opening import command
from ledger.commands._shared import effective_option, from_option, note_of
from ledger.commands._words import argument, option
from ledger.translation import mark

__all__ = ["command"]

_MEANS = Word("ledger.policies.vocabulary:ContactMeans")


@command.verb(
    "collect",
    writes=True,
    help=mark(
        "Keep a value here, where the catalogue says why; most values only pass through the partner's site.\n\n"
        "The value is asked for, or read with --from: value."
    ),
    examples=("ledger procedure collect 1a2b3c4d ct.phone", "ledger procedure collect 1a2b3c4d ct.email --from -"),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
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
        doing_of(session, reference_of(session, procedure), options),
        field=field,
        value=Personal(typed["value"]),
    )
    session.output.done(
        mark("Value kept for the procedure {procedure}, until it is resolved."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "note",
    writes=True,
    help=mark(
        "Keep a note of your work for the person; it goes when the procedure is resolved, and a later note takes its "
        "place.\n\n"
        "It is asked for, or read with --from: note. `ledger access request --place stored --field note` shows it."
    ),
    examples=("ledger procedure note 1a2b3c4d", "ledger procedure note 1a2b3c4d --from -"),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
@from_option()
def note_(session: Session, procedure: str, source: str | None) -> None:
    """Keep a note."""
    from ledger.usecases.procedure.note import note

    typed = note_of(session, source, ask=mark("Note"), required=True)
    recorded = note(session.desk, session.command, reference_of(session, procedure), text=typed)
    session.output.done(
        mark("Note kept for the procedure {procedure}, until it is resolved."),
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
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
@doing_options
@urgent_option
@from_option()
@effective_option()
def act_(
    session: Session, procedure: str, urgent: bool, source: str | None, effective_at: datetime | None, **options: Any
) -> None:
    """Record an act."""
    from ledger.usecases.mandate.acts import record_act

    because = reason_of(session, source, urgent=urgent)
    done = record_act(
        session.desk,
        session.command,
        doing_of(session, reference_of(session, procedure), options, effective_at=effective_at, because=because),
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
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
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
@urgent_option
@from_option()
@effective_option()
def transmit_(
    session: Session,
    procedure: str,
    recipient: str,
    fields: tuple[str, ...],
    commercial: bool,
    consent: bool,
    information: bool,
    urgent: bool,
    source: str | None,
    effective_at: datetime | None,
    **options: Any,
) -> None:
    """Record a transmission."""
    from ledger.usecases.procedure.doing import Sending, transmit

    recorded = transmit(
        session.desk,
        session.command,
        doing_of(
            session,
            reference_of(session, procedure),
            options,
            effective_at=effective_at,
            because=reason_of(session, source, urgent=urgent),
        ),
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
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
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
        reference_of(session, procedure),
        means=means,
        note=typed,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Contact recorded for the procedure {procedure}."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


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
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
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
        procedure=reference_of(session, procedure),
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
