"""`ledger mandate draft` to `originals`: the steps that make a mandate, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._mandate_noun import MANDATE, MANDATE_HELP, PERSON, command, reference_of
from ledger.commands._shared import effective_option, from_option
from ledger.commands._words import argument, option
from ledger.translation import mark

__all__ = ["command"]


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
@option("--person", "persons", multiple=True, metavar=PERSON, help=mark("Who gives it; one option for each."))
@option("--act", "acts", multiple=True, metavar=mark("CODE"), help=mark("An act of the mandate; one option for each."))
@option("--data-request", "requests", multiple=True, metavar=mark("CODE"), help=mark("A data request of the mandate."))
@option("--days", type=int, metavar="N", help=mark("How long the mandate lasts, in days; else what the profile says."))
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
        persons=tuple(session.reference(Subject, person, name="person") for person in typed["persons"]),
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
        Question("days", mark("For how many days? (Enter for what the profile says)"), Kind.NUMBER, required=False),
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
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@option("--person", metavar=PERSON, required=True, help=mark("Who was identified."))
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
        reference_of(session, mandate),
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
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
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
        reference_of(session, mandate),
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
        "Print the originals of a mandate: a PDF of them all, or plain text.\n\n"
        "Names are opened for it, which is recorded. The file must be new; without one, the PDF goes to standard "
        "output, which can't be a terminal."
    ),
    examples=(
        "ledger mandate print 1a2b3c4d --to mandat.pdf",
        "ledger mandate print 1a2b3c4d > mandat.pdf",
        "ledger mandate print 1a2b3c4d --text",
    ),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@option("--to", "file", type=Path, metavar=mark("FILE"), help=mark("Write the PDF to this new file."))
@option("--text", is_flag=True, help=mark("Plain text instead, on standard output."))
def print_(session: Session, mandate: str, file: Path | None, text: bool) -> None:
    """Print a mandate."""
    from ledger.bootstrap.papers import mandate_paper
    from ledger.commands._printing import check_place, print_originals

    check_place(file, text=text)
    paper = mandate_paper(session.ledger, session.reading(), reference_of(session, mandate))
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
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@option("--everybody", is_flag=True, help=mark("Everybody who still had to sign has signed."))
@option("--person", "persons", multiple=True, metavar=PERSON, help=mark("This person signed; one option for each."))
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

    recorded = session.desk.streams.recall(session.command)  # once everybody has signed, nobody is left to sign
    if recorded is None:
        reference = reference_of(session, mandate)
        signatures = signatures_of(session, reference, everybody=everybody, persons=persons, house=house)
        signing = Signing(signatures, means=means, place=place, effective_at=effective_at)
        recorded = sign(session.desk, session.command, reference, signing)
    session.output.done(
        mark("Signatures recorded for the mandate {mandate}."),
        mandate=recorded.streams[0], signatures=len(recorded.positions), repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "originals",
    writes=True,
    help=mark("Count the signed originals, as many as there are parties, and let the mandate live."),
    examples=("ledger mandate originals 1a2b3c4d --count 2 --kept-in locked-cabinet",),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
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
        reference_of(session, mandate),
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
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@option("--reason", type=Word("ledger.policies.vocabulary:VoidReason"), required=True, help=mark("Why."))
@effective_option()
def void_(session: Session, mandate: str, reason: Any, effective_at: datetime | None) -> None:
    """Record that a mandate is void."""
    from ledger.usecases.mandate.making import void

    recorded = void(
        session.desk, session.command, reference_of(session, mandate), reason=reason, effective_at=effective_at
    )
    session.output.done(mark("Mandate void: {mandate}."), mandate=recorded.streams[0], repeated=recorded.repeated)


@command.verb(
    "strike",
    writes=True,
    help=mark("Strike a listed act that will not be done; the last one struck or done ends the mandate."),
    examples=("ledger mandate strike 1a2b3c4d --act FTI02-carte-grise:file",),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
@option("--act", required=True, metavar=mark("CODE"), help=mark("The act."))
@effective_option()
def strike(session: Session, mandate: str, act: str, effective_at: datetime | None) -> None:
    """Strike an act."""
    from ledger.usecases.mandate.acts import strike_act

    entry, code = _pair(act)
    done = strike_act(
        session.desk, session.command, reference_of(session, mandate), entry=entry, act=code, effective_at=effective_at
    )
    session.output.done(
        mark("Act struck from the mandate {mandate}."),
        mandate=done.recorded.streams[0], mandate_exhausted=done.exhausted, repeated=done.recorded.repeated,
    )  # fmt: skip
