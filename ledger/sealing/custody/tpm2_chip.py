"""
The few things that are asked of a TPM, through the programs of tpm2-tools.

No secret is ever an argument or a file: a key goes to the chip over standard input and comes back over standard output,
and between the program and the chip in a session that encrypts it. The files of the private folder are the chip's own
contexts. A primary key is derived again each time from the chip's owner seed, so that nothing of ours stays in the chip
but the counter.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.errors import LedgerError
from ledger.sealing.custody.tpm2_failures import (
    TpmCounterTaken,
    TpmLocked,
    TpmRefusal,
    TpmReplaced,
    TpmToolsMissing,
    TpmUnavailable,
)

TIMEOUT = 30
"""Seconds that one program may take: a slow chip makes a primary key in two or three."""

_ANSWER = re.compile(rb"\(0x([0-9A-Fa-f]{1,8})\)")
_NAME = re.compile(rb"^\s*name: ([0-9a-f]{68})$", re.MULTILINE)
_LABEL = re.compile(rb"authorization policy: ([0-9A-Fa-f]{64})")
_HANDLE = re.compile(rb"0x[0-9A-Fa-f]+")
_COUNTER = "ownerread|authread|authwrite|no_da|nt=counter"
_SEALED = "fixedtpm|fixedparent|noda|adminwithpolicy"  # no userwithauth: without the policy, no password opens it
_OF_THE_CHIP = {0x0, 0xB, 0xC}  # the chip itself, or a resource manager that speaks for it
_LAYER, _POLICY, _LOCKOUT, _NOT_WRITTEN = 16, {0x126, 0x99D}, 0x921, 0x14A
_INTEGRITY = {0x1DF, 0x2DF, 0x9F}


class PolicyRefused(Exception):
    """The counter has passed the value that something was sealed to."""


@dataclass(frozen=True)
class Sealed:
    """What the chip gave to be kept outside it: only this chip opens it, while its counter is low enough."""

    public: bytes
    private: bytes


class Chip:
    """One TPM and one counter in it, for as long as the private folder lives."""

    def __init__(self, folder: Path, *, tcti: str, index: int) -> None:
        self._folder = folder
        self._environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TPM2TOOLS_TCTI": tcti}
        self._index = f"0x{index:08x}"

    def identity(self) -> str:
        """Give the name of the chip's primary key, which changes when the chip is cleared or replaced."""
        self._run("tpm2_createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc256", "-c", "primary")
        found = _NAME.search(self._run("tpm2_readpublic", "-c", "primary"))
        if found is None:
            raise TpmRefusal(program="tpm2_readpublic", answer="-")
        return found[1].decode()

    def has_counter(self, label: bytes) -> bool:
        """
        Say whether the counter is there.

        :raises TpmCounterTaken: if what is there bears another label, or is no counter
        """
        listed = _HANDLE.findall(self._run("tpm2_getcap", "handles-nv-index"))
        if int(self._index, 16) not in {int(handle, 16) for handle in listed}:
            return False
        public = self._run("tpm2_nvreadpublic", self._index)
        found = _LABEL.search(public)
        if found is None or bytes.fromhex(found[1].decode()) != label or b"nt=0x1|" not in public:
            raise TpmCounterTaken(index=self._index)
        return True

    def define_counter(self, label: bytes) -> None:
        """Make the counter; the label takes the place of a policy that nothing fulfils, and is part of its name."""
        place = self._folder / "label"
        place.write_bytes(label)
        self._run("tpm2_nvdefine", "-Q", "-C", "o", "-g", "sha256", "-a", _COUNTER, "-L", "label", self._index)

    def count(self) -> int | None:
        """Give the counter's value, or None while it was never moved: it has none before."""
        try:
            return int.from_bytes(self._run("tpm2_nvread", "-s", "8", self._index), "big")
        except TpmRefusal as fault:
            if fault.details["answer"] == f"{_NOT_WRITTEN:#x}":
                return None
            raise

    def increment(self) -> None:
        """Move the counter by one: what was sealed to the value that it leaves never opens again."""
        self._run("tpm2_nvincrement", self._index)

    def seal(self, key: bytes, *, limit: int) -> Sealed:
        """Seal a key under the policy that the counter is at most this value; `identity` was asked before."""
        self._write_policy(limit)
        with self._session("hmac", "--hmac-session", "--tpmkey-context", "primary"):
            self._run("tpm2_sessionconfig", "hmac", "--enable-decrypt", "--enable-encrypt")
            self._run(
                *("tpm2_create", "-Q", "-C", "primary", "-P", "session:hmac", "-g", "sha256", "-a", _SEALED),
                *("-L", "policy", "-i", "-", "-u", "public", "-r", "private"),
                given=key,
            )
        return Sealed((self._folder / "public").read_bytes(), (self._folder / "private").read_bytes())

    def bound(self, sealed: Sealed, *, limit: int) -> bool:
        """Say whether it was sealed to exactly this limit: the policy's digest stands in its public part."""
        self._write_policy(limit)
        return (self._folder / "policy").read_bytes() in sealed.public

    def released(self, sealed: Sealed, *, limit: int) -> bytes:
        """
        Give back a key; `identity` was asked before.

        :raises PolicyRefused: if the counter has passed that value
        """
        (self._folder / "public").write_bytes(sealed.public)
        (self._folder / "private").write_bytes(sealed.private)
        self._run("tpm2_load", "-Q", "-C", "primary", "-u", "public", "-r", "private", "-c", "sealed")
        with self._session("open", "--policy-session", "--tpmkey-context", "primary"):
            self._run("tpm2_sessionconfig", "open", "--enable-decrypt", "--enable-encrypt")
            self._policy("open", limit)
            return self._run("tpm2_unseal", "-Q", "-c", "sealed", "-p", "session:open")

    def _write_policy(self, limit: int) -> None:
        with self._session("trial"):
            self._policy("trial", limit, "-L", "policy")

    def _policy(self, session: str, limit: int, *more: str) -> None:
        operand = limit.to_bytes(8, "big")
        self._run("tpm2_policynv", "-Q", "-S", session, "-i", "-", *more, self._index, "ule", given=operand)

    @contextmanager
    def _session(self, name: str, *options: str) -> Iterator[None]:
        self._run("tpm2_startauthsession", "-S", name, *options)
        try:
            yield
        finally:
            with suppress(LedgerError):  # what went wrong within is what counts
                self._run("tpm2_flushcontext", name)

    def _run(self, program: str, *arguments: str, given: bytes = b"") -> bytes:
        """Run one program, then let go of what it left in the chip: without a resource manager it has three places."""
        done = self._call(program, *arguments, given=given)
        if "primary" in arguments or "sealed" in arguments:
            self._call("tpm2_flushcontext", "-t")
        if done.returncode != 0:
            raise _meaning_of(done.stderr, program)
        return done.stdout

    def _call(self, program: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        fault: LedgerError
        try:
            return subprocess.run(  # noqa: S603  # no shell, and no word of it comes from a user
                [program, *arguments],
                input=given,
                capture_output=True,
                cwd=self._folder,
                env=self._environment,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            fault = TpmUnavailable(fault="timeout")
        except OSError:
            fault = TpmToolsMissing(program=program)
        raise fault  # outside of the handler: a time-out carries what had come out


@contextmanager
def chip(*, tcti: str, index: int) -> Iterator[Chip]:
    """Give the chip with a private folder of its own, which is wiped afterwards."""
    with TemporaryDirectory(prefix="tpm2-") as folder:
        yield Chip(Path(folder), tcti=tcti, index=index)


def _meaning_of(printed: bytes, program: str) -> Exception:
    """Say what the chip's answer means; without an answer there was no chip."""
    codes = [int(code, 16) for code in _ANSWER.findall(printed)]
    if not codes or codes[-1] >> _LAYER not in _OF_THE_CHIP:
        return TpmUnavailable(fault=program)
    answer = codes[-1] & ((1 << _LAYER) - 1)
    if answer in _POLICY:
        return PolicyRefused()
    if answer == _LOCKOUT:
        return TpmLocked()
    if answer in _INTEGRITY:
        return TpmReplaced()
    return TpmRefusal(program=program, answer=f"{answer:#x}")
