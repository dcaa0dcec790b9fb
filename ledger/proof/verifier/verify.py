#!/usr/bin/env python3
"""
Check a pack of proof, or a receipt, of a ledger: offline, with nothing but the standard library of Python 3.8 or later.

    python3 verify.py [FOLDER | RECEIPT.tlog-proof] --log-key KEY [--policy FILE] [--checkpoint FILE] [--lang en|fr]

It is one file on purpose, and longer than a file should be: whoever checks has one thing to read, and it shares no line
with the program that made the pack. What it follows: RFC 6962 (the tree), RFC 8032 (Ed25519), and C2SP signed-note,
tlog-checkpoint, tlog-cosignature, tlog-tiles and tlog-proof. It exits with 0 where all is as it should be, with 7 where
something is not, with 2 where it was asked for something impossible or for a file that is not there, with 1 where its
answer could not be written, and with 130 where it was stopped.

What it proves rests on the key that you give: take it from the ledger's owner, or from somebody who has kept it, never
from the pack. What it can't see: whether what was typed was true, and what somebody who stole the signing key signed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import stat
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid5

OK, UNSAID, USAGE, BROKEN, INTERRUPTED = 0, 1, 2, 7, 130

NOTE_BYTES = 1 << 20
MANIFEST_BYTES = 1 << 26
FILE_BYTES = 1 << 24
SIGNATURES = 64
LINES = 10_000
ENTRY_BYTES = 65_535
TILE, HASH = 256, 32
PROOF_HASHES = 64
TOLD = 20
LEFT_BY_OTHERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
LARGEST = (1 << 63) - 1  # of all positions, sizes and versions
LATEST = 253_402_300_799  # the last second of the year 9999

FRENCH = {
    "OK: this pack is what the ledger signed.": "OK\u00a0: ce dossier est bien ce que le registre a signé.",
    "OK: this record is in the log of the ledger.": "OK\u00a0: cet enregistrement figure bien au journal du registre.",
    "BROKEN: this is not what the ledger signed.": "ROMPU\u00a0: ce n’est pas ce que le registre a signé.",
    "First bad position: {position}. {fault}": "Première position fautive\u00a0: {position}. {fault}",
    "Position {position}: {fault}": "Position {position}\u00a0: {fault}",
    "and {count} more": "et {count} de plus",
    "Log key, as you gave it: {key}": "Clé du registre, telle que vous l’avez donnée\u00a0: {key}",
    "Log key, vouched for by the one before or after it: {key}":
        "Clé du registre, attestée par celle qui la précède ou la suit\u00a0: {key}",
    "Log key, taken from the pack itself: {key}. This proves only that the pack agrees with itself: anybody can make "
    "such a pack. Give the key that you know with --log-key.":
        "Clé du registre, prise dans le dossier lui-même\u00a0: {key}. Cela prouve seulement que le dossier s’accorde "
        "avec lui-même\u00a0: n’importe qui peut en fabriquer un. Donnez avec --log-key la clé que vous connaissez.",
    "Log: {origin}": "Journal\u00a0: {origin}",
    "{size} records, {here} of them here; {pruned} pruned when their term was over, {left} left out of this pack.":
        "{size} enregistrements, dont {here} ici\u00a0; {pruned} retirés à leur terme, {left} laissés hors du dossier.",
    "{count} keys recorded as destroyed.": "Clés consignées comme détruites\u00a0: {count}.",
    "{count} checkpoints, each the beginning of this log: from {first} to {last} records.":
        "Points de contrôle, chacun le début de ce journal\u00a0: {count}, de {first} à {last} enregistrements.",
    "WARNING: {count} checkpoints of {origin} ({first} to {last} records) are of records that were lost; that a new "
    "origin goes on from them stands at position {position}.":
        "ATTENTION\u00a0: {count} points de contrôle de {origin} ({first} à {last} enregistrements) portent sur des "
        "enregistrements perdus\u00a0; la reprise sous une nouvelle origine est consignée à la position {position}.",
    "{count} certificates of destruction, each signed.": "Certificats de destruction, tous signés\u00a0: {count}.",
    "Timestamp of {instant} over {size} records ({file}): it is about this checkpoint. Whether the authority signed it "
    "is checked by: openssl ts -verify -in {file} {openssl} -data {data} -CAfile AUTHORITY.pem":
        "Horodatage du {instant} sur {size} enregistrements ({file})\u00a0: il porte bien sur ce point de contrôle. La "
        "signature de l’autorité se vérifie par\u00a0: openssl ts -verify -in {file} {openssl} -data {data} -CAfile "
        "AUTORITE.pem",
    "Witnesses, by the policy that you gave: {count} records are attested by enough of them, {after} after that by the "
    "ledger alone.":
        "Témoins, selon la politique que vous avez donnée\u00a0: {count} enregistrements sont attestés par un nombre "
        "suffisant d’entre eux, les {after} suivants par le registre seul.",
    "Witnesses, by the policy in the pack itself: {count} records are attested by enough of them, {after} after that "
    "by the ledger alone. Give the policy that you know with --policy.":
        "Témoins, selon la politique du dossier lui-même\u00a0: {count} enregistrements sont attestés par un nombre "
        "suffisant d’entre eux, les {after} suivants par le registre seul. Donnez avec --policy celle que vous "
        "connaissez.",
    "No witness is asked for: that the ledger showed others the same log is not proven here.":
        "Aucun témoin n’est exigé\u00a0: rien ne prouve ici que le registre a montré le même journal à d’autres.",
    "No checkpoint bears the signatures of enough witnesses.":
        "Aucun point de contrôle ne porte la signature d’assez de témoins.",
    "Position {position} of {size}, under the origin {origin}.":
        "Position {position} sur {size}, sous l’origine {origin}.",
    "The record, as it was written: {entry}": "L’enregistrement, tel qu’il fut écrit\u00a0: {entry}",
    "Give the key of the log with --log-key, or a policy with --policy: a receipt names no key that could be trusted.":
        "Donnez la clé du registre avec --log-key, ou une politique avec --policy\u00a0: un reçu ne porte aucune clé "
        "digne de confiance.",
    "{file} is missing.": "{file} manque.",
    "{file} can’t be read.": "{file} est illisible.",
    "{file} is larger than such a file can be.": "{file} est plus grand qu’un tel fichier ne peut l’être.",
    "{file} was altered: it is not the file that the ledger listed.":
        "{file} a été modifié\u00a0: ce n’est pas le fichier inscrit par le registre.",
    "{file} is not in the list that the ledger signed.": "{file} ne figure pas dans la liste signée par le registre.",
    "{file} is not written as it should be.": "{file} n’est pas écrit comme il doit l’être.",
    "{file} is not signed by a key of this log that is trusted.":
        "{file} n’est pas signé par une clé de ce journal digne de confiance.",
    "{file} bears a signature that is not genuine.": "{file} porte une signature qui n’est pas authentique.",
    "{file} is of another log.": "{file} provient d’un autre journal.",
    "{file}: this checkpoint is not the beginning of the log here; the fault is between here and position {last}.":
        "{file}\u00a0: ce point de contrôle n’est pas le début du journal présenté\u00a0; la faute se trouve entre ici "
        "et la position {last}.",
    "{file}: this checkpoint is over more records than the log here has.":
        "{file}\u00a0: ce point de contrôle porte sur plus d’enregistrements que n’en a ce journal.",
    "{file}: this checkpoint is of another history, and no record says that one was lost.":
        "{file}\u00a0: ce point de contrôle porte sur une autre histoire, et aucun enregistrement ne dit qu’une "
        "histoire fut perdue.",
    "{file}: this checkpoint is older than the origin that it names.":
        "{file}\u00a0: ce point de contrôle est antérieur à l’origine qu’il nomme.",
    "{file}: this timestamp is about something else.": "{file}\u00a0: cet horodatage porte sur autre chose.",
    "{file}: this certificate is not on record.": "{file}\u00a0: ce certificat n’est pas consigné.",
    "The certificate that is on record here is not in the pack.":
        "Le certificat consigné ici ne figure pas dans le dossier.",
    "The record was altered: it is not the one that the tree holds.":
        "L’enregistrement a été modifié\u00a0: ce n’est pas celui que l’arbre contient.",
    "The record is not in the form in which records are written.":
        "L’enregistrement n’a pas la forme dans laquelle les enregistrements sont écrits.",
    "The record is of another ledger.": "L’enregistrement provient d’un autre registre.",
    "The record is missing, and nothing accounts for it.": "L’enregistrement manque, et rien ne le justifie.",
    "The record is accounted for as pruned at position {by}, and was not missing.":
        "L’enregistrement est consigné comme retiré à la position {by}, or il ne manquait pas.",
    "It accounts for records that are not before it.": "Il justifie des enregistrements qui ne le précèdent pas.",
    "{file} does not hold the tree of these records.": "{file} ne contient pas l’arbre de ces enregistrements.",
    "The entries of the pack are not those that the ledger listed.":
        "Les enregistrements du dossier ne sont pas ceux inscrits par le registre.",
    "The origin {origin} is not opened by any record.": "L’origine {origin} n’est ouverte par aucun enregistrement.",
    "The origin is opened on from a checkpoint that is not in this pack.":
        "L’origine reprend à la suite d’un point de contrôle qui ne figure pas dans ce dossier.",
    "The proof does not lead from this record to the root of the checkpoint.":
        "La preuve ne mène pas de cet enregistrement à la racine du point de contrôle.",
    "The receipt holds no record.": "Le reçu ne contient aucun enregistrement.",
    "a folder with a pack, or a receipt; the folder of this program if left out":
        "un dossier de preuve, ou un reçu\u00a0; à défaut, le dossier de ce programme",
    "a verifier key of the log that you know from elsewhere (name+id+code)":
        "une clé de vérification du registre, connue de vous par ailleurs (nom+numéro+code)",
    "a file that names the logs and witnesses that you trust, and how many of these must have signed":
        "un fichier qui nomme les journaux et témoins dignes de confiance, et combien de ceux-ci doivent avoir signé",
    "a checkpoint that you kept: the log must go on from it":
        "un point de contrôle que vous avez gardé\u00a0: le journal doit en être la suite",
    "{file} is not there, or can’t be read: check its name. Nothing was checked.":
        "{file} n’existe pas ou ne peut être lu\u00a0: vérifiez son nom. Rien n’a été vérifié.",
    "Your checkpoint over {size} records ({file}): this log goes on from it.":
        "Votre point de contrôle sur {size} enregistrements ({file})\u00a0: ce journal en est bien la suite.",
    "{file} is no part of the pack: file managers leave such files. It was not read.":
        "{file} ne fait pas partie du dossier\u00a0: les gestionnaires de fichiers laissent de tels fichiers. Il n’a "
        "pas été lu.",
    "Stopped: this says nothing yet of what the ledger signed.":
        "Arrêté\u00a0: cela ne dit encore rien de ce que le registre a signé.",
    "This is not a verifier key: {key}": "Ceci n’est pas une clé de vérification\u00a0: {key}",
    "Check a pack of proof, or a receipt, of a ledger.": "Vérifie un dossier de preuve ou un reçu d’un registre.",
}  # fmt: skip
"""What is said, in French."""


class Fault(Exception):
    """Something is not as it should be; `position` is where in the log, or 0 for the pack as a whole."""

    def __init__(self, what: str, position: int = 0, **values: object) -> None:
        super().__init__(what)
        self.what = what
        self.position = position
        self.values = values


class Absent(Fault):
    """A file that somebody named is not there: of what the ledger signed, that says nothing."""


def _visible(sign: str) -> str:
    return sign if sign.isprintable() or sign == "\u00a0" else ascii(sign)[1:-1]


class Voice:
    """Says everything in one language, and keeps what is wrong for the end."""

    def __init__(self, *, french: bool) -> None:
        self._french = french
        self.faults: list[Fault] = []

    def text(self, what: str, **values: object) -> str:
        """Give a sentence in the language; names in a pack may hold what would move or colour the words around them."""
        shown = {name: "".join(map(_visible, str(value))) for name, value in values.items()}
        return (FRENCH[what] if self._french else what).format(**shown)

    def say(self, what: str, **values: object) -> None:
        """Say something at once."""
        print(self.text(what, **values))

    def blame(self, what: str, position: int = 0, **values: object) -> None:
        """Keep something that is wrong for the end."""
        if len(self.faults) < LINES:
            self.faults.append(Fault(what, position, **values))

    def first_between(self, first: int, last: int) -> int:
        """Give the first position from `first` to `last` at which something is known to be wrong; else `first`."""
        return min((fault.position for fault in self.faults if first <= fault.position <= last), default=first)

    def verdict(self, good: str) -> int:
        """Say how it ended: what is wrong, the first position first."""
        if not self.faults:
            self.say(good)
            return OK
        self.say("BROKEN: this is not what the ledger signed.")
        told = {(fault.position, self.text(fault.what, **fault.values)): None for fault in self.faults}
        ordered = sorted(told, key=lambda each: (not each[0], each[0]))
        for number, (position, what) in enumerate(ordered[:TOLD]):
            frame = "Position {position}: {fault}" if number else "First bad position: {position}. {fault}"
            print("  " + (self.text(frame, position=position, fault=what) if position else what))
        if len(ordered) > TOLD:
            print("  " + self.text("and {count} more", count=len(ordered) - TOLD))
        return BROKEN


# --- Ed25519, checking only (RFC 8032, section 5.1) -----------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

if TYPE_CHECKING:
    Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def _add(left: Point, ready: Point) -> Point:
    """Add a point, and one made ready: (Y - X, Y + X, 2Z, 2dT)."""
    x, y, z, t = left
    a, b, c, e = (y - x) * ready[0] % P, (y + x) * ready[1] % P, t * ready[3] % P, z * ready[2] % P
    f, g, h, i = b - a, e - c, e + c, b + a
    return f * g % P, h * i % P, g * h % P, f * i % P


def _ready(point: Point) -> Point:
    x, y, z, t = point
    return (y - x) % P, (y + x) % P, 2 * z % P, 2 * D * t % P


def _decode(content: bytes) -> Point | None:
    """Give the point that 32 bytes stand for; None where they are not the one way in which a point is written."""
    number = int.from_bytes(content, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _encode(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(HASH, "little")


def _windows(point: Point) -> list[list[Point]]:
    """Make a point ready to be multiplied: 0 to 15 times 16**i of it, for each of the 64 hexadecimal digits."""
    rows, base = [], point
    for _ in range(64):
        step, row, sum_ = _ready(base), [_ready(NEUTRAL)], NEUTRAL
        for _ in range(15):
            sum_ = _add(sum_, step)
            row.append(_ready(sum_))
        rows.append(row)
        base = _add(sum_, step)
    return rows


def _times(number: int, windows: list[list[Point]], sum_: Point) -> Point:
    """Add so many times the point of the windows to a sum."""
    for row in windows:
        digit = number & 15
        if digit:
            sum_ = _add(sum_, row[digit])
        number >>= 4
    return sum_


@lru_cache(maxsize=64)
def _key_windows(public: bytes) -> list[list[Point]] | None:
    """Make the negative of a public key ready; None for what is no key, or one that any signature would fit."""
    point = _decode(public)
    if point is None:
        return None
    eightfold = point
    for _ in range(3):
        eightfold = _add(eightfold, _ready(eightfold))
    if _encode(eightfold) == _encode(NEUTRAL):
        return None
    x, y, z, t = point
    return _windows((P - x, y, z, -t % P))


@lru_cache(maxsize=1)
def _base_windows() -> list[list[Point]]:
    base = _decode((4 * pow(5, P - 2, P) % P).to_bytes(HASH, "little"))
    assert base is not None  # it is the base point of the standard
    return _windows(base)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether this is the signature of the key: strictly, so that none can be written in a second way."""
    if len(public) != HASH or len(signature) != 2 * HASH:
        return False
    scalar = int.from_bytes(signature[HASH:], "little")
    key = _key_windows(public)
    if scalar >= ORDER or key is None:
        return False
    digest = hashlib.sha512(signature[:HASH] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return _encode(_times(challenge, key, _times(scalar, _base_windows(), NEUTRAL))) == signature[:HASH]


# --- Signed notes, keys, checkpoints, policies (C2SP) ---------------------------------------------------------------

NAME = r"[^\s+\x00-\x1f]+"
SIGNED = 0x01
COSIGNED = 0x04


class Key(NamedTuple):
    """A verifier key."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The 4 bytes by which a signature says that it is of this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"


class Line(NamedTuple):
    """A line that signs a note."""

    name: str
    id: bytes
    signature: bytes


class Note(NamedTuple):
    """A signed note; nothing of it is checked yet."""

    file: str
    text: str
    lines: list[Line]


class Checkpoint(NamedTuple):
    """What a log said of itself."""

    origin: str
    size: int
    root: bytes
    note: Note

    @property
    def digest(self) -> str:
        """What the record that opens the next origin says of this checkpoint."""
        return hashlib.sha256(self.note.text.encode()).hexdigest()


def _bytes_of(text: str) -> bytes:
    """Read base64 that is written in the one way that it is (RFC 4648, section 4)."""
    content = b64decode(text.encode("ascii"), validate=True)
    if b64encode(content).decode() != text:
        raise ValueError("not canonical")
    return content


def read_key(text: str) -> Key:
    """Read a verifier key; raises ValueError for what is none."""
    found = re.fullmatch(rf"({NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/=]+)", text)
    content = _bytes_of(found[3]) if found else b""
    if not found or len(content) != 1 + HASH or content[0] not in (SIGNED, COSIGNED):
        raise ValueError("no verifier key")
    key = Key(found[1], content[0], content[1:])
    if key.id.hex() != found[2]:
        raise ValueError("no verifier key")
    return key


def read_note(content: bytes, file: str, *, limit: int = NOTE_BYTES) -> Note:
    """Read a note strictly."""
    try:
        text, lines = _split_note(content, limit)
        return Note(file, text, [_read_line(line) for line in lines])
    except ValueError:  # UnicodeError and binascii.Error are of it
        raise Fault("{file} is not written as it should be.", file=file) from None


def _split_note(content: bytes, limit: int) -> tuple[str, list[str]]:
    whole = content.decode()
    text, blank, rest = whole.rpartition("\n\n\u2014 ")
    if not blank or len(content) > limit or not rest.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", whole):
        raise ValueError("no note")
    lines = ("\u2014 " + rest)[:-1].split("\n")
    if len(lines) > SIGNATURES:
        raise ValueError("too many signatures")
    return text + "\n", lines


def _read_line(line: str) -> Line:
    found = re.fullmatch(f"\u2014 ({NAME}) ([A-Za-z0-9+/=]+)", line)
    content = _bytes_of(found[2]) if found else b""
    if not found or len(content) <= 4:
        raise ValueError("no signature")
    return Line(found[1], content[:4], content[4:])


def signature_of(note: Note, key: Key) -> bool:
    """Say whether this key signed a note; a line that claims to be of the key and is not is a fault, and so are two."""
    found = [line for line in note.lines if (line.name, line.id) == (key.name, key.id)]
    if found and (len(found) > 1 or not _is_genuine(note.text, found[0].signature, key)):
        raise Fault("{file} bears a signature that is not genuine.", file=note.file)
    return bool(found)


def _is_genuine(text: str, signature: bytes, key: Key) -> bool:
    if key.kind == SIGNED:
        return is_signed(key.public, text.encode(), signature)
    at = int.from_bytes(signature[:8], "big")
    message = f"cosignature/v1\ntime {at}\n{text}".encode()
    return at <= LATEST and is_signed(key.public, message, signature[8:])


def read_checkpoint(note: Note) -> Checkpoint:
    """Read the text of a note as a checkpoint of three lines, as this product writes them."""
    found = re.fullmatch(r"([^\s+]{1,255})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n", note.text)
    try:
        root = _bytes_of(found[3]) if found else b""
    except ValueError:
        root = b""
    if not found or len(root) != HASH or int(found[2]) > LARGEST:
        raise Fault("{file} is not written as it should be.", file=note.file)
    return Checkpoint(found[1], int(found[2]), root, note)


class Policy:
    """Which logs and witnesses are trusted, and how many of these must have signed."""

    def __init__(self, content: bytes, file: str) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self._groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum: str | None = None
        try:
            self._read(content.decode().split("\n"))
        except ValueError:
            raise Fault("{file} is not written as it should be.", file=file) from None

    def _read(self, lines: list[str]) -> None:
        for line in lines[:LINES]:
            words = line.partition("#")[0].split()
            if words:
                self._take(words)
        if self.quorum is None or len(lines) > LINES:
            raise ValueError("no policy")

    def _take(self, words: list[str]) -> None:
        kind, rest = words[0], words[1:]
        if kind == "log" and len(rest) == 1:
            self.logs.append(self._key(rest[0], SIGNED))
        elif kind == "witness" and len(rest) == 2 and self._is_new(rest[0]):
            self.witnesses[rest[0]] = self._key(rest[1], COSIGNED)
        elif kind == "group" and len(rest) >= 3 and self._is_new(rest[0]):
            members = rest[2:]
            needed = {"any": "1", "all": str(len(members))}.get(rest[1], rest[1])
            if not re.fullmatch("[1-9][0-9]{0,3}", needed) or int(needed) > len(members):
                raise ValueError("so many can't sign")
            if len(set(members)) < len(members) or not all(self._is_known(member) for member in members):
                raise ValueError("no such members")
            self._groups[rest[0]] = (int(needed), members)
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != "none" and not self._is_known(rest[0]):
                raise ValueError("no such quorum")
            self.quorum = rest[0]
        else:
            raise ValueError("no such line")

    def _key(self, text: str, kind: int) -> Key:
        """Read a key; one witness under two names would count twice."""
        key = read_key(text)
        if key.kind != kind or key.public in {each.public for each in self.witnesses.values()}:
            raise ValueError("no key of this kind, or one that stands here already")
        return key

    def _is_known(self, name: str) -> bool:
        return name in self.witnesses or name in self._groups

    def _is_new(self, name: str) -> bool:
        return not self._is_known(name) and name not in ("none", "any", "all")

    def is_met(self, note: Note) -> bool:
        """Say whether enough witnesses signed a note; a signature that claims to be of one and is not is a fault."""
        signed = {name for name, key in self.witnesses.items() if signature_of(note, key)}
        for name, (needed, members) in self._groups.items():  # members stand before their groups
            if sum(member in signed for member in members) >= needed:
                signed.add(name)
        return self.quorum == "none" or self.quorum in signed


# --- The tree (RFC 6962) --------------------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    """Hash a record into its leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows: its right edge, and the roots of its full tiles of every height."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []
        self.upper: dict[int, list[bytes]] = {}

    def grow(self, leaf: bytes) -> None:
        """Take one leaf more."""
        node, carry, level = leaf, self.size, 0
        while carry & 1:
            node = hashlib.sha256(b"\1" + self._edge.pop() + node).digest()
            carry >>= 1
            level += 1
            if not level & 7:
                self.upper.setdefault(level >> 3, []).append(node)
        self._edge.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Give the root of what there is."""
        if not self._edge:
            return hashlib.sha256(b"").digest()
        root = self._edge[-1]
        for node in reversed(self._edge[:-1]):
            root = node_hash(node, root)
        return root


def leads_to(root: bytes, *, leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bool:
    """Say whether a proof of inclusion leads from a leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def tile_path(kind: str, number: int, width: int) -> str:
    """Give where a tile, or a bundle of entries, stands (C2SP tlog-tiles)."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03}")
    partial = "" if width == TILE else f".p/{width}"
    return "log/tile/{}/{}{}".format(kind, "/".join(parts), partial)


# --- Records --------------------------------------------------------------------------------------------------------

_ID = "[0-9a-f]{32}"
_DIGEST = "[0-9a-f]{64}"
_WORD = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_INSTANT = r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z"
_TOPIC = r"[a-z][a-z-]*\.[a-z][a-z-]*\.[1-9][0-9]*"
_COUNT = "(?:0|[1-9][0-9]{0,18})"
_BOX = f'{{"key":"{_ID}","alg":"{_WORD}","commitment":"{_DIGEST}","sha256":"{_DIGEST}"}}'
_RANGE = rf"\[{_COUNT},{_COUNT}\]"


def _optional(name: str, form: str) -> str:
    return f'(?:,"{name}":"(?P<{name}>{form})")?'


HEADER = re.compile(
    rf'\{{"v":1,"ledger":"(?P<ledger>{_ID})","event":"{_ID}","stream":"(?P<stream>{_ID})","n":(?P<n>[1-9][0-9]{{0,18}})'
    rf',"topic":"(?P<topic>{_TOPIC})","recorded_at":"(?P<recorded_at>{_INSTANT})"'
    + _optional("effective_at", _INSTANT) + _optional("known_at", _INSTANT) + _optional("actor", _ID)
    + _optional("command", _ID) + _optional("house", _ID) + _optional("decision", _WORD) + _optional("gateway", _WORD)
    + _optional("covers", _ID) + _optional("catalogue", _DIGEST) + _optional("profile", _DIGEST)
    + _optional("rules", _DIGEST) + rf'(?:,"boxes":\[{_BOX}(?:,{_BOX})*\])?'
    rf'(?:,"ranges":(?P<ranges>\[{_RANGE}(?:,{_RANGE})*\]))?' + _optional("follows", _DIGEST) + r"\}",
    re.ASCII,
)  # fmt: skip
"""A header, letter for letter: members in their order, absent where there is nothing to say."""
_PAIR = re.compile(r"([0-9]+),([0-9]+)")


class Header(NamedTuple):
    """What is looked at in a record."""

    ledger: str
    stream: str
    topic: str
    covers: str | None
    follows: str | None
    ranges: list[tuple[int, int]]


def read_header(entry: bytes) -> Header:
    """Read a record strictly; raises ValueError for any other bytes, even if they mean the same."""
    found = HEADER.fullmatch(entry.decode("ascii")) if len(entry) <= ENTRY_BYTES else None
    if not found:
        raise ValueError("no header")
    recorded, effective, known = found.group("recorded_at", "effective_at", "known_at")
    for instant in (recorded, effective, known):
        if instant is not None:
            datetime(int(instant[:4]), int(instant[5:7]), int(instant[8:10]))
    if recorded in (effective, known):
        raise ValueError("an instant twice")
    ranges, before = [], -1
    for first, last in _PAIR.findall(found["ranges"] or ""):
        ranges.append((int(first), int(last)))
        if not max(before + 2, 1) <= ranges[-1][0] <= ranges[-1][1]:
            raise ValueError("no ranges")
        before = ranges[-1][1]
    if max(before, int(found["n"])) > LARGEST:
        raise ValueError("too large a number")
    return Header(found["ledger"], found["stream"], found["topic"], found["covers"], found["follows"], ranges)


def read_bundle(content: bytes, width: int) -> list[bytes]:
    """Cut a bundle into its entries; an empty one stands for a record that is not here."""
    entries, at = [], 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if at + 2 > len(content) or end > len(content):
            raise ValueError("cut short")
        entries.append(content[at + 2 : end])
        at = end
    if at != len(content):
        raise ValueError("too long")
    return entries


# --- Timestamps (RFC 3161): the imprint, not the signature of the authority -----------------------------------------

_HASHES = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TIMESTAMP = bytes.fromhex("2a864886f70d0109100104")


def _parts(content: bytes) -> list[tuple[int, bytes]]:
    """Cut what a DER element contains into elements: tag and content."""
    found, at = [], 0
    while at < len(content):
        tag, length, at = content[at], content[at + 1], at + 2
        if length > 0x84 or length == 0x80 or tag & 31 == 31:
            raise ValueError("no DER")
        if length > 0x80:
            count = length & 15
            length, at = int.from_bytes(content[at : at + count], "big"), at + count
        if at + length > len(content):
            raise ValueError("cut short")
        found.append((tag, content[at : at + length]))
        at += length
    return found


class Stamp(NamedTuple):
    """What a timestamp is about, and when it was made."""

    algorithm: str
    imprint: bytes
    at: str
    is_bare: bool  # a token without the response around it


def read_stamp(content: bytes) -> Stamp:
    """Read a timestamp, or the response that holds it; raises ValueError or IndexError for what is none."""
    [(_, outer)] = _parts(content)
    parts = _parts(outer)
    is_bare = parts[0][0] == 0x06
    (_, kind), (_, wrapped) = parts if is_bare else _parts(parts[1][1])
    signed = _parts(_parts(wrapped)[0][1])
    (_, about), (_, inner) = _parts(signed[2][1])
    info = _parts(_parts(_parts(inner)[0][1])[0][1])
    (_, algorithm), (_, imprint) = _parts(info[2][1])
    if (kind, about) != (_SIGNED_DATA, _TIMESTAMP) or info[4][0] != 0x18:
        raise ValueError("no timestamp")
    name = _HASHES.get(_parts(algorithm)[0][1])
    if name is None:
        raise ValueError("an unknown hash")
    return Stamp(name, imprint, info[4][1].decode("ascii"), is_bare)


# --- Trust ----------------------------------------------------------------------------------------------------------


class Trust:
    """The public keys that are trusted: each signs under the name of its ledger, and of every origin of it."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._ledgers: dict[bytes, str] = {}

    def __bool__(self) -> bool:
        return bool(self._ledgers)

    def add(self, key: Key, why: str) -> None:
        """Trust a key, and say so."""
        if key.public not in self._ledgers:
            self._ledgers[key.public] = _ledger_of(key.name)
            self._voice.say(why, key=key)

    def follow(self, successions: Sequence[Note], ledger: str) -> None:
        """Trust the keys that came before or after one that is trusted, by the notes that both of them signed."""
        pairs = [pair for note in successions for pair in [_succession(note, ledger)] if pair]
        for _ in pairs:
            for old, new in pairs:
                if old.public in self._ledgers or new.public in self._ledgers:
                    for key in (old, new):
                        self.add(key, "Log key, vouched for by the one before or after it: {key}")

    def check(self, note: Note, name: str) -> None:
        """Check that a key that is trusted signed a note, under this name."""
        known = [public for public, ledger in self._ledgers.items() if ledger == _ledger_of(name)]
        signed = [signature_of(note, Key(name, SIGNED, public)) for public in known]
        if not any(signed):
            raise Fault("{file} is not signed by a key of this log that is trusted.", file=note.file)


def _ledger_of(name: str) -> str:
    return name.partition("/")[0]


def _succession(note: Note, ledger: str) -> tuple[Key, Key] | None:
    """Read which key came after which; None where only the new one says so."""
    lines = note.text.split("\n")
    try:
        title, name, before, after, end = lines
        new, old = read_key(after), None if before == "-" else read_key(before)
    except ValueError:
        title = name = end = ""
    if (title, name, end) != ("ledger/1 key succession", ledger, ""):
        raise Fault("{file} is not written as it should be.", file=note.file)
    if not signature_of(note, new):
        raise Fault("{file} is not signed by a key of this log that is trusted.", file=note.file)
    return (old, new) if old and signature_of(note, old) else None


# --- The pack -------------------------------------------------------------------------------------------------------

_MANIFEST = re.compile(
    r"ledger/1 pack\n(?P<origin>(?P<ledger>[0-9a-f]{32})/e(?P<number>[1-9][0-9]{0,18}))\n(?P<size>0|[1-9][0-9]{0,18})\n"
    r"(?P<at>" + _INSTANT + r")\nentries (?P<first>[1-9][0-9]{0,18}) (?P<last>0|[1-9][0-9]{0,18})\n"
    r"(?:house (?P<house>[0-9a-f]{32})\n)?bundles (?P<bundles>[0-9a-f]{64})\n(?P<files>(?:file [0-9a-f]{64} [^\n]+\n)*)"
)
_FILE = re.compile(r"file ([0-9a-f]{64}) ((?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*)\n")


class Pack:
    """The files of a pack."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self.folder = folder
        self._voice = voice
        self.note = read_note(self.read("manifest.txt", MANIFEST_BYTES), "manifest.txt", limit=MANIFEST_BYTES)
        found = _MANIFEST.fullmatch(self.note.text)
        listed = _FILE.findall(found["files"]) if found else []
        if not found or len(listed) != found["files"].count("\n"):
            raise Fault("{file} is not written as it should be.", file="manifest.txt")
        self.origin, self.ledger, self.number = found["origin"], found["ledger"], int(found["number"])
        self.size, self.first, self.last = int(found["size"]), int(found["first"]), int(found["last"])
        self.house, self.bundles = found["house"], found["bundles"]
        self.files = {path: digest for digest, path in listed}

    def read(self, name: str, limit: int = FILE_BYTES) -> bytes:
        """Read one file of the pack, up to a limit."""
        path = self.folder / name
        try:
            if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would be waited for, for ever
                raise Fault("{file} can’t be read.", file=name)
            with path.open("rb") as file:
                content = file.read(limit + 1)
        except FileNotFoundError:
            raise Fault("{file} is missing.", file=name) from None
        except OSError:
            raise Fault("{file} can’t be read.", file=name) from None
        if len(content) > limit:
            raise Fault("{file} is larger than such a file can be.", file=name)
        return content

    def under(self, folder: str) -> Iterator[str]:
        """Give the listed files of a folder, in order."""
        return iter(sorted(path for path in self.files if path.startswith(folder + "/")))

    def note_in(self, file: str) -> Note:
        """Read a signed note of the pack."""
        return read_note(self.read(file, NOTE_BYTES), file)

    def check_files(self) -> None:
        """Hold every file that is not a tile against the list, and look for others."""
        for file, digest in self.files.items():
            try:
                found = hashlib.sha256(self.read(file)).hexdigest()
            except Fault as fault:
                self._voice.faults.append(fault)
                continue
            if found != digest:
                self._voice.blame("{file} was altered: it is not the file that the ledger listed.", file=file)
        present = list(self._present())
        self._check_size(set(present))
        known = {*self.files, *self._tiles(), "manifest.txt"}
        for file in present:
            if file in known:
                continue
            if file.rpartition("/")[2] in LEFT_BY_OTHERS:
                self._voice.say("{file} is no part of the pack: file managers leave such files. It was not read.",
                                file=file)  # fmt: skip
            else:
                self._voice.blame("{file} is not in the list that the ledger signed.", file=file)

    def _present(self) -> Iterator[str]:
        for place, folders, names in os.walk(str(self.folder)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                yield (Path(place) / name).relative_to(self.folder).as_posix()

    def _check_size(self, present: set[str]) -> None:
        """Believe no size that the files could not hold: whoever wrote it would have this program work for years."""
        if self.size > len(present) * TILE:
            bundles = (tile_path("entries", number, width) for number, width in tiles_of(self.size))
            raise Fault("{file} is missing.", file=next(file for file in bundles if file not in present))

    def _tiles(self) -> Iterator[str]:
        for number, width in tiles_of(self.size):
            yield tile_path("0", number, width)
            yield tile_path("entries", number, width)
        level, size = 1, self.size >> 8
        while size:
            for number, width in tiles_of(size):
                yield tile_path(str(level), number, width)
            level, size = level + 1, size >> 8


def tiles_of(size: int) -> Iterator[tuple[int, int]]:
    """Give number and width of each tile of a level with so many hashes."""
    for number in range(0, size, TILE):
        yield number // TILE, min(TILE, size - number)


class Log:
    """What the records of a pack say, read once in their order."""

    def __init__(self, pack: Pack, voice: Voice, sizes: set[int]) -> None:
        self._pack = pack
        self._voice = voice
        self._sizes = sizes
        self._tree = Tree()
        self._missing = bytearray(pack.size + 1)
        self.roots: dict[int, bytes] = {}
        self.origins: dict[str, tuple[int, str | None]] = {}
        self.certificates: dict[str, int] = {}
        self.destroyed: set[str] = set()
        self.pruned = self.here = self.left_out = 0

    def read(self) -> None:
        """Read every tile and every record, and note what is wrong."""
        pack, whole = self._pack, hashlib.sha256()
        self._note_root()
        for number, width in tiles_of(pack.size):
            leaves = self._tile(number, width)
            file = tile_path("entries", number, width)
            content = pack.read(file)
            whole.update(content)
            try:
                entries = read_bundle(content, width)
            except ValueError:
                what = "{file} is not written as it should be."
                raise Fault(what, number * TILE + 1, file=file) from None
            for place, entry in enumerate(entries):
                leaf = leaves[place * HASH : (place + 1) * HASH]
                self._tree.grow(leaf)
                self._note_root()
                if entry:
                    self._check(self._tree.size, leaf, entry)
                else:
                    self._missing[self._tree.size] = 1
        if whole.hexdigest() != pack.bundles:
            self._voice.blame("The entries of the pack are not those that the ledger listed.")
        self._check_upper_levels()
        self._check_missing()

    def _tile(self, number: int, width: int) -> bytes:
        file = tile_path("0", number, width)
        leaves = self._pack.read(file)
        if len(leaves) != width * HASH:
            raise Fault("{file} is not written as it should be.", number * TILE + 1, file=file)
        return leaves

    def _note_root(self) -> None:
        if self._tree.size in self._sizes:
            self.roots[self._tree.size] = self._tree.root()

    def _check(self, position: int, leaf: bytes, entry: bytes) -> None:
        self.here += 1
        if leaf_hash(entry) != leaf:
            self._voice.blame("The record was altered: it is not the one that the tree holds.", position)
        try:
            header = read_header(entry)
        except ValueError:
            self._voice.blame("The record is not in the form in which records are written.", position)
            return
        if header.ledger != self._pack.ledger:
            self._voice.blame("The record is of another ledger.", position)
        topic = header.topic
        if topic.startswith("headers.pruned."):
            self._account_for(header.ranges, position)
        elif topic.startswith("destruction.completed.") and header.covers:
            self.destroyed.add(header.covers)
        elif topic.startswith("origin.opened."):
            self.origins.setdefault(header.stream, (position, header.follows))
        elif topic.startswith("certificate.issued."):
            self.certificates.setdefault(header.stream, position)

    def _account_for(self, ranges: Sequence[tuple[int, int]], by: int) -> None:
        for first, last in ranges:
            if last >= by:
                self._voice.blame("It accounts for records that are not before it.", by)
            for position in range(first, min(last + 1, by)):
                if self._missing[position]:
                    self._missing[position] = 0
                    self.pruned += 1
                else:
                    what = "The record is accounted for as pruned at position {by}, and was not missing."
                    self._voice.blame(what, position, by=by)

    def _check_upper_levels(self) -> None:
        for level, hashes in self._tree.upper.items():
            for number, width in tiles_of(len(hashes)):
                file, start = tile_path(str(level), number, width), number * TILE
                found, wanted = self._pack.read(file), hashes[start : start + width]
                if found != b"".join(wanted):
                    same = (found[place * HASH :].startswith(each) for place, each in enumerate(wanted))
                    first = (start + next((place for place, each in enumerate(same) if not each), 0)) * TILE**level + 1
                    position = self._voice.first_between(first, first + TILE**level - 1)
                    self._voice.blame("{file} does not hold the tree of these records.", position, file=file)

    def _check_missing(self) -> None:
        pack, position = self._pack, self._missing.find(1)
        while position != -1:
            if pack.house is None and pack.first <= position <= pack.last:
                self._voice.blame("The record is missing, and nothing accounts for it.", position)
            self.left_out += 1
            position = self._missing.find(1, position + 1)


class PackCheck:
    """The check of one pack."""

    def __init__(self, pack: Pack, trust: Trust, voice: Voice) -> None:
        self._pack = pack
        self._trust = trust
        self._voice = voice
        self._checkpoints: list[Checkpoint] = []
        self._kept: list[Checkpoint] = []

    def run(self, policy: Policy | None, kept: Sequence[Note]) -> None:
        """Check everything, and say what was found; what is wrong is kept by the voice."""
        pack, voice, trust = self._pack, self._voice, self._trust
        voice.say("Log: {origin}", origin=pack.origin)
        self._settle_trust()
        self._try(trust.check, pack.note, pack.ledger)
        pack.check_files()
        self._read_checkpoints(kept)
        log = Log(pack, voice, {each.size for each in (*self._checkpoints, *self._kept)})
        log.read()
        values = {"size": pack.size, "here": log.here, "pruned": log.pruned, "left": log.left_out}
        voice.say("{size} records, {here} of them here; {pruned} pruned when their term was over, {left} left out of "
                  "this pack.", **values)  # fmt: skip
        if log.destroyed:
            voice.say("{count} keys recorded as destroyed.", count=len(log.destroyed))
        self._check_checkpoints(log)
        self._check_origins(log)
        self._check_certificates(log)
        for file in pack.under("tokens"):
            if file.endswith(".tsr"):
                self._try(self._check_stamp, file)
        self._check_witnesses(policy)

    def _try(self, check: object, *values: object) -> None:
        try:
            check(*values)  # type: ignore[operator]  # a function of this file, with what it takes
        except Fault as fault:
            self._voice.faults.append(fault)

    def _settle_trust(self) -> None:
        if not self._trust:
            for line in self._pack.read("keys.txt").decode("ascii", "replace").split("\n")[:LINES]:
                if line:
                    self._trust.add(_key_in(line, "keys.txt"), "Log key, taken from the pack itself: {key}. This "
                        "proves only that the pack agrees with itself: anybody can make such a pack. Give the key that "
                        "you know with --log-key.")  # fmt: skip
        notes = [self._pack.note_in(file) for file in self._pack.under("successions")]
        self._trust.follow(notes, self._pack.ledger)

    def _read_checkpoints(self, kept: Sequence[Note]) -> None:
        notes = [(self._pack.note_in(file), self._checkpoints) for file in self._pack.under("checkpoints")]
        notes += [(note, self._kept) for note in kept]
        newest = self._pack.note_in("log/checkpoint")
        for note, place in [*notes, (newest, self._checkpoints)]:
            checkpoint = read_checkpoint(note)
            if not re.fullmatch(self._pack.ledger + "/e[1-9][0-9]{0,18}", checkpoint.origin):
                raise Fault("{file} is of another log.", file=note.file)
            place.append(checkpoint)
            self._try(self._trust.check, note, checkpoint.origin)
        last = self._checkpoints.pop()
        if (last.origin, last.size) != (self._pack.origin, self._pack.size) or last not in [
            each._replace(note=last.note) for each in self._checkpoints
        ]:
            raise Fault("{file} is of another log.", file="log/checkpoint")

    def _check_checkpoints(self, log: Log) -> None:
        """Hold every checkpoint against the tree of the pack; those of an older origin may be of what was lost."""
        lost: list[Checkpoint] = []
        good: list[Checkpoint] = []
        for each in sorted((*self._checkpoints, *self._kept), key=lambda found: found.size):
            if log.roots.get(each.size) == each.root:
                good.append(each)
            elif each.origin != self._pack.origin:
                lost.append(each)
            elif each.size > self._pack.size:
                what = "{file}: this checkpoint is over more records than the log here has."
                self._voice.blame(what, self._pack.size + 1, file=each.note.file)
            else:
                what = ("{file}: this checkpoint is not the beginning of the log here; the fault is between here "
                        "and position {last}.")  # fmt: skip
                start = self._voice.first_between(good[-1].size + 1 if good else 1, each.size)
                self._voice.blame(what, start, file=each.note.file, last=each.size)
        if good:
            self._voice.say("{count} checkpoints, each the beginning of this log: from {first} to {last} records.",
                            count=len(good), first=good[0].size, last=good[-1].size)  # fmt: skip
        for each in good:
            if each in self._kept:
                self._voice.say("Your checkpoint over {size} records ({file}): this log goes on from it.",
                                size=each.size, file=each.note.file)  # fmt: skip
        self._account_for_lost(lost, log)

    def _account_for_lost(self, lost: Sequence[Checkpoint], log: Log) -> None:
        """Accept other histories of older origins only where a record says that the log went on after them."""
        last_of = {each.origin: each for each in sorted(self._checkpoints, key=lambda found: found.size)}
        recorded = {follows: position for position, follows in log.origins.values()}
        covered = max(
            ((_number(each.origin), recorded[each.digest]) for each in last_of.values() if each.digest in recorded),
            default=(0, 0),
        )
        for origin in sorted({each.origin for each in lost}, key=_number):
            of_it = [each for each in lost if each.origin == origin]
            beyond = [each for each in of_it if origin not in last_of or each.size > last_of[origin].size]
            if _number(origin) > covered[0] or beyond:
                what = "{file}: this checkpoint is of another history, and no record says that one was lost."
                self._voice.blame(what, file=(beyond or of_it)[0].note.file)
                continue
            self._voice.say("WARNING: {count} checkpoints of {origin} ({first} to {last} records) are of records that "
                            "were lost; that a new origin goes on from them stands at position {position}.",
                            count=len(of_it), origin=origin, first=of_it[0].size, last=of_it[-1].size,
                            position=covered[1])  # fmt: skip

    def _check_origins(self, log: Log) -> None:
        """Check that the origin is opened on record, going on from a checkpoint of the pack."""
        pack = self._pack
        stream = uuid5(UUID(pack.ledger), f"origin {pack.number}").hex
        if stream not in log.origins:
            self._voice.blame("The origin {origin} is not opened by any record.", origin=pack.origin)
            return
        position, follows = log.origins[stream]
        if follows is not None and follows not in {each.digest for each in self._checkpoints}:
            self._voice.blame("The origin is opened on from a checkpoint that is not in this pack.", position)
        for each in self._checkpoints:
            if each.origin == pack.origin and each.size < position:
                what = "{file}: this checkpoint is older than the origin that it names."
                self._voice.blame(what, position, file=each.note.file)

    def _check_certificates(self, log: Log) -> None:
        files = {Path(file).stem: file for file in self._pack.under("certificates")}
        for stream, file in files.items():
            self._try(self._check_certificate, file)
            if stream not in log.certificates:
                self._voice.blame("{file}: this certificate is not on record.", file=file)
        for stream, position in log.certificates.items():
            if stream not in files:
                self._voice.blame("The certificate that is on record here is not in the pack.", position)
        if files:
            self._voice.say("{count} certificates of destruction, each signed.", count=len(files))

    def _check_certificate(self, file: str) -> None:
        note = self._pack.note_in(file)
        self._trust.check(note, self._pack.ledger)
        if Path(file).stem not in note.text:
            raise Fault("{file} is not written as it should be.", file=file)

    def _check_stamp(self, file: str) -> None:
        """Check that a timestamp is about the text of the checkpoint whose name it bears."""
        place, content = re.sub(r"-[0-9]+\.tsr$", ".txt", file), self._pack.read(file)
        checkpoint = self._pack.note_in("checkpoints" + place[len("tokens") :])
        try:
            stamp = read_stamp(content)
            at = datetime.strptime(stamp.at[:14], "%Y%m%d%H%M%S")
        except (ValueError, IndexError):
            raise Fault("{file} is not written as it should be.", file=file) from None
        stamped = self._pack.read(place)
        if hashlib.new(stamp.algorithm, stamped).digest() != stamp.imprint or stamped != checkpoint.text.encode():
            raise Fault("{file}: this timestamp is about something else.", file=file)
        self._voice.say("Timestamp of {instant} over {size} records ({file}): it is about this checkpoint. Whether the "
                        "authority signed it is checked by: openssl ts -verify -in {file} {openssl} -data {data} "
                        "-CAfile AUTHORITY.pem", instant=at.isoformat() + "Z", file=file, data=place,
                        openssl="-token_in" if stamp.is_bare else "", size=int(Path(place).stem))  # fmt: skip

    def _check_witnesses(self, policy: Policy | None) -> None:
        is_given, pack = policy is not None, self._pack
        if policy is None and "policy.txt" in pack.files:
            policy = Policy(pack.read("policy.txt"), "policy.txt")
        if policy is None or policy.quorum == "none":
            self._voice.say("No witness is asked for: that the ledger showed others the same log is not proven here.")
        if policy is None:
            return
        met = [each.size for each in self._checkpoints if each.origin == pack.origin and policy.is_met(each.note)]
        if policy.quorum == "none":
            return
        if not met:
            self._voice.blame("No checkpoint bears the signatures of enough witnesses.")
            return
        given = ("Witnesses, by the policy that you gave: {count} records are attested by enough of them, {after} "
                 "after that by the ledger alone.")  # fmt: skip
        own = ("Witnesses, by the policy in the pack itself: {count} records are attested by enough of them, {after} "
               "after that by the ledger alone. Give the policy that you know with --policy.")  # fmt: skip
        self._voice.say(given if is_given else own, count=max(met), after=pack.size - max(met))


def _number(origin: str) -> int:
    return int(origin.rpartition("/e")[2])


def _key_in(text: str, file: str) -> Key:
    try:
        return read_key(text)
    except ValueError:
        raise Fault("{file} is not written as it should be.", file=file) from None


# --- Receipts (C2SP tlog-proof) -------------------------------------------------------------------------------------

_RECEIPT = re.compile(
    r"c2sp\.org/tlog-proof@v1\n(?:extra ([A-Za-z0-9+/=]+)\n)?index (0|[1-9][0-9]{0,18})\n"
    r"((?:[A-Za-z0-9+/]{43}=\n){0,64})\n"
)


class Receipt(NamedTuple):
    """A proof that one record is in the log."""

    entry: bytes
    place: int
    proof: list[bytes]
    checkpoint: Checkpoint


def read_receipt(content: bytes, file: str) -> Receipt:
    """Read a receipt strictly."""
    head, blank, rest = content.partition(b"\n\n")
    try:
        found = _RECEIPT.fullmatch((head + blank).decode("ascii")) if len(content) <= NOTE_BYTES else None
        entry = _bytes_of(found[1] or "") if found else b""
        proof = [_bytes_of(line) for line in found[3].split()] if found else []
    except ValueError:
        found, entry, proof = None, b"", []
    if not found or len(entry) > ENTRY_BYTES:
        raise Fault("{file} is not written as it should be.", file=file)
    return Receipt(entry, int(found[2]), proof, read_checkpoint(read_note(rest, file)))


def check_receipt(content: bytes, file: str, trust: Trust, policy: Policy | None, voice: Voice) -> None:
    """Check a receipt, and say what it shows."""
    receipt = read_receipt(content, file)
    checkpoint = receipt.checkpoint
    trust.check(checkpoint.note, checkpoint.origin)
    if not receipt.entry:
        raise Fault("The receipt holds no record.")
    try:
        header = read_header(receipt.entry)
    except ValueError:
        raise Fault("The record is not in the form in which records are written.", receipt.place + 1) from None
    if header.ledger != checkpoint.origin.partition("/")[0]:
        raise Fault("The record is of another ledger.", receipt.place + 1)
    leaf = leaf_hash(receipt.entry)
    if not leads_to(checkpoint.root, leaf=leaf, index=receipt.place, size=checkpoint.size, proof=receipt.proof):
        raise Fault("The proof does not lead from this record to the root of the checkpoint.", receipt.place + 1)
    if policy is not None and not policy.is_met(checkpoint.note):
        raise Fault("No checkpoint bears the signatures of enough witnesses.")
    voice.say("Position {position} of {size}, under the origin {origin}.", position=receipt.place + 1,
              size=checkpoint.size, origin=checkpoint.origin)  # fmt: skip
    voice.say("The record, as it was written: {entry}", entry=receipt.entry.decode("ascii"))


# --- The program ----------------------------------------------------------------------------------------------------


def _wants_french(arguments: Sequence[str]) -> bool:
    for number, argument in enumerate(arguments):
        if argument.startswith("--lang"):
            return argument.endswith("fr") or arguments[number + 1 : number + 2] == ["fr"]
    found = [os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    return next((each for each in found if each), "").startswith("fr")


def _asked(arguments: Sequence[str], voice: Voice) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=voice.text("Check a pack of proof, or a receipt, of a ledger.")
    )
    parser.add_argument("what", nargs="?", type=Path, default=Path(__file__).resolve().parent, metavar="PATH",
        help=voice.text("a folder with a pack, or a receipt; the folder of this program if left out"))  # fmt: skip
    parser.add_argument("--log-key", action="append", default=[], metavar="KEY",
        help=voice.text("a verifier key of the log that you know from elsewhere (name+id+code)"))  # fmt: skip
    parser.add_argument("--policy", type=Path, metavar="FILE", help=voice.text(
        "a file that names the logs and witnesses that you trust, and how many of these must have signed"
    ))  # fmt: skip
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], metavar="FILE",
        help=voice.text("a checkpoint that you kept: the log must go on from it"))  # fmt: skip
    parser.add_argument("--lang", choices=("en", "fr"))
    asked = parser.parse_args(arguments)
    for key in asked.log_key:
        try:
            read_key(key)
        except ValueError:
            parser.error(voice.text("This is not a verifier key: {key}", key=key))
    if not asked.what.is_dir() and not asked.log_key and not asked.policy:
        parser.error(voice.text("Give the key of the log with --log-key, or a policy with --policy: a receipt names no "
                                "key that could be trusted."))  # fmt: skip
    return asked


def _outside(path: Path, limit: int = NOTE_BYTES) -> bytes:
    """Read a file that is no part of a pack."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError:
        what = "{file} is not there, or can’t be read: check its name. Nothing was checked."
        raise Absent(what, file=path.name) from None
    if len(content) > limit:
        raise Fault("{file} is larger than such a file can be.", file=path.name)
    return content


def _check(asked: argparse.Namespace, voice: Voice) -> None:
    trust = Trust(voice)
    policy = Policy(_outside(asked.policy), asked.policy.name) if asked.policy else None
    for key in [read_key(each) for each in asked.log_key] + (policy.logs if policy else []):
        trust.add(key, "Log key, as you gave it: {key}")
    if asked.what.is_dir():
        kept = [read_note(_outside(each), each.name) for each in asked.checkpoint]
        PackCheck(Pack(asked.what, voice), trust, voice).run(policy, kept)
    else:
        check_receipt(_outside(asked.what), asked.what.name, trust, policy, voice)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is asked for, and say what was found."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    voice = Voice(french=_wants_french(given))
    asked = _asked(given, voice)
    try:
        _check(asked, voice)
    except Absent as fault:
        print(voice.text(fault.what, **fault.values), file=sys.stderr)
        return USAGE
    except Fault as fault:
        voice.faults.append(fault)
    except KeyboardInterrupt:
        print(voice.text("Stopped: this says nothing yet of what the ledger signed."), file=sys.stderr)
        return INTERRUPTED
    is_pack = asked.what.is_dir()
    return voice.verdict(
        "OK: this pack is what the ledger signed." if is_pack else "OK: this record is in the log of the ledger."
    )


def run() -> int:
    """Run as a program, and end without a traceback where nobody reads the answer, or its disk is full."""
    try:
        code = main()
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or it would be tried again at the end
        return UNSAID
    return code


if __name__ == "__main__":
    sys.exit(run())
