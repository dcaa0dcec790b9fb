"""Joins timestamps to the archive of what was signed, and keeps what was asked of the authority until it answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ledger.bootstrap.witnessing import NothingSigned
from ledger.errors import Misconfigured, Unavailable
from ledger.owned_files import make_durable, place_once, replace_durably
from ledger.proof.archive import SignedCheckpoint
from ledger.proof.authority_online import ask_online
from ledger.proof.timestamp import Authority, AuthorityAbsent, TimestampUnasked, ask, nonce_of
from ledger.translation import mark
from ledger.usecases.keys.turning import judge

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.bootstrap import Ledger
    from ledger.usecases.ports import Command


class AddressAbsent(Misconfigured):
    """Nothing says where the authority is asked."""

    sentence = mark("No address of an authority of timestamps is set.")
    advice = mark("Set timestamp_url in ledger.toml, or ask by files: `ledger proof timestamp request`.")


class RequestsUnwritable(Unavailable):
    """What was asked can't be kept just now."""

    sentence = mark("The folder of the ledger can't be read or written.")
    advice = mark("Check that its disk is there and has room, then try again; nothing was kept.")


class Asked(NamedTuple):
    """What is asked of an authority, and about which checkpoint."""

    signed: SignedCheckpoint
    content: bytes


class Kept(NamedTuple):
    """A timestamp that was checked and kept."""

    origin: str
    size: int
    at: datetime
    authority: str


def pin_authority(ledger: Ledger, command: Command, content: bytes) -> Authority:
    """
    Keep the certificates of the authority whose timestamps are taken, in the place of those before.

    :raises AuthorityMalformed: if there is no root among them; nothing changes then
    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    authority = Authority.parse(content)
    judge(ledger.desk, command, page="proof.timestamp-authority")
    try:
        replace_durably(ledger.locations.authority_file, content)
    except OSError as fault:
        raise RequestsUnwritable from fault
    return authority


def authority_of(ledger: Ledger) -> Authority:
    """
    Give whose timestamps are taken.

    :raises AuthorityAbsent: if that was never said
    """
    try:
        return Authority.parse(ledger.locations.authority_file.read_bytes())
    except FileNotFoundError as fault:
        raise AuthorityAbsent from fault
    except OSError as fault:
        raise RequestsUnwritable from fault


def request_timestamp(ledger: Ledger, *, size: int | None) -> Asked:
    """
    Ask for a timestamp over a checkpoint, the last one by default; what was asked is kept first, durably.

    :raises NothingSigned: if there is none
    :raises CheckpointUnknown: if none of that size was signed under the last origin
    """
    last = ledger.archive.latest() if ledger.archive.exists else None
    if last is None:
        raise NothingSigned
    signed = last if size is None else ledger.archive.signed(last.checkpoint.origin, size)
    query = ask(signed.note.text)
    path = _request_file(ledger, query.nonce)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        place_once(path, f"{signed.checkpoint.origin}\n{signed.checkpoint.size}\n".encode())
        make_durable(path.parent.parent)
    except OSError as fault:
        raise RequestsUnwritable from fault
    return Asked(signed, query.content)


def attach_timestamp(ledger: Ledger, content: bytes) -> Kept:
    """
    Keep a timestamp with the checkpoint that it was asked for, once it is checked against the pinned authority.

    :raises TimestampUnasked: if it answers no request of this ledger; raises what `Authority.check` raises
    """
    nonce = nonce_of(content)
    if nonce is None:
        raise TimestampUnasked
    path = _request_file(ledger, nonce)
    try:
        origin, number = path.read_text(encoding="utf-8").split()
        size = int(number)
    except FileNotFoundError as fault:
        raise TimestampUnasked from fault
    except (OSError, ValueError) as fault:
        raise RequestsUnwritable from fault
    signed = ledger.archive.signed(origin, size)
    stamped = authority_of(ledger).check(content, text=signed.note.text, nonce=nonce)
    ledger.archive.attach_token(origin, size, content)
    path.unlink(missing_ok=True)
    return Kept(origin, size, stamped.at, stamped.authority)


def timestamp_online(ledger: Ledger, *, size: int | None) -> Kept:
    """
    Ask the authority over the network, and keep its answer.

    :raises AddressAbsent: if no address is set
    :raises AuthorityUnreachable: if it does not answer
    """
    authority_of(ledger)
    if not ledger.settings.timestamp_url:
        raise AddressAbsent
    asked = request_timestamp(ledger, size=size)
    return attach_timestamp(ledger, ask_online(ledger.settings.timestamp_url, asked.content))


def _request_file(ledger: Ledger, nonce: int) -> Path:
    """Give where a request is kept; nonces are of 64 bits or so, and a longer one is none of ours."""
    return ledger.locations.timestamp_requests / f"{abs(nonce) & (1 << 256) - 1:x}.txt"
