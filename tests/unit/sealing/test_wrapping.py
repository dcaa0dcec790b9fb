from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.wrapping import of_bucket, of_contents, of_purpose, unwrap, wrap

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "boxes" / "wrapped.json").read_text(encoding="utf-8"))
LEDGER = UUID("11111111-1111-4111-8111-111111111111")
BINDINGS = {
    "bucket": of_bucket(LEDGER, kind="keys", bucket=3, made_in=2, epoch=5),
    "contents": of_contents(LEDGER, kind="keys", bucket=3, made_in=2),
    "purpose": of_purpose(LEDGER, name="blind-index", epoch=5),
}
UNDER = AESGCM(bytes(32))


@pytest.mark.parametrize("what", BINDINGS)
def test_a_wrapped_key_from_any_time_unwraps(what: str) -> None:
    assert BINDINGS[what].hex() == GOLDEN[what]["bound_to"]
    wrapped = bytes.fromhex(GOLDEN[what]["wrapped"])
    under = AESGCM(bytes.fromhex(GOLDEN["under"]))
    assert unwrap(under, wrapped, bound_to=BINDINGS[what], what=what).hex() == GOLDEN["secret"]


OTHERS = {
    "another ledger": of_contents(uuid4(), kind="keys", bucket=3, made_in=2),
    "another kind": of_contents(LEDGER, kind="tokens", bucket=3, made_in=2),
    "another bucket": of_contents(LEDGER, kind="keys", bucket=4, made_in=2),
    "another epoch": of_contents(LEDGER, kind="keys", bucket=3, made_in=3),
    "something else": of_bucket(LEDGER, kind="keys", bucket=3, made_in=2, epoch=2),
}


@pytest.mark.parametrize("bound_to", OTHERS.values(), ids=OTHERS)
def test_a_wrapped_key_moved_elsewhere_does_not_unwrap(bound_to: bytes) -> None:
    wrapped = wrap(UNDER, bytes(32), bound_to=BINDINGS["contents"])
    with pytest.raises(KeyStoreTampered, match="what=key"):
        unwrap(UNDER, wrapped, bound_to=bound_to, what="key")


def test_every_bit_that_flips_in_a_wrapped_key_is_found() -> None:
    wrapped = wrap(UNDER, bytes(32), bound_to=b"")
    assert len(wrapped) == 60
    for bit in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(KeyStoreTampered):
            unwrap(UNDER, bytes(flipped), bound_to=b"", what="key")


@pytest.mark.parametrize("length", [0, 11, 12, 27, 59])
def test_a_wrapped_key_that_was_cut_does_not_unwrap(length: int) -> None:
    with pytest.raises(KeyStoreTampered):
        unwrap(UNDER, wrap(UNDER, bytes(32), bound_to=b"")[:length], bound_to=b"", what="key")


def test_the_same_key_is_never_wrapped_twice_into_the_same_bytes() -> None:
    assert len({wrap(UNDER, bytes(32), bound_to=b"") for _ in range(50)}) == 50
