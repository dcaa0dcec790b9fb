"""`ledger proof timestamp`: that a checkpoint existed at an instant, by an authority of timestamps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._proof_noun import command
from ledger.commands._words import argument, option
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.bootstrap.timestamping import Kept

_STEPS = ("authority", "request", "attach", "online")


class TimestampFileNeeded(Invalid):
    """A step needs a file."""

    sentence = mark("This step needs a file.")
    advice = mark("Give it after the name of the step; see `ledger proof timestamp --help`.")


@command.verb(
    "timestamp",
    help=mark(
        "Have an authority of timestamps (RFC 3161) say when a checkpoint existed at the latest; in two steps by "
        "files, or in one over the network.\n\n"
        "authority FILE keeps the certificates (PEM) of the authority that you choose, its root among them. request "
        "FILE writes what is sent to it, over the last checkpoint or that of --size. attach FILE checks its answer and "
        "keeps it with the checkpoint; one of another authority, expired, altered, or over something else is refused. "
        "online does both, at the address timestamp_url of ledger.toml."
    ),
    examples=(
        "ledger proof timestamp authority autorite.pem",
        "ledger proof timestamp request demande.tsq",
        "ledger proof timestamp attach reponse.tsr",
        "ledger proof timestamp online",
    ),
)
@argument("step", type=click.Choice(_STEPS), metavar="|".join(_STEPS))
@argument("file", required=False, type=click.Path(path_type=Path), metavar=mark("FILE"))
@option(
    "--size", type=click.IntRange(min=0), metavar=mark("SIZE"),
    help=mark("The checkpoint over so many records, instead of the last."),
)  # fmt: skip
def timestamp(session: Session, step: str, file: Path | None, size: int | None) -> None:
    """Have a checkpoint stamped."""
    if step == "online":
        from ledger.bootstrap.timestamping import timestamp_online

        _tell(session, timestamp_online(session.ledger, size=size))
        return
    if file is None:
        raise TimestampFileNeeded
    if step == "authority":
        _authority(session, file)
    elif step == "request":
        _request(session, file, size)
    else:
        _attach(session, file)


def _authority(session: Session, file: Path) -> None:
    from ledger.bootstrap.timestamping import pin_authority
    from ledger.proof.carried import read_carried

    found = pin_authority(session.ledger, session.reading(), read_carried(file))
    session.output.done(
        mark("Timestamps are taken of whoever this root answers for: {roots}."),
        roots=[each.subject.rfc4514_string() for each in found.roots],
        services=[each.subject.rfc4514_string() for each in found.services],
    )


def _request(session: Session, file: Path, size: int | None) -> None:
    from ledger.bootstrap.timestamping import request_timestamp
    from ledger.proof.carried import write_carried

    asked = request_timestamp(session.ledger, size=size)
    write_carried(file, asked.content)
    found = asked.signed.checkpoint
    session.output.done(
        mark("Asked for: {size} records; send the file to the authority, then attach its answer."),
        origin=found.origin, size=found.size,
    )  # fmt: skip


def _attach(session: Session, file: Path) -> None:
    from ledger.bootstrap.timestamping import attach_timestamp
    from ledger.limits import TIMESTAMP_BYTES
    from ledger.proof.carried import read_carried

    _tell(session, attach_timestamp(session.ledger, read_carried(file, limit=TIMESTAMP_BYTES)))


def _tell(session: Session, kept: Kept) -> None:
    session.output.done(
        mark("The checkpoint over {size} records existed on {at}, by {authority}."), size=kept.size, at=kept.at,
        authority=kept.authority, origin=kept.origin,
    )  # fmt: skip
