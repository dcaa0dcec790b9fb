"""`ledger mandate`: from the draft to the signatures, and to the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._shared import effective_option, from_option, known_option
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

command = Noun("mandate", help=mark("Draw up mandates, have them signed on site, end them, tell who must be told."))

_MANDATE = mark("MANDATE")
_MANDATE_HELP = mark("The reference of the mandate.")
_PERSON = mark("PERSON")


def _reference(session: Session, typed: str) -> UUID:
    from ledger.aggregates.mandate import Mandate

    return session.reference(Mandate, typed, name="mandate")


@command.verb(
    "draft",
    writes=True,
    help=mark(
        "Draft a mandate: who gives it, for which acts and requests for data, for how long.\n\n"
        "Acts and requests are codes of the catalogue (`ledger catalogue show CODE`); one list does not give the "
        "other. What is not given as an option is asked for, or read with --from: persons, acts, requests, days."
    ),
    examples=(
        "ledger mandate draft --person 1a2b3c4d --from mandat.json",
        "ledger mandate draft --person 1a2b3c4d --act FTI02-carte-grise:file --days 31",
    ),
)
@option("--person", "persons", multiple=True, metavar=_PERSON, help=mark("Who gives it; one option for each."))
@option("--act", "acts", multiple=True, metavar=mark("CODE"), help=mark("An act of the mandate; one option for each."))
@option("--data-request", "requests", multiple=True, metavar=mark("CODE"), help=mark("A data request of the mandate."))
@option("--days", type=int, metavar="N", help=mark("How long the mandate lasts, in days."))
@option("--agent", "agents", multiple=True, metavar=mark("AGENT"), help=mark("To this agent only, not to the house."))
@option("--capacity-checked", is_flag=True, help=mark("The check that the person's capacity calls for was made."))
@from_option()
@effective_option()
def draft_(
    session: Session,
    persons: Sequence[str],
    acts: Sequence[str],
    requests: Sequence[str],
    days: int | None,
    agents: Sequence[str],
    capacity_checked: bool,
    source: str | None,
    effective_at: datetime | None,
) -> None:
    """Draft a mandate."""
    from ledger.aggregates.agent import Agent
    from ledger.aggregates.subject import Subject
    from ledger.commands._input import answers
    from ledger.usecases.mandate.draft import Draft, draft

    given = {"persons": tuple(persons), "acts": tuple(acts), "requests": tuple(requests), "days": days}
    typed = answers(session, _draft_questions(), source=source, given=given)
    wanted = Draft(
        persons=tuple(session.reference(Subject, person, name="persons") for person in typed["persons"]),
        acts=tuple(_pair(code) for code in typed["acts"] or ()),
        requests=tuple(_pair(code) for code in typed["requests"] or ()),
        term_days=typed["days"],
        agents=tuple(session.reference(Agent, agent, name="--agent") for agent in agents),
        capacity_checked=capacity_checked,
        effective_at=effective_at,
    )
    recorded = draft(session.desk, session.command, wanted)
    session.output.done(mark("Mandate drafted: {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated)
    session.output.say(mark("Next: `ledger mandate verify-identity`, then `inform`, `print`, `sign`, `originals`."))


def _draft_questions() -> tuple[Any, ...]:
    from ledger import limits
    from ledger.commands._input import Kind, Question

    return (
        Question("persons", mark("References of the persons, with commas"), Kind.WORDS, limit=limits.MANDATE_PARTIES),
        Question("acts", mark("Codes of the acts, with commas (Enter for none)"), Kind.WORDS, required=False,
                 limit=limits.MANDATE_ACTS),
        Question("requests", mark("Codes of the data requests, with commas (Enter for none)"), Kind.WORDS,
                 required=False, limit=limits.MANDATE_ACTS),
        Question("days", mark("For how many days? (1, 31, 182, 365)"), Kind.NUMBER),
    )  # fmt: skip


def _pair(code: str) -> tuple[str, str]:
    """Give the entry that a code belongs to, with the code: both stand in it, before and after the colon."""
    return code.partition(":")[0], code


@command.verb(
    "verify-identity",
    writes=True,
    help=mark(
        "Record that the identity of somebody who signs was verified: by which method, never a copy or a number."
    ),
    examples=("ledger mandate verify-identity 1a2b3c4d --person 5e6f7a8b --method identity-card",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--person", metavar=_PERSON, required=True, help=mark("Who was identified."))
@option(
    "--method", type=Word("ledger.policies.vocabulary:IdentityMethod"), required=True,
    help=mark("The paper that was shown."),
)  # fmt: skip
@effective_option()
def verify_identity_(session: Session, mandate: str, person: str, method: Any, effective_at: datetime | None) -> None:
    """Record an identity check."""
    from ledger.aggregates.subject import Subject
    from ledger.usecases.mandate.making import verify_identity

    recorded = verify_identity(
        session.desk,
        session.command,
        _reference(session, mandate),
        person=session.reference(Subject, person, name="--person"),
        method=method,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Identity verified for the mandate {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "inform",
    writes=True,
    help=mark(
        "Record that the persons were told of the use of their data, their rights and the procedures.\n\n"
        "All three topics, before anyone signs. --all says that all were told; else name those that were."
    ),
    examples=("ledger mandate inform 1a2b3c4d --all",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--all", "everything", is_flag=True, help=mark("All three topics were told."))
@option(
    "--topic", "topics", type=Word("ledger.policies.vocabulary:InformationTopic"), multiple=True,
    help=mark("A topic that was told; one option for each."),
)  # fmt: skip
@effective_option()
def inform_(
    session: Session, mandate: str, everything: bool, topics: Sequence[Any], effective_at: datetime | None
) -> None:
    """Record the information."""
    from ledger.documents.mandate import template_version
    from ledger.policies.vocabulary import InformationTopic
    from ledger.usecases.mandate.making import inform

    recorded = inform(
        session.desk,
        session.command,
        _reference(session, mandate),
        topics=tuple(InformationTopic) if everything else tuple(topics),
        notice=template_version(),
        effective_at=effective_at,
    )
    session.output.done(
        mark("Information recorded for the mandate {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "print",
    help=mark(
        "Print the originals of a mandate: a PDF with a page for each, or plain text.\n\n"
        "Names are opened for it, which is recorded. The file must be new; without one, the PDF goes to standard "
        "output, which can't be a terminal."
    ),
    examples=(
        "ledger mandate print 1a2b3c4d --to mandat.pdf",
        "ledger mandate print 1a2b3c4d > mandat.pdf",
        "ledger mandate print 1a2b3c4d --text",
    ),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--to", "file", type=Path, metavar=mark("FILE"), help=mark("Write the PDF to this new file."))
@option("--text", is_flag=True, help=mark("Plain text instead, on standard output."))
def print_(session: Session, mandate: str, file: Path | None, text: bool) -> None:
    """Print a mandate."""
    from ledger.bootstrap.papers import mandate_paper
    from ledger.commands._printing import check_place, print_originals

    check_place(file, text=text)
    paper = mandate_paper(session.ledger, session.reading(), _reference(session, mandate))
    print_originals(session, paper, file, text=text)


@command.verb(
    "sign",
    writes=True,
    help=mark(
        "Record signatures, given on site after the information.\n\n"
        "--everybody records all that are still missing, yours for the house included. Else name who signed."
    ),
    examples=(
        "ledger mandate sign 1a2b3c4d --everybody",
        "ledger mandate sign 1a2b3c4d --person 5e6f7a8b --house",
    ),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--everybody", is_flag=True, help=mark("Everybody who still had to sign has signed."))
@option("--person", "persons", multiple=True, metavar=_PERSON, help=mark("This person signed; one option for each."))
@option("--house", is_flag=True, help=mark("You signed for the house."))
@option(
    "--means", type=Word("ledger.policies.vocabulary:SignatureMeans"), default="on-site-paper", show_default=True,
    help=mark("By which means."),
)  # fmt: skip
@option(
    "--place", type=Word("ledger.policies.vocabulary:SigningPlace"), default="house", show_default=True,
    help=mark("Where."),
)  # fmt: skip
@effective_option()
def sign_(
    session: Session,
    mandate: str,
    everybody: bool,
    persons: Sequence[str],
    house: bool,
    means: Any,
    place: Any,
    effective_at: datetime | None,
) -> None:
    """Record signatures."""
    from ledger.commands._signing import signatures_of
    from ledger.usecases.mandate.making import Signing, sign

    reference = _reference(session, mandate)
    signatures = signatures_of(session, reference, everybody=everybody, persons=persons, house=house)
    recorded = sign(
        session.desk,
        session.command,
        reference,
        Signing(signatures, means=means, place=place, effective_at=effective_at),
    )
    session.output.done(
        mark("Signatures recorded for the mandate {mandate}."),
        mandate=recorded.streams[0], signatures=len(signatures), repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "originals",
    writes=True,
    help=mark("Count the signed originals, as many as there are parties, and let the mandate live."),
    examples=("ledger mandate originals 1a2b3c4d --count 2 --kept-in locked-cabinet",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--count", "counted", type=int, required=True, metavar="N", help=mark("How many originals were signed."))
@option(
    "--kept-in", type=Word("ledger.policies.vocabulary:PaperPlace"), default="locked-cabinet", show_default=True,
    help=mark("Where the house keeps its original."),
)  # fmt: skip
@effective_option()
def originals(session: Session, mandate: str, counted: int, kept_in: Any, effective_at: datetime | None) -> None:
    """Count the originals and let the mandate live."""
    from ledger.documents.mandate import template_digest, template_version
    from ledger.usecases.mandate.making import Originals, count_originals

    recorded = count_originals(
        session.desk,
        session.command,
        _reference(session, mandate),
        Originals(
            counted=counted,
            paper=kept_in,
            template=template_version(),
            template_sha256=template_digest(),
            effective_at=effective_at,
        ),
    )
    session.output.done(mark("Mandate live: {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "void",
    writes=True,
    help=mark("Record that a paper has no effect: it was signed in the wrong order, or lacks something."),
    examples=("ledger mandate void 1a2b3c4d --reason wrong-order",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--reason", type=Word("ledger.policies.vocabulary:VoidReason"), required=True, help=mark("Why."))
@effective_option()
def void_(session: Session, mandate: str, reason: Any, effective_at: datetime | None) -> None:
    """Record that a mandate is void."""
    from ledger.usecases.mandate.making import void

    recorded = void(
        session.desk, session.command, _reference(session, mandate), reason=reason, effective_at=effective_at
    )
    session.output.done(mark("Mandate void: {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "strike",
    writes=True,
    help=mark("Strike a listed act that will not be done; the last one struck or done ends the mandate."),
    examples=("ledger mandate strike 1a2b3c4d --act FTI02-carte-grise:file",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@option("--act", required=True, metavar=mark("CODE"), help=mark("The act."))
@effective_option()
def strike(session: Session, mandate: str, act: str, effective_at: datetime | None) -> None:
    """Strike an act."""
    from ledger.usecases.mandate.acts import strike_act

    entry, code = _pair(act)
    done = strike_act(
        session.desk, session.command, _reference(session, mandate), entry=entry, act=code, effective_at=effective_at
    )
    session.output.done(
        mark("Act struck from the mandate {mandate}."),
        mandate=done.recorded.streams[0], mandate_exhausted=done.exhausted, repeated=done.recorded.repeated,
    )  # fmt: skip


@command.verb(
    "revoke",
    writes=True,
    help=mark(
        "Record that the person withdrew the mandate: at any moment, without a reason.\n\n"
        "--known-at is when somebody of the house was told; --effective-at the date of the withdrawal, if it is "
        "another, such as that of a letter."
    ),
    examples=("ledger mandate revoke 1a2b3c4d", 'ledger mandate revoke 1a2b3c4d --known-at "09/06/2026 11:00"'),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@known_option()
@effective_option()
def revoke_(session: Session, mandate: str, known_at: datetime | None, effective_at: datetime | None) -> None:
    """Revoke a mandate."""
    from ledger.commands._ending import show_ending
    from ledger.usecases.mandate.ending import revoke

    ending = revoke(
        session.desk, session.command, _reference(session, mandate), effective_at=effective_at, known_at=known_at
    )
    show_ending(session, ending)


@command.verb(
    "renounce",
    writes=True,
    help=mark("Record that the house gave the mandate back; --known-at is when the person was told."),
    examples=("ledger mandate renounce 1a2b3c4d",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@known_option()
@effective_option()
def renounce_(session: Session, mandate: str, known_at: datetime | None, effective_at: datetime | None) -> None:
    """Renounce a mandate."""
    from ledger.commands._ending import show_ending
    from ledger.usecases.mandate.ending import renounce

    ending = renounce(
        session.desk, session.command, _reference(session, mandate), effective_at=effective_at, known_at=known_at
    )
    show_ending(session, ending)


@command.verb(
    "end",
    writes=True,
    help=mark("Record an end that neither party declares: term, death, guardianship, a later mandate elsewhere."),
    examples=(
        "ledger mandate end 1a2b3c4d expired",
        'ledger mandate end 1a2b3c4d death --effective-at "01/06/2026 00:00"',
    ),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@argument("kind", type=Word("ledger.policies.vocabulary:EndKind"), help=mark("The kind of end."))
@known_option()
@effective_option()
def end(session: Session, mandate: str, kind: Any, known_at: datetime | None, effective_at: datetime | None) -> None:
    """Record another end."""
    from ledger.commands._ending import show_ending
    from ledger.usecases.mandate.ending import end_mandate

    ending = end_mandate(
        session.desk,
        session.command,
        _reference(session, mandate),
        kind=kind,
        effective_at=effective_at,
        known_at=known_at,
    )
    show_ending(session, ending)


@command.verb(
    "tell",
    writes=True,
    help=mark("Record that a partner was told of the end: it is bound by it from then on."),
    examples=("ledger mandate tell 1a2b3c4d cnaf email",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@argument("partner", metavar=mark("PARTNER"), help=mark("The id of the partner."))
@argument("means", type=Word("ledger.policies.vocabulary:ContactMeans"), help=mark("By which means."))
@effective_option()
def tell(session: Session, mandate: str, partner: str, means: Any, effective_at: datetime | None) -> None:
    """Record that a partner was told."""
    from ledger.usecases.mandate.afterwards import tell_partner

    recorded = tell_partner(
        session.desk,
        session.command,
        _reference(session, mandate),
        partner=partner,
        means=means,
        effective_at=effective_at,
    )
    session.output.done(
        mark("Partner told of the end of the mandate {mandate}."),
        mandate=recorded.streams[0], all_told=recorded.outcome == "ALL_TOLD", repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "account",
    writes=True,
    help=mark("Record that an account of what was done was given to the person, or to those who come after."),
    examples=("ledger mandate account 1a2b3c4d counter",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
@argument("means", type=Word("ledger.policies.vocabulary:ContactMeans"), help=mark("By which means."))
@effective_option()
def account_(session: Session, mandate: str, means: Any, effective_at: datetime | None) -> None:
    """Record an account."""
    from ledger.usecases.mandate.afterwards import account

    recorded = account(
        session.desk, session.command, _reference(session, mandate), means=means, effective_at=effective_at
    )
    session.output.done(
        mark("Account recorded for the mandate {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "list",
    help=mark("List mandates, latest first: those of your house, or all for whoever audits; the page is recorded."),
    examples=("ledger mandate list --state live", "ledger mandate list --person 1a2b3c4d"),
)
@option(
    "--state", type=Word("ledger.projections.mandate_register:MandateState"), help=mark("Only those that stand so.")
)
@option("--person", metavar=_PERSON, help=mark("Only those of this person."))
@option("--limit", type=int, default=50, show_default=True, metavar="N", help=mark("At most so many."))
@option("--before", type=int, metavar=mark("POSITION"), help=mark("Go on before this position of the last page."))
def list_(session: Session, state: Any, person: str | None, limit: int, before: int | None) -> None:
    """List mandates."""
    from ledger.commands._mandate_pages import list_mandates

    list_mandates(session, state=state, person=person, limit=limit, before=before)


@command.verb(
    "show",
    help=mark("Show a mandate: who gave it, for what, until when, each step and what is left to do."),
    examples=("ledger mandate show 1a2b3c4d",),
)
@argument("mandate", metavar=_MANDATE, help=_MANDATE_HELP)
def show_(session: Session, mandate: str) -> None:
    """Show one mandate."""
    from ledger.commands._mandate_pages import show_mandate

    show_mandate(session, _reference(session, mandate))
