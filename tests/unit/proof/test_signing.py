from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger.errors import ExitCode
from ledger.proof.notes import NoteForged, check_note
from ledger.proof.signing import (
    NoteSigner,
    SigningKeyAbsent,
    SigningKeyExposed,
    SigningKeyMalformed,
    SigningKeyUnwritten,
)
from ledger.usecases.ports import Signer

# The example of the Go package golang.org/x/mod/sumdb/note, whose format C2SP signed-note is.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing.key"


def put(path: Path, content: str) -> NoteSigner:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    return NoteSigner(path)


def test_a_key_and_a_note_of_another_implementation_are_the_same_here(path: Path) -> None:
    signer = put(path, PRIVATE)
    assert signer.verifier_key() == PUBLIC
    assert signer.sign(TEXT) == NOTE
    assert check_note(NOTE, verifier_key=PUBLIC) == TEXT


def test_a_new_key_signs_for_its_owner_alone_and_is_made_once(path: Path) -> None:
    signer: Signer = NoteSigner(path)
    assert isinstance(signer, NoteSigner)
    signer.create("ledger-1")
    before = path.read_bytes()
    signer.create("ledger-2")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (before, 0o600)
    assert check_note(signer.sign("a\n\nb\n"), verifier_key=signer.verifier_key()) == "a\n\nb\n"


@pytest.mark.parametrize("position", range(0, len(NOTE.encode()), 3))
def test_a_note_of_which_a_byte_was_changed_is_refused(position: int) -> None:
    altered = bytearray(NOTE.encode())
    altered[position] ^= 1
    with pytest.raises(NoteForged) as caught:
        check_note(altered.decode(errors="replace"), verifier_key=PUBLIC)
    assert caught.value.exit_code is ExitCode.INTEGRITY


@pytest.mark.parametrize("note", ["", TEXT, TEXT + "\n", NOTE[:-20], "\n" + NOTE])
def test_what_bears_no_signature_of_the_key_is_refused(note: str) -> None:
    with pytest.raises(NoteForged):
        check_note(note, verifier_key=PUBLIC)


def test_the_note_of_another_key_under_the_same_name_is_refused(path: Path) -> None:
    signer = NoteSigner(path)
    signer.create("PeterNeumann")
    with pytest.raises(NoteForged):
        check_note(signer.sign(TEXT), verifier_key=PUBLIC)


def test_only_a_whole_text_is_signed_and_only_a_plain_name_makes_a_key(path: Path) -> None:
    with pytest.raises(ValueError, match="line feed"):
        put(path, PRIVATE).sign("no end")
    with pytest.raises(ValueError, match="name"):
        NoteSigner(path).create("two words")


def test_a_key_that_is_gone_or_is_none_is_told(path: Path) -> None:
    with pytest.raises(SigningKeyAbsent):
        NoteSigner(path).sign(TEXT)
    for content in ("", PRIVATE[:-1], PRIVATE.replace("+AYEK", "+AYE"), PRIVATE.replace("+AYEK", "+BYEK")):
        with pytest.raises(SigningKeyMalformed):
            put(path, content).sign(TEXT)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_with_which_others_could_sign_is_refused(path: Path, mode: int) -> None:
    signer = put(path, PRIVATE)
    path.chmod(mode)
    with pytest.raises(SigningKeyExposed) as caught:
        signer.sign(TEXT)
    assert caught.value.exit_code is ExitCode.MISCONFIGURED
    assert "chmod 600 signing.key" in caught.value.next_step()


def test_a_folder_that_is_not_there_gets_no_key(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyUnwritten) as caught:
        NoteSigner(tmp_path / "nowhere" / "signing.key").create("ledger-1")
    assert caught.value.exit_code is ExitCode.UNAVAILABLE
