"""
The header of an event: the exact bytes that are hashed into the log and never written again.

UTF-8 JSON without white space, members in the order declared here, absent when there is nothing to say. Identifiers are
32 lower-case hexadecimal digits; instants are UTC with six decimals and a `Z`; there are no floats and no nulls.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec

from ledger.clock import UTC
from ledger.errors import IntegrityBroken
from ledger.limits import HEADER_BYTES
from ledger.ranges import Ranges
from ledger.store.failures import HeaderTooLarge
from ledger.translation import mark

FORMAT = 1
"""The header format that this code writes; it reads every older one."""
LARGEST_NUMBER = 2**63 - 1
"""No version and no position is larger: both databases keep them in eight bytes."""


class HeaderMalformed(IntegrityBroken):
    """The bytes are not a header as this ledger writes them."""

    sentence = mark("A record of the ledger is not in the form in which it was written.")


class BoxEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What a header says of one box: its key, its algorithm, its commitment and the SHA-256 of its bytes."""

    key: UUID
    alg: str
    commitment: str
    sha256: str


class Header(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The header of one event; the order of the fields is the stored order."""

    v: int
    ledger: UUID
    event: UUID
    stream: UUID
    n: int
    topic: str
    recorded_at: str
    effective_at: str | None = None
    known_at: str | None = None
    actor: str | None = None
    command: UUID | None = None
    house: UUID | None = None
    decision: str | None = None
    gateway: str | None = None
    covers: UUID | None = None
    catalogue: str | None = None
    profile: str | None = None
    rules: str | None = None
    boxes: tuple[BoxEntry, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    follows: str | None = None

    @property
    def recorded(self) -> datetime:
        """The instant of recording."""
        return instant_of(self.recorded_at)


_encoder = msgspec.json.Encoder(uuid_format="hex")
_decoder = msgspec.json.Decoder(Header)

_TAG = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TOPIC = re.compile(r"[a-z][a-z-]*\.[a-z][a-z-]*\.[1-9][0-9]*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def encode(header: Header) -> bytes:
    """
    Give the exact bytes of a header.

    :raises HeaderTooLarge: above `limits.HEADER_BYTES`
    """
    content = _encoder.encode(header)
    if len(content) > HEADER_BYTES:
        raise HeaderTooLarge(size=len(content), limit=HEADER_BYTES)
    return content


def decode(content: bytes) -> Header:
    """
    Read a header that the store itself gave; the verifier uses `parse`, which takes nothing on trust.

    :raises HeaderMalformed: if it is not JSON, lacks a member, or has an unknown one
    """
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, ValueError) as fault:
        raise HeaderMalformed from fault


def parse(content: bytes) -> Header:
    """
    Read a header strictly: the bytes must be exactly those that `encode` would write.

    :raises HeaderMalformed: for any other bytes, even if they mean the same
    """
    header = decode(content)
    if (
        header.v != FORMAT
        or len(content) > HEADER_BYTES
        or _encoder.encode(header) != content
        or not _well_formed(header)
    ):
        raise HeaderMalformed
    return header


def _well_formed(header: Header) -> bool:
    """Say whether every member has its form; JSON types, member order and identifiers were checked already."""
    digests = [header.catalogue, header.profile, header.rules, header.follows]
    digests += [digest for box in header.boxes for digest in (box.commitment, box.sha256)]
    forms = (
        (_TOPIC, [header.topic]),
        (_TAG, [header.actor]),
        (_WORD, [header.decision, header.gateway, *(box.alg for box in header.boxes)]),
        (_DIGEST, digests),
    )
    instants = (header.recorded_at, header.effective_at, header.known_at)
    return (
        0 < header.n <= LARGEST_NUMBER
        and all(form.fullmatch(value) for form, values in forms for value in values if value is not None)
        and all(_is_instant(value) for value in instants if value is not None)
        and header.recorded_at not in (header.effective_at, header.known_at)
        and Ranges(header.ranges).well_formed
        and all(last <= LARGEST_NUMBER for _, last in header.ranges)
    )


def instant(moment: datetime) -> str:
    """Write an aware instant: UTC, six decimals, `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def instant_of(text: str) -> datetime:
    """
    Read an instant.

    :raises HeaderMalformed: if it is none
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as fault:
        raise HeaderMalformed from fault


def _is_instant(text: str) -> bool:
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
