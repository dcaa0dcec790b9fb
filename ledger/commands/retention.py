"""`ledger retention`: destroy what is due, under an authority of the archives."""

from __future__ import annotations

from ledger.commands._context import Session
from ledger.commands._words import Noun, option
from ledger.errors import IntegrityBroken
from ledger.translation import mark


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

command = Noun("retention", help=mark("See what is due, and destroy what an authority of the archives lets destroy."))


@command.verb(
    "plan",
    help=mark("Show what a run would do now, and change nothing; the plan is recorded as a reading."),
    examples=("ledger retention plan",),
)
def plan(session: Session) -> None:
    """Show what a run would do."""
    from ledger.commands._output import Column

    steps = session.ledger.retention.plan(session.reading(), at=session.at)
    columns = [
        Column("procedure", mark("Procedure")), Column("category", mark("Category")),
        Column("first_day", mark("From")), Column("last_day", mark("To")), Column("due_at", mark("Due")),
        Column("action", mark("What becomes of it")), Column("why", mark("Why")),
        Column("authority", mark("Authority")),
    ]  # fmt: skip
    rows = [
        {
            "procedure": step.item.id,
            "category": step.item.category,
            "first_day": step.item.first_day,
            "last_day": step.item.last_day,
            "due_at": step.item.due_at,
            "action": step.action,
            "why": step.why,
            "authority": step.authority,
        }
        for step in steps
    ]
    session.output.listing(columns, rows, empty=mark("No value is kept in this ledger."))


@command.verb(
    "run",
    writes=True,
    help=mark(
        "Destroy what is due and covered by an authority; restrict what is due without one.\n\n"
        "Mandates whose term is over are ended first, so that nobody forgets what an end calls for. "
        "A run that was cut short is finished by the next one. Databases keep traces of dead rows until they are "
        "rewritten: --vacuum does it now."
    ),
    examples=("ledger retention run", "ledger retention run --vacuum"),
)
@option("--vacuum", is_flag=True, help=mark("Rewrite the databases, so that no trace of dead rows is left."))
def run(session: Session, vacuum: bool) -> None:
    """Run retention."""
    expired = session.ledger.expire_mandates(session.command)
    if expired:
        session.output.say(mark("{count} mandates ended by their term: see `ledger duty list`."), count=len(expired))
    outcome = session.ledger.retention.run(session.command, vacuum=vacuum)
    session.ledger.tidy()
    if outcome.done is None:
        session.output.done(mark("This run was done before: {run}."), run=outcome.run, repeated=True)
        return
    done = outcome.done
    session.output.done(
        mark("Run {run}: {destroyed} destroyed, {restricted} restricted, {finished} finished from an earlier run."),
        run=outcome.run, destroyed=done.destroyed, restricted=done.restricted, finished=done.finished,
        passed_over=done.passed_over,
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
