"""A bit is changed anywhere in a pack, or in a receipt, thousands of times: the verifier misses none of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.proof.nodes import KeptNodes
from ledger.proof.receipt import Receipt
from ledger.proof.tiles import entries_of
from tests.faults.fuzzing import judges, made
from tests.unit.proof.made_packs import verified

SEED = 20_261_126


@pytest.fixture
def pack() -> Iterator[Path]:
    yield made.a_pack()[0]
    made.forget()


def flipped(content: bytes, chance: random.Random) -> tuple[bytes, int]:
    """Change one bit; give the place of its byte too."""
    place = chance.randrange(len(content))
    changed = bytearray(content)
    changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed), place


def position_in_bundle(content: bytes, place: int, first: int) -> int | None:
    """Give the position of the record whose bytes hold a place of a bundle; None for a length before it."""
    at = 0
    for number, entry in enumerate(entries_of(content, 256 if first == 1 else 14)):
        if at <= place < at + 2:
            return None
        at += 2 + len(entry or b"")
        if place < at:
            return first + number
    raise AssertionError(place)


@pytest.mark.parametrize("part", range(4))
def test_no_flip_in_a_pack_is_missed_and_the_record_that_was_changed_is_named(
    pack: Path, thorough: bool, part: int
) -> None:
    chance, (_, files), key = random.Random(SEED + part), made.a_pack(), made.signed().log_key
    assert verified(pack, "--log-key", key).code == 0
    missed = []
    for _ in range(5_000 if thorough else 125):
        name = chance.choice(files)
        genuine = (pack / name).read_bytes()
        changed, place = flipped(genuine, chance)
        (pack / name).write_bytes(changed)
        answer = verified(pack, "--log-key", key)
        (pack / name).write_bytes(genuine)
        if answer.code != 7:
            missed.append((name, place))
        elif name.startswith("log/tile/entries/"):
            position = position_in_bundle(genuine, place, 257 if ".p" in name else 1)
            # with the record that accounts for pruned ones may go what it says of them: then those are missing first
            right = {position, 20} if position == made.PRUNED_AT else {position}
            assert position is None or answer.first_bad in right, answer.said
        elif name.startswith("log/tile/0/"):
            position = (257 if ".p" in name else 1) + place // 32
            is_pruned = made.signed().log.records[position - 1] is None  # then only the tree tells, not where
            assert answer.first_bad == (1 if is_pruned else position)
    assert missed == []
    assert verified(pack, "--log-key", key).code == 0


def test_no_flip_in_a_receipt_is_missed(pack: Path, thorough: bool) -> None:
    chance, ledger = random.Random(SEED), made.signed()
    entry = ledger.log.records[100]
    assert entry is not None
    note = ledger.archive.note(ledger.origin, ledger.log.head.size)
    note = note.__class__(note.text, note.signatures[:1])  # a witness that nobody asks for may say what it likes
    genuine = str(Receipt.made(KeptNodes(ledger.log), note, position=101, entry=entry)).encode()
    for _ in range(5_000 if thorough else 200):
        judges.verifier_of_receipts(flipped(genuine, chance)[0])
    file = pack.with_name("a.tlog-proof")
    file.write_bytes(genuine)
    assert verified(file, "--log-key", ledger.log_key).code == 0
