"""`ledger retention`: destroy what is due, under an authority of the archives."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._shared import Decorator
from ledger.commands._words import Noun, argument, option
from ledger.errors import IntegrityBroken
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.aggregates.run import Done
    from ledger.retention.runner import Outcome


class KeysLost(IntegrityBroken):
    """Keys that were to be destroyed are not there."""

    sentence = mark("{count} keys that were to be destroyed are not in the key store; everything else was done.")
    advice = mark(
        "This may be a breach of availability: tell the data protection officer, and look for another key store."
    )


_AWAITED = mark(
    "What was to be destroyed can't be read here any more, but {holders} may still hold an old root key: connect it "
    "and run again, nothing of it is complete before."
)


def metrics_option() -> Decorator:
    """Make the option that names a file for monitoring."""
    return option(
        "--metrics", metavar=mark("FILE"), help=mark("Write figures for monitoring into this file (Prometheus text).")
    )


command = Noun("retention", help=mark("See what is due, and destroy what an authority of the archives lets destroy."))


@command.verb(
    "plan",
    help=mark(
        "Show what a run would do now, or on another day, and change nothing; the plan is recorded as a reading.\n\n"
        "It tells of what is due, and of what a hold keeps; --all tells of what goes on as well."
    ),
    examples=("ledger retention plan", "ledger retention plan --on 31/12/2031 --json"),
)
@option("--on", "on", type=Day(), help=mark("As it will be at the end of that day, if nothing changes until then."))
@option("--all", "all_of_it", is_flag=True, help=mark("Tell of everything that is kept, whatever its term."))
@metrics_option()
def plan(session: Session, on: date | None, all_of_it: bool, metrics: str | None) -> None:
    """Show what a run would do."""
    from ledger.commands._output import Column

    at = session.at if on is None else _end_of(on, session)
    steps = session.ledger.retention.plan(session.reading(), at=at, all_of_it=all_of_it)
    columns = [
        Column("item", mark("Reference")), Column("category", mark("Category")),
        Column("first_day", mark("From")), Column("last_day", mark("To")), Column("due_at", mark("Due")),
        Column("action", mark("What becomes of it")), Column("why", mark("Why")),
        Column("authority", mark("Authority")), Column("holds", mark("Holds")),
    ]  # fmt: skip
    rows = [
        {
            "item": step.item.id,
            "category": step.item.category,
            "first_day": step.item.first_day,
            "last_day": step.item.last_day,
            "due_at": step.item.due_at,
            "action": step.action,
            "why": step.why,
            "authority": step.authority,
            "holds": list(step.item.holds),
        }
        for step in steps
    ]
    session.output.listing(columns, rows, empty=mark("Nothing is due."))
    _write_metrics(session, metrics)


@command.verb(
    "run",
    writes=True,
    help=mark(
        "Destroy what is due and covered by an authority; restrict what is due without one.\n\n"
        "Mandates whose term is over are ended first, and procedures that nobody goes on with are closed, so that "
        "nobody forgets what an end calls for. A run that was cut short is finished by the next one. Databases keep "
        "traces of dead rows until they are rewritten: --vacuum does it now."
    ),
    examples=("ledger retention run", "ledger retention run --dry-run", "ledger retention run --vacuum"),
)
@option("--vacuum", is_flag=True, help=mark("Rewrite the databases, so that no trace of dead rows is left."))
@option("--dry-run", is_flag=True, help=mark("Count what would be done, and do nothing."))
@option(
    "--confirm",
    type=click.IntRange(min=1),
    metavar=mark("COUNT"),
    help=mark("As many may go at once; the controller's delegate says so where a run asks for it."),
)
@metrics_option()
def run(session: Session, vacuum: bool, dry_run: bool, confirm: int | None, metrics: str | None) -> None:
    """Run retention."""
    if dry_run:
        _count(session)
        return
    expired = session.ledger.expire_mandates(session.command)
    if expired:
        session.output.say(mark("{count} mandates ended by their term: see `ledger duty list`."), count=len(expired))
    outcome = session.ledger.retention.run(
        session.command, vacuum=vacuum, confirm=confirm, progress=session.output.progress
    )
    session.ledger.tidy()
    _write_metrics(session, metrics)
    if outcome.done is None:
        session.output.done(mark("This run was done before: {run}."), run=outcome.run, repeated=True)
    else:
        _tell(session, outcome, outcome.done)


@command.verb(
    "explain",
    help=mark(
        "Say of a procedure, a mandate, a person or an agent why it is kept, until when, and what would release it.\n\n"
        "What is destroyed already is told with its day and its run. The look is recorded."
    ),
    examples=("ledger retention explain 1a2b3c4d",),
)
@argument("reference", metavar=mark("REFERENCE"), help=mark("The reference of what is asked about."))
def explain(session: Session, reference: str) -> None:
    """Explain why something is kept."""
    from ledger.commands._output import Column
    from ledger.retention.explaining import SCOPES, what_releases

    kind, found = session.reference_among(tuple(SCOPES), reference)
    lines = session.ledger.retention.explain(session.reading(), kind, found)
    columns = [
        Column("category", mark("Category")), Column("action", mark("What becomes of it")),
        Column("why", mark("Why")), Column("due_at", mark("Until")), Column("source", mark("Source of the term")),
        Column("releases", mark("What would release it")), Column("authority", mark("Authority")),
        Column("holds", mark("Holds")), Column("fenced_at", mark("Closed for destruction")),
        Column("destroyed_at", mark("Destroyed")), Column("run", mark("By the run")),
    ]  # fmt: skip
    rows = [
        {
            "category": line.category,
            "action": line.action,
            "why": line.why,
            "due_at": line.due_at,
            "source": line.source,
            "releases": translate(what_releases(line)),
            "authority": line.authority,
            "holds": list(line.holds),
            "fenced_at": line.fenced_at,
            "destroyed_at": line.destroyed_at,
            "run": line.run,
        }
        for line in lines
    ]
    session.output.listing(columns, rows, empty=mark("Nothing was ever kept of it."))


def _end_of(on: date, session: Session) -> datetime:
    """Give the last instant of a day, where the person is who asks."""
    from ledger.rules.periods import midnight

    return midnight(on + timedelta(days=1), session.zone) - timedelta(microseconds=1)


def _count(session: Session) -> None:
    """Say what a run would do now."""
    figures = session.ledger.retention.figures(session.reading(), at=session.at)
    session.output.done(
        mark("A run would destroy {due}, close {to_close}; {awaiting} wait for the archives, {held} are held."),
        due=figures.due, to_close=figures.to_close, awaiting=figures.awaiting_authority, held=figures.held,
        living=figures.living, overdue=figures.overdue,
    )  # fmt: skip


def _write_metrics(session: Session, metrics: str | None) -> None:
    if metrics is None:
        return
    from ledger.retention.figures import write_figures

    write_figures(session.ledger.retention.figures(session.reading(), at=session.now()), Path(metrics))


def _tell(session: Session, outcome: Outcome, done: Done) -> None:
    """Say what a run did, and what is left to do."""
    session.output.done(
        mark(
            "Run {run}: {destroyed} destroyed, {restricted} restricted, {closed} closed, {finished} finished from an "
            "earlier run."
        ),
        run=outcome.run, destroyed=done.destroyed, restricted=done.restricted, closed=done.closed,
        finished=done.finished, pruned=done.pruned, passed_over=done.passed_over, by_class=dict(done.by_class),
        awaited=list(done.awaited), truncated=done.truncated, vacuum=outcome.vacuum or None, repeated=False,
    )  # fmt: skip
    if done.lost:
        raise KeysLost(count=done.lost)
    if done.awaited:
        session.output.say(_AWAITED, holders=", ".join(done.awaited))
    if done.passed_over:
        session.output.say(mark("{count} changed in the meantime; the next run looks at them."), count=done.passed_over)
    if not done.truncated or outcome.vacuum == "pending":
        session.output.say(mark("A reader held a database: its traces go with the next run. Run again later."))
    elif not outcome.vacuum:
        session.output.say(mark("Databases keep traces of dead rows until `ledger retention run --vacuum`."))
