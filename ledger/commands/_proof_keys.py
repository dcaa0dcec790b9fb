"""`ledger proof`: the keys that checkpoints, receipts and certificates are signed with."""

from __future__ import annotations

from ledger.commands._context import Session
from ledger.commands._proof_noun import REASON_HELP, command
from ledger.commands._words import option
from ledger.translation import mark

_CHANGED = mark("Another key signs from now on: {new}")
_GIVE = mark("Give the new key, with this note, to whoever checks what this ledger signs.")
_NOT_SIGNED = mark(
    "The key before did not sign this change: whoever checks what this ledger signs must be given the new key by a way "
    "that they trust."
)


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


@command.verb(
    "rotate-key",
    writes=True,
    help=mark(
        "Sign with a new key from now on: checkpoints, receipts and certificates.\n\n"
        "The old key signs a note that names the new one, and is gone then; what it signed stays checkable. Where it "
        "is lost, say --lost: nothing but the record then leads from one to the other. The controller's delegate "
        "decides it. Cut short, the next one goes on from there."
    ),
    examples=(
        'ledger proof rotate-key --reason "changement annuel"',
        'ledger proof rotate-key --lost --reason "disque perdu"',
    ),
)
@option("--lost", is_flag=True, help=mark("The key before is lost."))
@option("--reason", required=True, metavar=mark("TEXT"), help=REASON_HELP)
def rotate_key(session: Session, lost: bool, reason: str) -> None:
    """Change the signing key."""
    from ledger.bootstrap.proving import change_signing_key

    change, repeated = change_signing_key(session.ledger, session.command, is_lost=lost, why=reason)
    session.output.done(
        _CHANGED, new=str(change.new), old=str(change.old or "") or None, note=str(change.note),
        signed_by_old=change.is_signed_by_old, repeated=repeated,
    )  # fmt: skip
    if session.output.for_people:
        session.output.verbatim(str(change.note).removesuffix("\n"))
    session.output.say(_GIVE if change.is_signed_by_old else _NOT_SIGNED)
