"""
The target that changes a pack by what a pack is made of: files, hashes and records, put in the place of others.

The input is no text but a list of steps. Its first byte says whether the log makes the list of files anew afterwards
and signs it, as a dishonest one could: what it signed and others hold must still give it away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from ledger.merkle import HASH_BYTES
from ledger.proof.notes import Note, NoteMalformed
from ledger.proof.tiles import BundleMalformed, bundle, entries_of
from tests.faults.fuzzing.made import PACK_RECORDS, a_pack, signed
from tests.unit.proof.made_packs import LEDGER, verified

Files = dict[str, bytes]
Step = Callable[[Files, str, str, int, int], None]

_STEP_BYTES = 5
_STEPS = 8
_MANIFEST = "manifest.txt"
_LAST_WIDTH = PACK_RECORDS - 256


def _swap(files: Files, one: str, other: str, _at: int, _to: int) -> None:
    files[one], files[other] = files[other], files[one]


def _drop(files: Files, one: str, _other: str, _at: int, _to: int) -> None:
    del files[one]


def _copy(files: Files, one: str, other: str, _at: int, _to: int) -> None:
    files[other] = files[one]


def _add(files: Files, one: str, _other: str, at: int, _to: int) -> None:
    files[f"{one.rpartition('.')[0] or one}-{at}.txt"] = files[one]


def _exchange_hashes(files: Files, one: str, other: str, at: int, to: int) -> None:
    """Exchange 32 bytes of two files, or of one; of tiles, two hashes."""
    left, right = (slice(place * HASH_BYTES, (place + 1) * HASH_BYTES) for place in (at, to))
    first, second = files[one][left], files[other][right]
    for name, place, content in ((one, left, second), (other, right, first)):
        changed = bytearray(files[name])
        changed[place] = content
        files[name] = bytes(changed)


def _move_record(files: Files, one: str, other: str, at: int, to: int) -> None:
    """Put a record in the place of another one; of itself, take it out as if it were pruned."""
    try:
        taken, given = (entries_of(files[name], _LAST_WIDTH if ".p" in name else 256) for name in (one, other))
    except BundleMalformed:
        return
    record = taken[at % len(taken)]
    given[to % len(given)] = None if (one, at) == (other, to) else record
    files[other] = bundle(given)


STEPS: tuple[Step, ...] = (_swap, _drop, _copy, _add, _exchange_hashes, _move_record)


def packs(content: bytes) -> None:
    """The verifier on a pack of which files, hashes and records were moved about."""
    folder, names = a_pack()
    genuine = {name: (folder / name).read_bytes() for name in names}
    files = dict(genuine)
    for start in range(1, min(len(content), 1 + _STEPS * _STEP_BYTES), _STEP_BYTES):
        step, one, other, at, to = content[start : start + _STEP_BYTES].ljust(_STEP_BYTES, b"\0")
        left = sorted(files)
        STEPS[step % len(STEPS)](files, left[one % len(left)], left[other % len(left)], at, to)
    is_signed_again = bool(content[:1] and content[0] & 1)
    if is_signed_again:
        files[_MANIFEST] = _listed_again(files, genuine[_MANIFEST])
    _write(folder, genuine, files)
    try:
        answer = verified(folder, "--log-key", signed().log_key)
    finally:
        _write(folder, files, genuine)
    if not is_signed_again:
        assert answer.code == (0 if files == genuine else 7), answer.said
    elif answer.code == 0:
        assert _tree(files) == _tree(genuine), "another log passes for this one"
        assert _checkpoints(files) <= _checkpoints(genuine)


def _listed_again(files: Files, manifest: bytes) -> bytes:
    """Make the list anew: the SHA-256 of each file, and of all bundles in their order."""
    text = Note.parse(manifest).text
    head = text[: text.index("file ")]
    bundles = sorted(name for name in files if name.startswith("log/tile/entries/"))
    whole = sha256(b"".join(files[name] for name in bundles)).hexdigest()
    listed = sorted(name for name in files if not name.startswith("log/tile/") and name != _MANIFEST)
    lines = "".join(f"file {sha256(files[name]).hexdigest()} {name}\n" for name in listed)
    return signed().signer.sign(re.sub(r"bundles \w+", f"bundles {whole}", head) + lines, name=LEDGER.hex).encode()


def _write(folder: Path, before: Files, files: Files) -> None:
    for name in before.keys() - files.keys():
        (folder / name).unlink()
    for name, content in files.items():
        if before.get(name) != content:
            (folder / name).write_bytes(content)


def _tree(files: Files) -> Files:
    return {name: content for name, content in files.items() if name.startswith("log/tile/")}


def _checkpoints(files: Files) -> set[str]:
    return {text for name, content in files.items() if name.startswith("checkpoints/") for text in _text_of(content)}


def _text_of(content: bytes) -> list[str]:
    try:
        return [Note.parse(content).text]
    except NoteMalformed:
        return []
