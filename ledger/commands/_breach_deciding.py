"""`ledger breach`: what is decided, by the controller's delegate, after the data protection officer's opinion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from ledger.commands._breach_noun import BREACH, BREACH_HELP, command, reference_of, text_of
from ledger.commands._breach_pages import tell_clock
from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import agent_of
from ledger.commands._moments import Instant
from ledger.commands._shared import from_option
from ledger.commands._words import argument, option
from ledger.errors import Invalid
from ledger.translation import mark

_VOCABULARY = "ledger.policies.breach_vocabulary"


class NotAFactor(Invalid):
    """What was typed for a factor is no decimal number."""

    sentence = mark("A factor of the severity is a decimal number.")
    advice = mark("Write it with a point, such as 0.5; `ledger breach severity --help` says which there are.")


class ToldOrDecided(Invalid):
    """It was said both that people were told and what is decided, or neither."""

    sentence = mark("Say either that people were told (--told), or what is decided (--decision).")
    advice = mark("Record one after the other.")


@command.verb(
    "assess",
    writes=True,
    help=mark(
        "Decide what risk the breach is for the people: unlikely, likely or high. The measure informs, it never "
        "decides.\n\n"
        "The three factors are those of `ledger breach severity`. The reason is asked for, or read with --from: "
        "reason; "
        "it is needed where a risk is taken to be unlikely."
    ),
    examples=(
        "ledger breach assess 1a2b3c4d --dpc 2 --ei 0.75 --cb 0.5 --gravity limited --risk likely",
        "ledger breach assess 1a2b3c4d --dpc 1 --ei 0.25 --cb 0 --gravity negligible --risk unlikely --people 3",
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option("--dpc", required=True, metavar="N", help=mark("The nature of the data: 1 to 4."))
@option("--ei", required=True, metavar="N", help=mark("How easily the people are identified: 0.25 to 1."))
@option("--cb", required=True, metavar="N", help=mark("What made it worse: the sum of the circumstances."))
@option(
    "--gravity", required=True, type=Word("ledger.rules.cnil:Gravity"), help=mark("How grave the consequences are.")
)
@option(
    "--consequence", "consequences", multiple=True, type=Word("ledger.rules.cnil:Consequence"),
    help=mark("What may follow for the people; loss of professional secrecy always does."),
)  # fmt: skip
@option("--risk", required=True, type=Word(f"{_VOCABULARY}:Risk"), help=mark("The risk for the people: your decision."))
@option(
    "--people", type=click.IntRange(min=0), metavar="N", help=mark("How many people are concerned, if that is known.")
)
@option("--unintelligible", is_flag=True, help=mark("Nobody can read the data: encrypted, and the key is safe."))
@from_option()
def assess_(session: Session, breach: str, source: str | None, risk: Any, **said: Any) -> None:
    """Assess a breach."""
    from ledger.usecases.breach.assess import assess, measure

    reference = reference_of(session, breach)
    factors = _factors(said.pop("dpc"), said.pop("ei"), said.pop("cb"))
    assessment = measure(session.desk, factors, at=session.at, **said)
    reason = text_of(
        session, source, "reason", ask=mark("Why is this the risk (leave empty if nothing to add)"),
        required=risk == "unlikely",
    )  # fmt: skip
    recorded = assess(session.desk, session.command, reference, assessment, risk=risk, reason=reason)
    session.output.done(
        mark("Assessed: severity {score} ({band}); the risk you decided: {risk}. Proposed: {authority}; {people}."),
        score=f"{assessment.score:f}", band=assessment.band, risk=risk, authority=assessment.proposed_authority,
        people=assessment.proposed_people, breach=reference, repeated=recorded.repeated,
    )  # fmt: skip


def _factors(dpc: str, ei: str, cb: str) -> Any:
    from decimal import Decimal, InvalidOperation

    from ledger.policies.severity import Factors

    try:
        return Factors(Decimal(dpc), Decimal(ei), Decimal(cb))
    except InvalidOperation:
        raise NotAFactor from None


@command.verb(
    "opinion",
    writes=True,
    help=mark(
        "Record what the data protection officer says, or that the officer can't be reached.\n\n"
        "On both duty lines unless --on says otherwise. The officer's words are asked for, or read with --from: "
        "note. An "
        "officer who can't be reached (none-within-delay) blocks nothing."
    ),
    examples=(
        "ledger breach opinion 1a2b3c4d favourable --officer 5e6f7a8b",
        "ledger breach opinion 1a2b3c4d none-within-delay --on gdpr-33",
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("opinion", type=Word("ledger.aggregates.confirmation:Opinion"), help=mark("The opinion."))
@option("--on", "subjects", multiple=True, type=Word(f"{_VOCABULARY}:OpinionOn"), help=mark("What it is on."))
@option("--officer", metavar=mark("AGENT"), help=mark("The officer who gave it, if it is not you."))
@option("--at", "given_at", type=Instant(), help=mark("When it was given, if not now."))
@from_option()
def opinion_(
    session: Session,
    breach: str,
    opinion: Any,
    subjects: Any,
    officer: str | None,
    given_at: datetime | None,
    source: str | None,
) -> None:
    """Record an opinion."""
    from ledger.policies.breach_vocabulary import OPINION_ON_LINE
    from ledger.usecases.breach.assess import advise

    reference = reference_of(session, breach)
    note = text_of(session, source, "note", ask=mark("In the officer's words (leave empty if nothing to add)"))
    recorded = advise(
        session.desk, session.command, reference, tuple(subjects) or tuple(OPINION_ON_LINE.values()), opinion,
        officer=agent_of(session, officer, name="--officer"), note=note, given_at=given_at,
    )  # fmt: skip
    session.output.done(mark("Opinion recorded: {breach}."), breach=reference, repeated=recorded.repeated)


@command.verb(
    "inform",
    writes=True,
    help=mark(
        "Record that people were told (--told), or decide whether they are (--decision) (GDPR 34).\n\n"
        "Not telling them takes one of the reasons of article 34 (--why), in words too: asked for, or read with "
        "--from: "
        "reason."
    ),
    examples=(
        "ledger breach inform 1a2b3c4d --told 12 --by mail --by phone",
        "ledger breach inform 1a2b3c4d --decision no --why no-high-risk",
        'ledger breach inform 1a2b3c4d --decision will-be --until "15/06/2026 18:00"',
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option("--told", type=click.IntRange(min=0), metavar="N", help=mark("How many people were told."))
@option(
    "--by", "means", multiple=True, type=Word("ledger.policies.vocabulary:ContactMeans"),
    help=mark("By which means; several may be given."),
)  # fmt: skip
@option("--at", "told_at", type=Instant(), help=mark("When they were told, if not now."))
@option("--decision", type=Word("ledger.rules.cnil:InformationOfPeople"), help=mark("What is decided."))
@option("--why", type=Word(f"{_VOCABULARY}:WhyNotTold"), help=mark("Why they are not told."))
@option("--until", "due_at", type=Instant(), help=mark("By when they will be told."))
@from_option()
def inform_(session: Session, breach: str, told: int | None, decision: Any, source: str | None, **said: Any) -> None:
    """Tell the people, or decide whether to."""
    from ledger.usecases.breach.people import decide_on_people, inform_people

    if (told is None) == (decision is None):
        raise ToldOrDecided
    reference = reference_of(session, breach)
    if told is not None:
        recorded = inform_people(
            session.desk, session.command, reference, people=told, means=said["means"], told_at=said["told_at"]
        )
    else:
        reason = text_of(session, source, "reason", ask=mark("Why"), required=decision == "no")
        recorded = decide_on_people(
            session.desk, session.command, reference, decision, why=said["why"], reason=reason, due_at=said["due_at"]
        )
    session.output.done(mark("Recorded: {breach}."), breach=reference, repeated=recorded.repeated)


@command.verb(
    "close-line",
    writes=True,
    help=mark(
        "Close one line of duty for a reason of its own.\n\n"
        "The two duty lines are closed by the controller's delegate, with the officer's opinion on record. The "
        "reason is "
        "asked for, or read with --from: reason."
    ),
    examples=(
        "ledger breach close-line 1a2b3c4d gdpr-33 notified",
        "ledger breach close-line 1a2b3c4d convention not-applied --from motif.json",
        "ledger breach close-line 1a2b3c4d insurance done --reference PV-2026-42",
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("line", type=Word(f"{_VOCABULARY}:Line"), help=mark("The line."))
@argument("ending", type=Word(f"{_VOCABULARY}:LineEnding"), help=mark("Why it is closed."))
@option("--at", "closed_at", type=Instant(), help=mark("When it was done, if not now."))
@option(
    "--reference", default="", metavar=mark("NUMBER"), help=mark("The number of the complaint, the letter, the visa.")
)
@from_option()
def close_line_(
    session: Session,
    breach: str,
    line: Any,
    ending: Any,
    closed_at: datetime | None,
    reference: str,
    source: str | None,
) -> None:
    """Close a line."""
    from ledger.usecases.breach.lines import close_line

    found = reference_of(session, breach)
    evident = ending in ("notified", "done")
    reason = (
        "" if evident and source is None else text_of(session, source, "reason", ask=mark("Why"), required=not evident)
    )
    recorded = close_line(
        session.desk, session.command, found, line, ending, reason=reason, closed_at=closed_at, reference=reference
    )
    session.output.done(
        mark("This line is closed: {line}, {ending}."),
        line=line, ending=ending, breach=found, repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "close",
    writes=True,
    help=mark(
        "Close a breach, once every line is closed: handled to its end, or no breach at all.\n\n"
        "The reason is asked for, or read with --from: reason; it is needed where it was no breach."
    ),
    examples=("ledger breach close 1a2b3c4d handled", "ledger breach close 1a2b3c4d not-a-breach --from motif.json"),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("ending", type=Word(f"{_VOCABULARY}:BreachEnding"), help=mark("How it ended."))
@from_option()
def close_(session: Session, breach: str, ending: Any, source: str | None) -> None:
    """Close a breach."""
    from ledger.usecases.breach.close import close

    reference = reference_of(session, breach)
    none = ending == "not-a-breach"
    reason = text_of(session, source, "reason", ask=mark("Why"), required=True) if none or source else ""
    recorded = close(session.desk, session.command, reference, ending, reason=reason)
    session.output.done(
        mark("Breach closed: {breach}. It stays in the register for its term."),
        breach=reference, ending=ending, repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "correct",
    writes=True,
    help=mark(
        "Correct the awareness from which the clock runs; the wrong one stays on record.\n\n"
        "The controller's delegate does. The reason is asked for, or read with --from: reason."
    ),
    examples=('ledger breach correct 1a2b3c4d --at "09/06/2026 12:20"',),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option("--at", "aware_at", type=Instant(), required=True, help=mark("Since when it was certain."))
@from_option()
def correct_(session: Session, breach: str, aware_at: datetime, source: str | None) -> None:
    """Correct the awareness."""
    from ledger.usecases.breach.aware import correct_awareness

    reference = reference_of(session, breach)
    reason = text_of(session, source, "reason", ask=mark("Why was it recorded wrong"), required=True)
    recorded = correct_awareness(session.desk, session.command, reference, aware_at=aware_at, reason=reason)
    session.output.done(mark("Awareness recorded: {breach}."), breach=reference, repeated=recorded.repeated)
    tell_clock(session, reference)
