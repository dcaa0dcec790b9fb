"""The stand-alone verifier says what a timestamp is about, and prints the command that checks who made it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.verifier.verify import read_stamp
from tests.unit.proof.made_packs import MadeLedger, made_token, verified

CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Autorite inventee
[stamps]
extendedKeyUsage = critical, timeStamping
[tsa]
serial = serial
default_policy = 1.2.3.4
digests = sha256, sha512
signer_digest = sha256
"""


class Authority:
    """An authority of ours, made with OpenSSL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "ca.cnf").write_text(CONFIGURATION, encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out AUTHORITY.pem"
        self._run(*made.split(), "-days", "2", "-config", "ca.cnf", "-extensions", "stamps")

    def stamp(self, text: bytes, *, digest: str = "sha256", bare: bool = False) -> bytes:
        """Give a response over some text, or the token in it alone."""
        (self.folder / "data").write_bytes(text)
        self._run("ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "query.tsq")
        reply = ["ts", "-reply", "-queryfile", "query.tsq", "-inkey", "key.pem", "-signer", "AUTHORITY.pem",
                 "-config", "ca.cnf", "-section", "tsa", "-out", "reply.tsr"]  # fmt: skip
        self._run(*reply, *(["-token_out"] if bare else []))
        return (self.folder / "reply.tsr").read_bytes()

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def ledger(tmp_path: Path) -> MadeLedger:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(40)
    made.sign()
    return made


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_timestamp_is_told_and_the_printed_command_checks_it(
    authority: Authority, ledger: MadeLedger, tmp_path: Path, digest: str, bare: bool
) -> None:
    text = ledger.archive.signed(ledger.origin, 40).note.text.encode()
    ledger.archive.attach_token(ledger.origin, 40, authority.stamp(text, digest=digest, bare=bare))
    ledger.pack(tmp_path / "pack")
    answer = verified(tmp_path / "pack", "--log-key", ledger.log_key)
    assert answer.code == 0, answer.said
    assert "over 40 records (tokens/e1/000000000040-1.tsr): it is about this checkpoint" in answer.said
    command = re.search(r"openssl ts -verify .*", answer.said)
    assert command is not None
    words = shlex.split(command[0].replace("AUTHORITY.pem", str(authority.folder / "AUTHORITY.pem")))
    done = subprocess.run(words, cwd=tmp_path / "pack", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_timestamp_of_another_checkpoint_is_a_fault(authority: Authority, ledger: MadeLedger, tmp_path: Path) -> None:
    ledger.archive.attach_token(ledger.origin, 40, authority.stamp(b"something else"))
    ledger.pack(tmp_path / "pack")
    answer = verified(tmp_path / "pack", "--log-key", ledger.log_key)
    assert answer.code == 7
    assert "000000000040-1.tsr: this timestamp is about something else" in answer.said


@pytest.mark.parametrize(
    "token", [b"", b"0", b"\x30\x03\x02\x01\x02", b"<html>", made_token(b"x")[:-1], made_token(b"x", at=b"yesterday")]
)
def test_what_is_no_timestamp_is_a_fault(ledger: MadeLedger, tmp_path: Path, token: bytes) -> None:
    ledger.archive.attach_token(ledger.origin, 40, token)
    ledger.pack(tmp_path / "pack")
    answer = verified(tmp_path / "pack", "--log-key", ledger.log_key)
    assert answer.code == 7
    assert "000000000040-1.tsr is not written as it should be" in answer.said


@given(st.binary(max_size=300) | st.binary(min_size=1, max_size=8).map(lambda head: head + made_token(b"text")[8:]))
def test_whatever_is_given_is_refused_without_a_crash(content: bytes) -> None:
    if content != made_token(b"text"):
        with pytest.raises((ValueError, IndexError)):
            read_stamp(content)
