"""`ledger breach`: what happened, as it becomes known; whoever works in the house records it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.commands._breach_noun import BREACH, BREACH_HELP, command, reference_of, text_of
from ledger.commands._breach_pages import tell_clock
from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Instant
from ledger.commands._shared import from_option
from ledger.commands._words import argument, option
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID


@command.verb(
    "aware",
    writes=True,
    help=mark(
        "Record since when there is reasonable certainty that personal data are compromised; the clock runs from "
        "there.\n\n"
        "What makes it certain is asked for, or read with --from: grounds. When it occurred may be said again, where "
        "more "
        "is known of it now."
    ),
    examples=('ledger breach aware 1a2b3c4d --at "09/06/2026 14:20"',),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option("--at", "aware_at", type=Instant(), required=True, help=mark("Since when it is certain; never guessed."))
@option("--occurred-from", "began_at", type=Instant(), help=mark("When it began."))
@option("--occurred-to", "ended_at", type=Instant(), help=mark("When it ended; leave it out while it goes on."))
@option("--occurred-unknown", "unknown", is_flag=True, help=mark("Nobody knows when it occurred."))
@from_option()
def aware(session: Session, breach: str, aware_at: datetime, source: str | None, **occurred: Any) -> None:
    """Record the awareness."""
    from ledger.usecases.breach.aware import become_aware

    reference = reference_of(session, breach)
    grounds = text_of(session, source, "grounds", ask=mark("What makes it certain (leave empty if nothing to add)"))
    occurrence = occurrence_of(**occurred) if any(occurred.values()) else None
    recorded = become_aware(
        session.desk, session.command, reference, aware_at=aware_at, grounds=grounds, occurrence=occurrence
    )
    session.output.done(mark("Awareness recorded: {breach}."), breach=reference, repeated=recorded.repeated)
    tell_clock(session, reference)


def occurrence_of(*, began_at: datetime | None, ended_at: datetime | None, unknown: bool) -> Any:
    """
    Give when it occurred, as it was said: over, going on, or unknown.

    :raises OccurrenceUnclear: if what was said contradicts itself, or nothing was
    """
    from ledger.policies.breach_refusals import OccurrenceUnclear
    from ledger.policies.breach_vocabulary import Occurrence, OccurrenceKind

    if unknown == bool(began_at or ended_at):
        raise OccurrenceUnclear
    if unknown:
        return Occurrence(OccurrenceKind.UNKNOWN)
    return Occurrence(OccurrenceKind.OVER if ended_at else OccurrenceKind.ONGOING, began_at, ended_at)


@command.verb(
    "describe",
    writes=True,
    help=mark("Say what was violated, how it came about and through whom, in the words of the CNIL's form."),
    examples=(
        "ledger breach describe 1a2b3c4d --nature confidentiality --origin wrong-recipient --cause internal-accidental",
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option(
    "--nature", "natures", multiple=True, type=Word("ledger.rules.cnil:BreachNature"), help=mark("What was violated.")
)
@option(
    "--origin", "origins", multiple=True, type=Word("ledger.rules.cnil:BreachOrigin"), help=mark("How it came about.")
)
@option("--cause", "causes", multiple=True, type=Word("ledger.rules.cnil:BreachCause"), help=mark("Who caused it."))
def describe_(session: Session, breach: str, natures: Any, origins: Any, causes: Any) -> None:
    """Describe a breach."""
    from ledger.usecases.breach.declare import Kinds
    from ledger.usecases.breach.describe import describe

    reference = reference_of(session, breach)
    recorded = describe(session.desk, session.command, reference, kinds=Kinds(natures, origins, causes))
    session.output.done(mark("Breach described: {breach}."), breach=reference, repeated=recorded.repeated)


@command.verb(
    "narrate",
    writes=True,
    help=mark(
        "Write one part of the narrative: circumstances, discovery, consequences, measures before, message, abroad.\n\n"
        "The text is asked for, or read with --from: text. It is sealed; it holds no name and no number of a person."
    ),
    examples=(
        "ledger breach narrate 1a2b3c4d circumstances",
        "ledger breach narrate 1a2b3c4d discovery --from recit.json",
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("part", type=Word("ledger.policies.breach_vocabulary:BreachText"), help=mark("The part."))
@from_option()
def narrate_(session: Session, breach: str, part: Any, source: str | None) -> None:
    """Write one part."""
    from ledger.usecases.breach.describe import narrate

    reference = reference_of(session, breach)
    text = text_of(
        session, source, "text", ask=mark("Your text, without any name or number of a person"), required=True
    )
    recorded = narrate(session.desk, session.command, reference, part, text)
    session.output.done(mark("Narrative recorded: {breach}."), breach=reference, repeated=recorded.repeated)


@command.verb(
    "processor",
    writes=True,
    help=mark(
        "Record that a processor of the house told of the breach; the house is aware from then on.\n\n"
        "The processor's own delay, from its awareness to its telling, is shown apart."
    ),
    examples=('ledger breach processor 1a2b3c4d "Hébergeur Exemple" --told-at "09/06/2026 14:20"',),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("processor", metavar=mark("ORGANISATION"), help=mark("Which organisation told."))
@option("--told-at", type=Instant(), required=True, help=mark("When the house was told."))
@option("--aware-since", type=Instant(), help=mark("Since when the processor itself was aware, if it says so."))
def processor_(session: Session, breach: str, processor: str, told_at: datetime, aware_since: datetime | None) -> None:
    """Record what a processor told."""
    from ledger.usecases.breach.describe import hear_processor

    reference = reference_of(session, breach)
    recorded = hear_processor(
        session.desk, session.command, reference, processor, told_at=told_at, processor_aware_at=aware_since
    )
    session.output.done(
        mark("Recorded. The house is aware from {told_at} on at the latest: see `ledger breach aware`."),
        told_at=told_at, breach=reference, repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "sent",
    writes=True,
    help=mark(
        "Record that a notification was sent to the CNIL: initial, complementary or complete.\n\n"
        "Nothing else is needed first: neither an assessment nor an opinion. From the legal end on, the reasons for "
        "the "
        "delay are needed; after the target they are asked for. They are typed, or read with --from: reasons."
    ),
    examples=(
        'ledger breach sent 1a2b3c4d --type initial --at "12/06/2026 09:30" --receipt 2026-123456',
        "ledger breach sent 1a2b3c4d --type complementary --receipt 2026-123457",
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option(
    "--type",
    "form_type",
    required=True,
    type=Word("ledger.rules.cnil:FormType"),
    help=mark("Which notification it was."),
)
@option("--at", "sent_at", type=Instant(), help=mark("When it was sent, if not now."))
@option("--receipt", default="", metavar=mark("NUMBER"), help=mark("The number on the receipt of the CNIL."))
@option("--initial", default="", metavar=mark("NUMBER"), help=mark("The number of the initial notification."))
@from_option()
def sent_(session: Session, breach: str, sent_at: datetime | None, source: str | None, **said: Any) -> None:
    """Record a notification."""
    from ledger.usecases.breach.notify import Notification, notify

    reference = reference_of(session, breach)
    when = sent_at or session.at
    reasons = _reasons(session, reference, when, source)
    recorded = notify(session.desk, session.command, reference, Notification(sent_at=when, reasons=reasons, **said))
    session.output.done(
        mark("Notification recorded: {breach}. What is left to do: `ledger breach show {breach}`."),
        breach=reference, sent_at=when, form_type=said["form_type"], repeated=recorded.repeated,
    )  # fmt: skip


def _reasons(session: Session, breach: UUID, sent_at: datetime, source: str | None) -> str:
    """Get why it was not sent earlier: from the source, or typed once the target is past; needed once it is late."""
    import sys

    from ledger.usecases.breach.notify import clock_of

    ask = mark("Why was it not sent earlier")
    if source is not None:
        return text_of(session, source, "reasons", ask=ask)
    clock = clock_of(session.desk, session.reading(), breach) if sys.stdin.isatty() else None
    if clock is None or not clock.is_past_target(sent_at):
        return ""
    return text_of(session, None, "reasons", ask=ask, required=clock.is_late(sent_at))


@command.verb(
    "remedy",
    writes=True,
    help=mark("Record what was done against the breach; it is asked for, or read with --from: measures."),
    examples=("ledger breach remedy 1a2b3c4d",),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option("--at", "done_at", type=Instant(), help=mark("When it was done, if not now."))
@from_option()
def remedy_(session: Session, breach: str, done_at: datetime | None, source: str | None) -> None:
    """Record a remedy."""
    from ledger.usecases.breach.close import remedy

    reference = reference_of(session, breach)
    measures = text_of(session, source, "measures", ask=mark("What was done"), required=True)
    recorded = remedy(session.desk, session.command, reference, measures, done_at=done_at)
    session.output.done(mark("Remedy recorded: {breach}."), breach=reference, repeated=recorded.repeated)


@command.verb(
    "reopen",
    writes=True,
    help=mark(
        "Start a new clock because new facts change the risk: the key of a stolen laptop leaks, for one.\n\n"
        "Every duty runs again from --at, closed or not. The facts are asked for, or read with --from: facts."
    ),
    examples=('ledger breach reopen 1a2b3c4d --at "20/06/2026 10:00"',),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@option("--at", "aware_at", type=Instant(), required=True, help=mark("When the new facts were certain."))
@from_option()
def reopen_(session: Session, breach: str, aware_at: datetime, source: str | None) -> None:
    """Start a new clock."""
    from ledger.usecases.breach.aware import reopen

    reference = reference_of(session, breach)
    facts = text_of(session, source, "facts", ask=mark("Which new facts"), required=True)
    recorded = reopen(session.desk, session.command, reference, aware_at=aware_at, facts=facts)
    session.output.done(mark("A new clock runs: {breach}."), breach=reference, repeated=recorded.repeated)
    tell_clock(session, reference)


@command.verb(
    "link",
    writes=True,
    help=mark("Tie a breach to another: the same event, what it came of, a duplicate."),
    examples=("ledger breach link 1a2b3c4d 5e6f7a8b --tie follows",),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("other", metavar=mark("OTHER"), help=mark("The reference of the other breach."))
@option(
    "--tie",
    "kind",
    required=True,
    type=Word("ledger.policies.breach_vocabulary:BreachLink"),
    help=mark("What ties them."),
)
def link_(session: Session, breach: str, other: str, kind: Any) -> None:
    """Tie two breaches."""
    from ledger.usecases.breach.close import link

    reference = reference_of(session, breach)
    recorded = link(session.desk, session.command, reference, reference_of(session, other), kind)
    session.output.done(mark("The breaches are linked: {breach}."), breach=reference, repeated=recorded.repeated)


@command.verb(
    "open-line",
    writes=True,
    help=mark(
        "Let a line of duty run beside the two that every breach has.\n\n"
        "The controller's, where the house is a processor; the insurance's, from the knowledge of an attack on a "
        "system; "
        "the prefect's, for public archives that are lost; NIS 2, where its rules are switched on."
    ),
    examples=(
        'ledger breach open-line 1a2b3c4d insurance --from-instant "09/06/2026 14:20"',
        'ledger breach open-line 1a2b3c4d controller --from-instant "09/06/2026 14:20" --about cnaf',
    ),
)
@argument("breach", metavar=BREACH, help=BREACH_HELP)
@argument("line", type=Word("ledger.policies.breach_vocabulary:Line"), help=mark("The line."))
@option("--from-instant", "runs_from", type=Instant(), required=True, help=mark("The instant from which it runs."))
@option("--about", default="", metavar=mark("WORDS"), help=mark("Which controller, which policy, which archives."))
def open_line_(session: Session, breach: str, line: Any, runs_from: datetime, about: str) -> None:
    """Let a line run."""
    from ledger.usecases.breach.lines import open_line

    reference = reference_of(session, breach)
    recorded = open_line(session.desk, session.command, reference, line, runs_from=runs_from, about=about)
    session.output.done(mark("This line runs: {line}."), line=line, breach=reference, repeated=recorded.repeated)
