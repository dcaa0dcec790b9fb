"""Invented logs and packs of them, made without a database: what the verifier and the parsers are tried on."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.aggregates.origin import OriginReason, origin_name, origin_stream
from ledger.digests import Digest
from ledger.merkle import Frontier, leaf_hash
from ledger.proof.archive import CheckpointReason, Origin, ProofArchive, SignedCheckpoint
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import Algorithm, NoteSignature, VerifierKey, cosigned_message
from ledger.proof.pack import Packed, PackEvidence, Selection, make_pack
from ledger.proof.signing import NoteSigner
from ledger.proof.verifier import verify
from ledger.store.header import BoxEntry, Header, encode, instant, parse

LEDGER = UUID("6e1fa9a0-0f0a-4d60-9a53-6f3f1f2f7c11")
BEGUN = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
HOUSES = (uuid5(LEDGER, "house one"), uuid5(LEDGER, "house two"))
CERTIFICATE = uuid5(LEDGER, "certificate")


def an_id(*of: object) -> UUID:
    """Give an id that is the same in every run."""
    return uuid5(LEDGER, " ".join(map(str, of)))


def a_header(position: int, topic: str = "access.granted.1", **members: object) -> Header:
    """Make a record, with a box for every other one."""
    boxes: tuple[BoxEntry, ...] = ()
    if position % 2:
        boxes = (BoxEntry(an_id("key", position // 8), "A256GCM.1", f"{position:064x}", f"{position * 7:064x}"),)
    said: dict[str, Any] = {
        "ledger": LEDGER, "stream": an_id("stream", position), "n": 1, "actor": f"{position:032x}",
        "house": HOUSES[position % 2], "boxes": boxes, **members,
    }  # fmt: skip
    at = instant(BEGUN + timedelta(minutes=position))
    return Header(v=1, event=an_id("event", position), topic=topic, recorded_at=at, **said)


@dataclass
class MadeLog:
    """A log in memory; a pruned record is None."""

    records: list[bytes | None] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    _upper: dict[int, list[bytes]] = field(default_factory=dict)

    @property
    def head(self) -> Frontier:
        return Frontier().extend(self.leaves)

    def append(self, topic: str = "access.granted.1", **members: object) -> int:
        """Append a record, and give its position."""
        position = len(self.leaves) + 1
        record = encode(a_header(position, topic, **members))
        self.records.append(record)
        self.leaves.append(leaf_hash(record))
        self._upper.clear()
        return position

    def grow(self, upto: int) -> None:
        """Append ordinary records up to a position."""
        while len(self.leaves) < upto:
            self.append()

    def prune(self, *ranges: tuple[int, int]) -> int:
        """Take records away, and account for them."""
        for first, last in ranges:
            self.records[first - 1 : last] = [None] * (last - first + 1)
        return self.append("headers.pruned.1", ranges=ranges, house=None)

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        if level and level not in self._upper:
            _, full = Frontier().grow(self.leaves)
            self._upper[level] = [node.hash for node in full if node.level == level]
        return (self._upper[level] if level else self.leaves)[first : first + count]

    def headers(self, after: int, upto: int) -> dict[int, bytes]:
        found = enumerate(self.records[after:upto], start=after + 1)
        return {position: record for position, record in found if record is not None}


@dataclass
class MadeWitness:
    """A witness with a key of its own."""

    name: str

    def __post_init__(self) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(leaf_hash(self.name.encode()))

    @property
    def key(self) -> VerifierKey:
        return VerifierKey(self.name, Algorithm.COSIGNATURE, self._private.public_key().public_bytes_raw())

    def cosign(self, text: str, *, at: int = 1_790_000_000) -> NoteSignature:
        signature = at.to_bytes(8) + self._private.sign(cosigned_message(text, at=at))
        return NoteSignature(self.name, self.key.key_id, signature)


class MadeLedger:
    """A log, and what was signed over it."""

    def __init__(self, folder: Path, *, certificate: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = MadeLog()
        self.signer = NoteSigner(folder / "signing.key")
        self.signer.create(LEDGER.hex)
        self.archive = ProofArchive(folder / "proof.sqlite3")
        self.archive.create(LEDGER)
        self.certificates: dict[UUID, str] = {}
        self.number = 0
        self.open_origin()
        if certificate:
            self.log.append("destruction.completed.1", covers=an_id("key", 0), house=None)
            self.log.append("certificate.issued.1", stream=CERTIFICATE, house=None)
            text = f"CERTIFICATE OF DESTRUCTION\nCertificate: {CERTIFICATE.hex}\n"
            self.certificates = {CERTIFICATE: self.signer.sign(text)}

    @property
    def origin(self) -> str:
        return origin_name(LEDGER, self.number)

    @property
    def log_key(self) -> str:
        return self.signer.verifier_key(name=self.origin)

    def open_origin(self, reason: OriginReason = OriginReason.FIRST) -> None:
        """Begin to sign under the next origin, on record."""
        last = self.archive.latest()
        follows = None if last is None else Digest.of(last.note.text.encode())
        self.number += 1
        said = {} if follows is None else {"follows": str(follows)}
        position = self.log.append(
            "origin.opened.1", stream=origin_stream(LEDGER, self.number), house=None, decision=str(reason), **said
        )
        with self.archive.deciding() as memory:
            memory.enter_origin(Origin(self.number, self.origin, reason, follows, BEGUN, position))
            if last is None:
                memory.enter_key(VerifierKey.parse(self.log_key).public, at=BEGUN)

    def sign(self) -> SignedCheckpoint:
        """Sign the log as it is."""
        head = self.log.head
        with self.archive.deciding() as memory:
            origin = memory.standing().origin
            assert origin is not None
            claimed = memory.claim(
                origin, size=head.size, root=head.root(), at=BEGUN, why=CheckpointReason.DEMAND
            )  # fmt: skip
        text = Checkpoint(origin.name, head.size, head.root()).text()
        self.archive.keep(claimed, self.signer.sign(text, name=origin.name))
        return self.archive.signed(origin.name, head.size)

    def pack(self, place: Path, *, selection: Selection | None = None, policy: str | None = None) -> Packed:
        """Make a pack for the last checkpoint."""
        signed = self.archive.latest()
        assert signed is not None
        chosen = selection or Selection(1, signed.checkpoint.size)
        evidence = PackEvidence(LEDGER, BEGUN, self.certificates, policy)
        return make_pack(
            place, signed, self.log, self.archive, self.signer, selection=chosen, evidence=evidence
        )  # fmt: skip


def der(tag: int, *parts: bytes) -> bytes:
    """Write a DER element."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + length + content


