"""`ledger access`: the looks at data, decided before anything is opened."""

from __future__ import annotations

from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import agent_of, doing_options, reason_of, urgent_option
from ledger.commands._shared import from_option, note_of
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

command = Noun(
    "access", help=mark("Ask to look at data; the answer, yes or no, is on record before anything is opened.")
)

_RESULT = Word("ledger.policies.vocabulary:ReviewResult")


@command.verb(
    "request",
    writes=True,
    help=mark(
        "Ask to look at fields of a procedure: shown by the person, in the partner's site, or kept here.\n\n"
        "Yes or no, the answer is on record first. A yes for kept values shows them once; a yes for the others holds "
        "for a counter session. A repeated command gives the number of the record only. Where a kept value is "
        "destroyed, the request is refused and the answer says when and why it went."
    ),
    examples=(
        "ledger access request 1a2b3c4d --field id.civil --place shown",
        "ledger access request 1a2b3c4d --place portal --mode act-for --absent --act FTI02-carte-grise:file",
        "ledger access request 1a2b3c4d --field ct.phone --place stored",
    ),
)
@argument("procedure", metavar=mark("PROCEDURE"), help=mark("The reference of the procedure."))
@option(
    "--field", "fields", multiple=True, metavar=mark("FIELD"),
    help=mark("A field; one option for each. None: all the fields of the procedure's entry."),
)  # fmt: skip
@option(
    "--place",
    type=Word("ledger.policies.vocabulary:Place"),
    default="shown",
    show_default=True,
    help=mark("Where the data are."),
)
@option("--for-partner", default="", metavar=mark("PARTNER"), help=mark("The local partner on whose behalf you ask."))
@doing_options
@urgent_option
@from_option()
def request_(
    session: Session,
    procedure: str,
    fields: tuple[str, ...],
    place: Any,
    for_partner: str,
    urgent: bool,
    source: str | None,
    **options: Any,
) -> None:
    """Ask to look at data."""
    from ledger.aggregates.access import Look
    from ledger.aggregates.procedure import Procedure
    from ledger.commands._access_pages import fields_of_entry, show_answer
    from ledger.usecases.access.request import request

    reference = session.reference(Procedure, procedure, name="procedure")
    look = Look(
        procedure=reference,
        fields=fields or fields_of_entry(session, reference),
        place=place,
        mode=options["mode"],
        present=not options["absent"],
        informed=options["informed"],
        consented=tuple(options["consented"]),
        act=options["act"],
        data_request=options["data_request"],
        reference=options["reference"],
        supervisor=agent_of(session, options["supervisor"], name="--supervisor"),
        for_partner=for_partner,
        because=reason_of(session, source, urgent=urgent),
    )
    show_answer(session, request(session.desk, session.command, look))


@command.verb(
    "list",
    help=mark("List looks at data, latest first: who, when, what, why, under what, allowed or refused."),
    examples=("ledger access list --procedure 1a2b3c4d", "ledger access list --review flagged"),
)
@option("--procedure", metavar=mark("PROCEDURE"), help=mark("Only those of this procedure."))
@option("--review", type=_RESULT, help=mark("Only those with this review."))
@option("--limit", type=int, default=50, show_default=True, metavar="N", help=mark("At most so many."))
@option("--before", type=int, metavar=mark("POSITION"), help=mark("Go on before this position of the last page."))
def list_(session: Session, procedure: str | None, review: Any, limit: int, before: int | None) -> None:
    """List accesses."""
    from ledger.aggregates.procedure import Procedure
    from ledger.commands._journal import Wanted, show_journal

    reference = session.reference(Procedure, procedure, name="--procedure") if procedure else None
    show_journal(session, Wanted(accesses_only=True, procedure=reference, review=review, limit=limit, before=before))


@command.verb(
    "review",
    writes=True,
    help=mark(
        "Record what a reviewer concluded of an access: cleared, or flagged to be dealt with.\n\n"
        "A note is possible: it is asked for with --note, or read with --from: note."
    ),
    examples=("ledger access review 1a2b3c4d cleared", "ledger access review 1a2b3c4d flagged --note"),
)
@argument("access", metavar=mark("ACCESS"), help=mark("The reference of the access."))
@argument("result", type=_RESULT, help=mark("The conclusion."))
@option("--note", is_flag=True, help=mark("Add a note, which is asked for, or read with --from: note."))
@from_option()
def review_(session: Session, access: str, result: Any, note: bool, source: str | None) -> None:
    """Review an access."""
    from ledger.aggregates.access import Access
    from ledger.usecases.access.review import review

    typed = note_of(session, source, ask=mark("Note")) if note or source else ""  # it is part of what is asked
    recorded = review(
        session.desk, session.command, session.reference(Access, access, name="access"), result=result, note=typed
    )
    session.output.done(
        mark("Review recorded for the access {access}: {result}."),
        access=recorded.streams[0], result=result, repeated=recorded.repeated,
    )  # fmt: skip
