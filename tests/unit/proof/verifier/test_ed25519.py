"""The stand-alone verifier's own Ed25519, with the vectors of RFC 8032 and of Project Wycheproof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proof.verifier.verify import ORDER, P, is_signed

VECTORS = Path(__file__).parent.parent / "vectors"
RFC8032: list[dict[str, str]] = json.loads((VECTORS / "rfc8032_ed25519.json").read_text(encoding="utf-8"))["tests"]
WYCHEPROOF: list[tuple[str, dict[str, Any]]] = [
    (group["pk"], test)
    for group in json.loads((VECTORS / "wycheproof_ed25519.json").read_text(encoding="utf-8"))["groups"]
    for test in group["tests"]
]

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def library_says(public: bytes, message: bytes, signature: bytes) -> bool:
    """What OpenSSL says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def says(public: str, test: dict[str, Any]) -> bool:
    return is_signed(bytes.fromhex(public), bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))


@pytest.mark.parametrize("vector", RFC8032, ids=lambda vector: vector["name"])
def test_vectors_of_rfc_8032(vector: dict[str, str]) -> None:
    assert says(vector["pk"], vector)
    assert not says(vector["pk"], {**vector, "msg": vector["msg"] + "00"})


def test_every_vector_of_wycheproof_has_the_verdict_that_it_should() -> None:
    assert len(WYCHEPROOF) == 210
    wrong = [
        test["tcId"]
        for public, test in WYCHEPROOF
        if test["result"] != "acceptable" and says(public, test) is not (test["result"] == "valid")
    ]
    assert wrong == []


def test_of_what_is_left_open_a_key_without_strength_is_refused_and_the_rest_is_as_openssl_says() -> None:
    either = [(public, test) for public, test in WYCHEPROOF if test["result"] == "acceptable"]
    assert len(either) == 29
    for public, test in either:
        library = library_says(bytes.fromhex(public), bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
        is_weak = 152 <= test["tcId"] <= 159  # keys of small order: signatures of them say nothing of who signed
        assert says(public, test) is (library and not is_weak), test["comment"]


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 511))
def test_what_is_signed_is_signed_and_one_bit_more_or_less_is_not(message: bytes, bit: int) -> None:
    signature = KEY.sign(message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert is_signed(PUBLIC, message, signature)
    assert not is_signed(PUBLIC, message, bytes(flipped))


def test_a_scalar_that_is_too_large_is_refused_though_the_equation_holds() -> None:
    signature = KEY.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not is_signed(PUBLIC, b"text", signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public",
    [
        (1).to_bytes(32, "little"), (P - 1).to_bytes(32, "little"), bytes(32), (P + 1).to_bytes(32, "little"),
        (P).to_bytes(32, "little"), ((1 << 255) + 1).to_bytes(32, "little"), b"\xff" * 32, (2).to_bytes(32, "little"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), b"", bytes(31), bytes(33),
    ],
)  # fmt: skip
def test_a_key_that_any_signature_fits_or_that_is_none_is_refused(public: bytes) -> None:
    # with the neutral element for a key and for R, and 0 for S, the equation of RFC 8032 holds for every message
    assert not is_signed(public, b"text", (1).to_bytes(32, "little") + bytes(32))
    assert not is_signed(public, b"text", KEY.sign(b"text"))


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    assert not is_signed(PUBLIC, b"text", (KEY.sign(b"text") * 2)[:length])
