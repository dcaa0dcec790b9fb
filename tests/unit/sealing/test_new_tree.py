from __future__ import annotations

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ledger.sealing.kdf import KEY_BYTES
from ledger.sealing.new_tree import Losses, NewTree
from ledger.sealing.schema import KEY_BUCKETS
from ledger.sealing.tree import ENTRY_BYTES

ROOT = AESGCM(bytes(32))
HELD = [(os.urandom(16), os.urandom(KEY_BYTES)) for _ in range(40)]


def left_of(entries: list[tuple[bytes, bytes]], gone: set[bytes]) -> bytes:
    """Give what stays in a bucket of these keys."""
    tree = NewTree(UUID(int=1), 1, 2, ROOT, ROOT, Losses(key_ids=frozenset(gone)))
    return tree._without(KEY_BUCKETS, b"".join([key_id + key for key_id, key in entries]))


@given(st.sets(st.integers(0, len(HELD) - 1)))
def test_only_what_is_to_go_goes_wherever_it_stands_and_the_rest_keeps_its_order(numbers: set[int]) -> None:
    left = left_of(HELD, {HELD[number][0] for number in numbers} | {os.urandom(16)})
    assert left == b"".join([b"".join(each) for number, each in enumerate(HELD) if number not in numbers])


def test_what_looks_like_an_id_within_a_key_or_between_two_takes_nothing_away() -> None:
    content = b"".join([b"".join(each) for each in HELD[:3]])
    likely = {content[at : at + 16] for at in range(len(content) - 16) if at % ENTRY_BYTES}
    assert left_of(HELD[:3], likely) == content
