"""`ledger proof`: the keys that checkpoints, receipts and certificates are signed with."""

from __future__ import annotations

from ledger.commands._context import Session
from ledger.commands._proof_noun import command
from ledger.translation import mark


@command.verb(
    "log-key",
    help=mark(
        "Print the keys that check what this ledger signs: give them to auditors and witnesses, by a way that you "
        "trust.\n\n"
        "One line for each origin and key, as other programs that read signed notes take it."
    ),
    examples=("ledger proof log-key", "ledger proof log-key --json"),
)
def log_key(session: Session) -> None:
    """Show the verifier keys."""
    from ledger.aggregates.origin import origin_name
    from ledger.commands._output import Column

    ledger = session.ledger
    standing = ledger.archive.standing() if ledger.archive.exists else None
    origin = standing.origin if standing else None
    current = ledger.signer.verifier_key(name=origin.name if origin else origin_name(ledger.settings.ledger_id, 1))
    used = {str(use.key): (use.first_size, use.last_size) for use in ledger.archive.key_uses()} if standing else {}
    rows = [
        {"verifier_key": key, "current": key == current, "first_size": sizes[0], "last_size": sizes[1]}
        for key, sizes in {**used, current: used.get(current, (None, None))}.items()
    ]
    columns = [
        Column("verifier_key", mark("Key that checks")), Column("current", mark("Signs now")),
        Column("first_size", mark("From")), Column("last_size", mark("To")),
    ]  # fmt: skip
    if session.output.for_people:
        for row in rows:
            session.output.verbatim(str(row["verifier_key"]))
    else:
        session.output.listing(columns, rows)
