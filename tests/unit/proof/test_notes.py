from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import ExitCode
from ledger.limits import NOTE_BYTES, NOTE_SIGNATURES
from ledger.proof.notes import (
    Algorithm,
    Note,
    NoteForged,
    NoteMalformed,
    NoteSignature,
    VerifierKey,
    VerifierKeyMalformed,
    check_note,
    cosigned_at,
    cosigned_message,
)

# The example of the Go package golang.org/x/mod/sumdb/note, whose format C2SP signed-note is.
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_KEY = VerifierKey("witness.example/w1", Algorithm.COSIGNATURE, WITNESS.public_key().public_bytes_raw())
SECOND = 1_780_000_000


def cosignature(text: str = TEXT, *, at: int = SECOND, said: int | None = None) -> NoteSignature:
    signature = WITNESS.sign(cosigned_message(text, at=at))
    return NoteSignature(WITNESS_KEY.name, WITNESS_KEY.key_id, (at if said is None else said).to_bytes(8) + signature)


def test_a_note_of_another_implementation_is_read_and_written_byte_for_byte() -> None:
    note = Note.parse(NOTE)
    assert (note.text, len(note.signatures), str(note)) == (TEXT, 1, NOTE)
    assert note.signed_by(VerifierKey.parse(PUBLIC)) == note.signatures[0]
    assert check_note(NOTE.encode(), verifier_key=PUBLIC) == TEXT
    assert str(VerifierKey.parse(PUBLIC + "\n")) == PUBLIC


@pytest.mark.parametrize("position", range(len(NOTE.encode())))
def test_a_note_of_which_any_byte_was_changed_is_refused(position: int) -> None:
    for bit in (1, 32, 128):
        altered = bytearray(NOTE.encode())
        altered[position] ^= bit
        with pytest.raises(NoteForged) as caught:
            check_note(bytes(altered), verifier_key=PUBLIC)
        assert caught.value.exit_code is ExitCode.INTEGRITY


MALFORMED = [
    b"", TEXT.encode(), TEXT.encode() + b"\n", NOTE[:-1].encode(), NOTE[:-20].encode(), b"\xff" + NOTE.encode(),
    NOTE.replace("\n", "\r\n").encode(), NOTE.replace("think", "thi\tnk").encode(), NOTE.encode() + b"\n",
    NOTE.encode() + b"more\n", NOTE.replace("— ", "- ").encode(),
    NOTE.replace("— PeterNeumann", "— Peter+Neumann").encode(),
    NOTE.replace("nAM=", "nAM").encode(), NOTE.replace("nAM=", "nAN=").encode(),
    NOTE.replace("x08go", "x08 go").encode(),
    (TEXT + "\n— PeterNeumann AAAAAA==\n").encode(), ("a" * NOTE_BYTES + "\n" + NOTE).encode(),
    (TEXT + "\n" + NOTE.removeprefix(TEXT + "\n") * (NOTE_SIGNATURES + 1)).encode(),
]  # fmt: skip


@pytest.mark.parametrize("content", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises(NoteMalformed) as caught:
        Note.parse(content)
    assert caught.value.exit_code is ExitCode.INTEGRITY
    with pytest.raises(NoteForged):
        check_note(content, verifier_key=PUBLIC)


def test_text_that_can_not_be_encoded_is_no_note() -> None:
    with pytest.raises(NoteMalformed):
        Note.parse(NOTE.replace("think", "\ud800"))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_note_or_are_refused(content: bytes) -> None:
    try:
        note = Note.parse(content)
    except NoteMalformed:
        return
    assert str(note).encode() == content


def test_signatures_of_others_are_passed_over_and_one_of_the_key_that_fails_is_not() -> None:
    stranger = NoteSignature("PeterNeumann", b"\0\0\0\0", bytes(64))
    note = Note.parse(NOTE).with_signature(stranger)
    assert check_note(str(note), verifier_key=PUBLIC) == TEXT
    own = note.signatures[0]
    twice = Note(TEXT, (own, own))
    failing = Note(TEXT, (NoteSignature(own.name, own.key_id, bytes(64)), stranger))
    short = Note(TEXT, (NoteSignature(own.name, own.key_id, own.signature[:-1]),))
    for wrong in (twice, failing, short, Note(TEXT, (stranger,))):
        with pytest.raises(NoteForged):
            check_note(str(wrong), verifier_key=PUBLIC)
    assert Note(TEXT, (stranger,)).signed_by(VerifierKey.parse(PUBLIC)) is None


def test_a_witness_signs_the_text_and_the_time() -> None:
    note = Note.parse(NOTE).with_signature(cosignature())
    signature = note.signed_by(WITNESS_KEY)
    assert signature is not None
    assert cosigned_at(signature) == datetime.fromtimestamp(SECOND, UTC)
    assert cosigned_message("a\n", at=7) == b"cosignature/v1\ntime 7\na\n"
    renewed = note.with_signature(cosignature(at=SECOND + 60))
    assert len(renewed.signatures) == len(note.signatures)


def test_a_cosignature_of_another_time_or_text_is_refused() -> None:
    for wrong in (cosignature(said=SECOND + 1), cosignature("other\n"), cosignature(at=2**62)):
        with pytest.raises(NoteForged):
            Note(TEXT, (wrong,)).signed_by(WITNESS_KEY)
    for unfit in (NoteSignature("w", b"1234", b"short"), cosignature(at=2**62)):
        with pytest.raises(NoteForged):
            cosigned_at(unfit)


def key_text(name: str, content: bytes, key_id: str | None = None) -> str:
    digest = sha256(name.encode() + b"\n" + content).digest()[:4].hex()
    return f"{name}+{key_id or digest}+{b64encode(content).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        "", "a+b", PUBLIC[:-1], PUBLIC.replace("c74f20a3", "c74f20a4"), PUBLIC.replace("Peter", "Pater"),
        key_text("a", b"\x01" + bytes(31)), key_text("a", b"\x02" + bytes(32)), key_text("a", b""),
        key_text("a b", b"\x01" + bytes(32)),
        key_text("a\x01", b"\x01" + bytes(32)), key_text("a", b"\x01" + bytes(32), "C74F20A3"), "é" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(VerifierKeyMalformed) as caught:
        VerifierKey.parse(text)
    assert caught.value.next_step()
