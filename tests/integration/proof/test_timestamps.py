"""Timestamps of a real authority are kept; any other is refused with the reason, and nothing is kept then."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bootstrap.timestamping import (
    AddressAbsent,
    attach_timestamp,
    pin_authority,
    request_timestamp,
    timestamp_online,
)
from ledger.bootstrap.verifying import Verified, verify
from ledger.bootstrap.witnessing import NothingSigned, keep_policy
from ledger.errors import ExitCode, LedgerError
from ledger.limits import TIMESTAMP_BYTES
from ledger.proof.archive_failures import CheckpointUnknown
from ledger.proof.authority_online import AuthorityUnreachable
from ledger.proof.checking import ArchiveFlaw
from ledger.proof.notes import Algorithm, NoteSignature, VerifierKey, cosigned_message
from ledger.proof.timestamp import (
    Authority,
    AuthorityAbsent,
    AuthorityMalformed,
    TimestampCertificateExpired,
    TimestampMalformed,
    TimestampNotGranted,
    TimestampOfOther,
    TimestampOfOtherAuthority,
    TimestampUnasked,
    ask,
    said_by,
)
from tests.integration.proof.authorities import LocalAuthority
from tests.integration.proof.desk import grow, issue
from tests.integration.usecases.workbench import Workbench

TEXT = "a text\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority(tmp_path_factory.mktemp("authority") / "other", name="autre")


@pytest.fixture(scope="module")
def stamp(authority: LocalAuthority) -> bytes:
    return authority.answer(ask(TEXT).content)


def kept(bench: Workbench) -> list[bytes]:
    last = bench.ledger.archive.latest()
    assert last is not None
    return bench.ledger.archive.tokens(last.checkpoint.origin, last.checkpoint.size)


def test_what_is_asked_by_files_is_answered_checked_and_kept(bench: Workbench, authority: LocalAuthority) -> None:
    size = issue(bench)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    asked = request_timestamp(bench.ledger, size=None)
    answer = authority.answer(asked.content)
    grow(bench)
    issue(bench)
    done = attach_timestamp(bench.ledger, answer)
    assert (done.size, done.origin, done.authority) == (size, asked.signed.checkpoint.origin, "CN=Horodatage essai")
    assert bench.ledger.archive.tokens(done.origin, size) == [answer]
    assert list(bench.ledger.locations.timestamp_requests.iterdir()) == []
    assert Authority.parse(authority.root).check(answer, text=asked.signed.note.text).at == done.at
    with pytest.raises(TimestampUnasked):
        attach_timestamp(bench.ledger, answer)
    earlier = request_timestamp(bench.ledger, size=size)
    assert attach_timestamp(bench.ledger, authority.answer(earlier.content)).size == size
    assert len(bench.ledger.archive.tokens(done.origin, size)) == 2


def test_without_a_checkpoint_or_an_authority_there_is_nothing_to_ask(
    bench: Workbench, authority: LocalAuthority
) -> None:
    with pytest.raises(NothingSigned):
        request_timestamp(bench.ledger, size=None)
    size = issue(bench)
    with pytest.raises(CheckpointUnknown):
        request_timestamp(bench.ledger, size=size + 1)
    answer = authority.answer(request_timestamp(bench.ledger, size=None).content)
    with pytest.raises(AuthorityAbsent) as told:
        attach_timestamp(bench.ledger, answer)
    assert told.value.exit_code is ExitCode.MISCONFIGURED
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    assert attach_timestamp(bench.ledger, answer).size == size, "the request still waits"


@pytest.mark.parametrize("content", ["", "no certificate", "service"])
def test_certificates_without_a_root_are_not_kept(bench: Workbench, authority: LocalAuthority, content: str) -> None:
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    with pytest.raises(AuthorityMalformed):
        pin_authority(
            bench.ledger, bench.command(bench.delegate), authority.service if content == "service" else content.encode()
        )
    assert bench.ledger.locations.authority_file.read_bytes() == authority.root


def test_a_timestamp_of_another_authority_is_refused(
    bench: Workbench, authority: LocalAuthority, other: LocalAuthority
) -> None:
    issue(bench)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    asked = request_timestamp(bench.ledger, size=None)
    with pytest.raises(TimestampOfOtherAuthority) as told:
        attach_timestamp(bench.ledger, other.answer(asked.content))
    assert told.value.exit_code is ExitCode.INTEGRITY
    assert kept(bench) == []
    assert attach_timestamp(bench.ledger, authority.answer(asked.content)).authority == "CN=Horodatage essai"


def test_only_the_service_that_is_pinned_is_taken_where_one_is(
    authority: LocalAuthority, stamp: bytes, tmp_path: Path
) -> None:
    assert Authority.parse(authority.root + authority.service).check(stamp, text=TEXT)
    another = LocalAuthority(tmp_path / "another")
    with pytest.raises(TimestampOfOtherAuthority):
        Authority.parse(authority.root + another.service).check(stamp, text=TEXT)


@pytest.mark.parametrize("days", [(-900, -100), (100, 900)])
def test_a_certificate_that_was_not_valid_at_that_instant_is_refused(tmp_path: Path, days: tuple[int, int]) -> None:
    expired = LocalAuthority(tmp_path / "expired", valid_days=days)
    with pytest.raises(TimestampCertificateExpired) as told:
        Authority.parse(expired.root).check(expired.answer(ask(TEXT).content), text=TEXT)
    assert told.value.exit_code is ExitCode.INTEGRITY
    assert str(told.value.details["at"])[:4] in told.value.explain()


def test_a_timestamp_over_another_text_or_for_another_request_is_refused(
    authority: LocalAuthority, stamp: bytes
) -> None:
    pinned = Authority.parse(authority.root)
    with pytest.raises(TimestampOfOther):
        pinned.check(stamp, text="another text\n")
    with pytest.raises(TimestampUnasked):
        pinned.check(stamp, text=TEXT, nonce=1)


def test_a_timestamp_of_another_checkpoint_is_refused(bench: Workbench, authority: LocalAuthority) -> None:
    issue(bench)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    asked = request_timestamp(bench.ledger, size=None)
    [waiting] = bench.ledger.locations.timestamp_requests.iterdir()
    grow(bench)
    size = issue(bench)
    waiting.write_text(f"{asked.signed.checkpoint.origin}\n{size}\n", encoding="utf-8")
    with pytest.raises(TimestampOfOther):
        attach_timestamp(bench.ledger, authority.answer(asked.content))
    assert kept(bench) == []


MALFORMED: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda stamp: b"",
    "a text": lambda stamp: b"Bonjour",
    "cut short": lambda stamp: stamp[:-1],
    "more at the end": lambda stamp: stamp + b"\x00",
    "huge": lambda stamp: stamp + bytes(TIMESTAMP_BYTES),
    "the token alone, without the answer": lambda stamp: stamp[9:],
    "a query": lambda stamp: ask(TEXT).content,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_timestamp_is_refused(authority: LocalAuthority, stamp: bytes, name: str) -> None:
    with pytest.raises(TimestampMalformed) as told:
        Authority.parse(authority.root).check(MALFORMED[name](stamp), text=TEXT)
    assert told.value.exit_code is ExitCode.INTEGRITY


def test_an_authority_that_refuses_is_said_to_have_refused(authority: LocalAuthority) -> None:
    with pytest.raises(TimestampNotGranted) as told:
        Authority.parse(authority.root).check(bytes.fromhex("30053003020102"), text=TEXT)
    assert (told.value.details["status"], told.value.exit_code) == (2, ExitCode.UNAVAILABLE)


@settings(max_examples=300)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_no_changed_bit_of_what_is_signed_is_taken(authority: LocalAuthority, stamp: bytes, at: int, bit: int) -> None:
    at %= len(stamp)
    changed = stamp[:at] + bytes([stamp[at] ^ 1 << bit]) + stamp[at + 1 :]
    pinned = Authority.parse(authority.root)
    whole = pinned.check(stamp, text=TEXT)
    try:
        read = pinned.check(changed, text=TEXT)
    except LedgerError:
        return
    assert read == whole, "what was changed says nothing: the status, or how a part is written"


def with_odd_names(certificate: bytes, tag: int) -> bytes:
    """Write the names of a certificate as another kind of string, which no name is."""
    return certificate.replace(b"\x06\x03\x55\x04\x03\x0c", b"\x06\x03\x55\x04\x03" + bytes([tag]))


@pytest.mark.parametrize("tag", [0x03, 0x02, 0x8C])
def test_names_that_are_no_text_are_refused_and_crash_nothing(
    authority: LocalAuthority, stamp: bytes, tag: int
) -> None:
    odd = with_odd_names(x509.load_pem_x509_certificate(authority.root).public_bytes(Encoding.DER), tag)
    with pytest.raises(AuthorityMalformed):
        Authority.parse(b"-----BEGIN CERTIFICATE-----\n" + encodebytes(odd) + b"-----END CERTIFICATE-----\n")
    with pytest.raises(TimestampMalformed):
        said_by(with_odd_names(stamp, tag))
    with pytest.raises(TimestampMalformed):
        Authority.parse(authority.root).check(with_odd_names(stamp, tag), text=TEXT)


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(authority: LocalAuthority, content: bytes) -> None:
    with pytest.raises((TimestampMalformed, TimestampNotGranted)):
        Authority.parse(authority.root).check(content, text=TEXT)


class _Service(BaseHTTPRequestHandler):
    answers: Callable[[bytes], tuple[int, dict[str, str], bytes]]

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/timestamp-query"
        status, headers, content = type(self).answers(asked)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(answers: Callable[[bytes], tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """Answer over HTTP, on this machine."""
    handler = type("Service", (_Service,), {"answers": staticmethod(answers)})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tsr"
        server.shutdown()
        thread.join()


def at(bench: Workbench, url: str) -> Workbench:
    bench.ledger.settings = replace(bench.ledger.settings, timestamp_url=url)
    return bench


def test_an_authority_is_asked_over_the_network_where_an_address_is_set(
    bench: Workbench, authority: LocalAuthority
) -> None:
    issue(bench)
    with pytest.raises(AuthorityAbsent):
        timestamp_online(bench.ledger, size=None)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    with pytest.raises(AddressAbsent):
        timestamp_online(bench.ledger, size=None)
    with serving(lambda asked: (200, {}, authority.answer(asked))) as url:
        timestamp_online(at(bench, url).ledger, size=None)
    assert len(kept(bench)) == 1


BAD_ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "an error": (500, {}, b"oops"),
    "a redirection to a file": (302, {"Location": "file:///etc/passwd"}, b""),
    "a redirection elsewhere": (307, {"Location": "http://127.0.0.1:9/"}, b""),
    "something huge": (200, {}, bytes(TIMESTAMP_BYTES + 1)),
    "half of it": (200, {"Content-Length": "10"}, b"half"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_authority_that_answers_otherwise_is_not_followed(
    bench: Workbench, authority: LocalAuthority, name: str
) -> None:
    issue(bench)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    with serving(lambda asked: BAD_ANSWERS[name]) as url, pytest.raises((AuthorityUnreachable, TimestampMalformed)):
        timestamp_online(at(bench, url).ledger, size=None)
    assert kept(bench) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/", "file:///etc/passwd"])
def test_an_authority_that_is_not_there_is_said_not_to_answer(
    bench: Workbench, authority: LocalAuthority, url: str
) -> None:
    issue(bench)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    with pytest.raises(AuthorityUnreachable) as told:
        timestamp_online(at(bench, url).ledger, size=None)
    assert told.value.exit_code is ExitCode.UNAVAILABLE


def test_verifying_holds_each_kept_timestamp_against_the_authority(
    bench: Workbench, authority: LocalAuthority, other: LocalAuthority
) -> None:
    size = issue(bench)
    pin_authority(bench.ledger, bench.command(bench.delegate), authority.root)
    done = attach_timestamp(bench.ledger, authority.answer(request_timestamp(bench.ledger, size=None).content))
    found = verified(bench)
    assert found.archive is not None
    assert (found.whole, found.archive.timestamps) == (True, 1)
    text = bench.ledger.archive.note(done.origin, size).text
    bench.ledger.archive.attach_token(done.origin, size, other.answer(ask(text).content))
    found = verified(bench)
    assert found.archive is not None
    assert [(each.size, each.flaw) for each in found.archive.findings] == [(size, ArchiveFlaw.TIMESTAMP_WRONG)]


def verified(bench: Workbench) -> Verified:
    return verify(bench.ledger, trusted=None, keys=(), witnesses=(), read_models=False, progress=lambda done, of: None)


def test_verifying_holds_each_cosignature_against_the_witness_of_the_policy(bench: Workbench) -> None:
    size = issue(bench)
    private = Ed25519PrivateKey.generate()
    witness = VerifierKey("temoin.example", Algorithm.COSIGNATURE, private.public_key().public_bytes_raw())
    [log] = [key for key in bench.ledger.archive.verifier_keys() if key.name.endswith("/e1")]
    policy = f"log {log}\nwitness temoin {witness}\nquorum temoin\n"
    keep_policy(bench.ledger, bench.command(bench.delegate), policy)
    signed = bench.ledger.archive.signed(log.name, size)
    at = int(bench.clock.now().timestamp())
    for text, flaws in ((signed.note.text, []), ("another text\n", [ArchiveFlaw.COSIGNATURE_FORGED])):
        signature = at.to_bytes(8) + private.sign(cosigned_message(text, at=at))
        bench.ledger.archive.attach_cosignature(log.name, size, NoteSignature(witness.name, witness.key_id, signature))
        found = verified(bench)
        assert found.archive is not None
        assert [each.flaw for each in found.archive.findings] == flaws
        assert found.archive.cosignatures == 1
