"""`ledger certificate`: the certificates of destruction, as they were signed."""

from __future__ import annotations

from ledger.commands._context import Session
from ledger.commands._words import Noun, argument
from ledger.translation import mark

command = Noun(
    "certificate",
    help=mark("See the certificates of destruction: what went, under which authority, how, and how surely."),
)


@command.verb(
    "list",
    help=mark("List the certificates of destruction, the oldest first, with how surely what went is gone."),
    examples=("ledger certificate list",),
)
def list_(session: Session) -> None:
    """List the certificates."""
    from ledger.commands._output import Column
    from ledger.usecases.retention.certificates import show_all

    columns = [
        Column("certificate", mark("Reference")), Column("issued_at", mark("Issued")),
        Column("raised_at", mark("Raised")), Column("status", mark("Status")),
        Column("pending", mark("Awaited")), Column("vacuumed", mark("Tables rewritten")),
        Column("count", mark("Destroyed")), Column("run", mark("Run")), Column("epoch", mark("Epoch")),
    ]  # fmt: skip
    rows = [
        {
            "certificate": page.id,
            "issued_at": page.issued_at,
            "raised_at": page.raised_at,
            "status": page.standing.status,
            "pending": list(page.standing.pending),
            "vacuumed": page.standing.vacuumed,
            "count": sum(line.count for line in page.lines),
            "run": page.run,
            "epoch": page.epoch,
        }
        for page in show_all(session.desk, session.reading())
    ]
    session.output.listing(columns, rows, empty=mark("No certificate was issued: nothing was destroyed."))


@command.verb(
    "show",
    help=mark(
        "Print a certificate of destruction to the byte, with its signature.\n\n"
        "It is a signed note (C2SP signed-note, Ed25519): whoever has the ledger's public key can check it offline."
    ),
    examples=("ledger certificate show 1a2b3c4d > certificat.txt",),
)
@argument("certificate", metavar=mark("CERTIFICATE"), help=mark("The reference of the certificate."))
def show_(session: Session, certificate: str) -> None:
    """Print a certificate."""
    from ledger.aggregates.certificate import Certificate
    from ledger.commands._output import Column
    from ledger.usecases.retention.certificates import show

    page = show(session.desk, session.reading(), session.reference(Certificate, certificate, name="certificate"))
    if session.output.for_people:
        session.output.raw(page.text.encode())
    else:
        row = {"certificate": page.id, "status": page.standing.status, "text": page.text}
        session.output.listing([Column(name, name) for name in row], [row])