def made_token(stamped: bytes, *, at: bytes = b"20260601120000Z") -> bytes:
    """Make a timestamp over some text, as an authority would (RFC 3161), but for the authority's own signature."""
    algorithm = der(0x30, der(0x06, bytes.fromhex("608648016503040201")))
    imprint = der(0x30, algorithm, der(0x04, sha256(stamped).digest()))
    version, policy, serial = der(0x02, b"\x01"), der(0x06, b"\x2a\x03\x04"), der(0x02, b"\x07")
    info = der(0x30, version, policy, imprint, serial, der(0x18, at))
    inner = der(0x30, der(0x06, bytes.fromhex("2a864886f70d0109100104")), der(0xA0, der(0x04, info)))
    signed = der(0x30, der(0x02, b"\x03"), der(0x31, algorithm), inner, der(0x31))
    return der(0x30, der(0x06, bytes.fromhex("2a864886f70d010702")), der(0xA0, signed))


def accounts_for_others(header: bytes) -> bool:
    """Say whether a record is shown whatever is selected."""
    return parse(header).topic.startswith(("origin.", "headers.pruned.", "destruction.", "certificate."))


@dataclass(frozen=True)
class Answer:
    """What the verifier said."""

    code: int
    said: str

    @property
    def first_bad(self) -> int | None:
        """The first bad position that it named."""
        found = re.search(r"First bad position: (\d+)\.", self.said)
        return int(found[1]) if found else None


def verified(*arguments: str | Path) -> Answer:
    """Run the verifier in this process, in English unless asked otherwise."""
    said = StringIO()
    given = [str(each) for each in arguments]
    with redirect_stdout(said):
        code = verify.main(given if "--lang" in given else [*given, "--lang", "en"])
    return Answer(code, said.getvalue())
