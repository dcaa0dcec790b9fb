"""
Timestamps (RFC 3161) over the text of a checkpoint: that it existed at an instant, by an authority that is pinned.

A timestamp is what the authority answered, byte for byte. Its certificates need be valid at the instant that it says,
not today. Which authority is trusted is said by a file of certificates (PEM): its roots sign themselves; where one in
it is of a service that stamps (extended key usage), only the services that stand in it are taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ledger.errors import IntegrityBroken, Misconfigured, Unavailable
from ledger.limits import TIMESTAMP_BYTES
from ledger.translation import mark

_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_GRANTED = 0
_DATES = ("certificate has expired", "certificate is not yet valid")
_CHAIN = "certificate verify error"
_UNREADABLE = (
    ValueError, TypeError, LookupError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion,
    x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What `cryptography` raises for a certificate that it can't read; parts are read when they are asked for."""


class TimestampMalformed(IntegrityBroken):
    """What was read is no timestamp."""

    sentence = mark("This is not a timestamp: it was altered, or something else was given.")
    advice = mark("Nothing was kept. Ask for it again: `ledger proof timestamp request`.")


class TimestampNotGranted(Unavailable):
    """The authority answered that it gives none."""

    sentence = mark("The authority gave no timestamp (status {status}).")
    advice = mark("Ask the authority why, then ask again: `ledger proof timestamp request`. Nothing was kept.")


class TimestampOfOther(IntegrityBroken):
    """It is over something else."""

    sentence = mark("This timestamp is over something else than the checkpoint.")
    advice = mark("Check which file you gave; nothing was kept.")


class TimestampUnasked(IntegrityBroken):
    """No request of this ledger waits for it."""

    sentence = mark("This timestamp answers no request of this ledger, or one that was answered already.")
    advice = mark("Ask for a new one: `ledger proof timestamp request`. Nothing was kept.")


class TimestampOfOtherAuthority(IntegrityBroken):
    """No certificate that is pinned answers for whoever signed it."""

    sentence = mark("This timestamp is not of the authority whose certificate is kept with the ledger.")
    advice = mark(
        "Nothing was kept. If the authority has a new certificate, have it given to you by a way that you trust, then "
        "`ledger proof timestamp authority`."
    )


class TimestampCertificateExpired(IntegrityBroken):
    """A certificate was not valid at the instant that the timestamp says."""

    sentence = mark("The certificate of the authority was not valid at the instant of this timestamp, {at}.")
    advice = mark("Nothing was kept. Tell the authority, or choose another.")


class TimestampForged(IntegrityBroken):
    """Its signature does not fit."""

    sentence = mark("This timestamp was altered: the signature of the authority does not fit.")
    advice = mark("Nothing was kept. Ask for it again: `ledger proof timestamp request`.")


class AuthorityMalformed(Misconfigured):
    """The file of certificates holds none that could be trusted."""

    sentence = mark("The file of the authority's certificates holds none, or no root that signs itself.")
    advice = mark("Give the certificates in PEM, the root among them: `ledger proof timestamp authority FILE`.")


class AuthorityAbsent(Misconfigured):
    """Nothing says whose timestamps are taken."""

    sentence = mark("No authority is chosen whose timestamps are taken.")
    advice = mark("Keep its certificates with the ledger: `ledger proof timestamp authority FILE`.")


class TimestampQuery(NamedTuple):
    """What is asked of an authority; whoever asked knows its answer by the nonce."""

    content: bytes
    nonce: int


class Stamped(NamedTuple):
    """What a timestamp says."""

    at: datetime
    authority: str
    """The name of whoever signed it, as its certificate says it."""


@dataclass(frozen=True)
class Authority:
    """Whose timestamps are taken."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]
    services: tuple[x509.Certificate, ...]
    """Those that stamp; where there are none, any that the roots answer for."""

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """
        Read certificates in PEM.

        :raises AuthorityMalformed: if there is none, or no root
        """
        try:
            found = x509.load_pem_x509_certificates(content)
            roots = tuple(each for each in found if each.issuer == each.subject)
            services = tuple(each for each in found if each not in roots and _stamps(each))
        except _UNREADABLE as fault:
            raise AuthorityMalformed from fault
        if not roots:
            raise AuthorityMalformed
        return cls(roots, tuple(each for each in found if each not in (*roots, *services)), services)

    def check(self, content: bytes, *, text: str, nonce: int | None = None) -> Stamped:
        """
        Check a timestamp over a text, and give when it was made; `nonce` is that of the request, where it is known.

        :raises TimestampMalformed: if it is none
        :raises TimestampNotGranted: if the authority refused
        :raises TimestampOfOther: if it is over another text
        :raises TimestampUnasked: if it answers another request
        :raises TimestampOfOtherAuthority: if nobody who is pinned answers for it
        :raises TimestampCertificateExpired: if a certificate was not valid when it was made
        :raises TimestampForged: if the signature does not fit
        """
        response = read_timestamp(content)
        info, signer = response.tst_info, _signer(response)
        hashed = _HASHES.get(info.message_imprint.hash_algorithm.dotted_string)
        if hashed is None or hashed(text.encode()).digest() != info.message_imprint.message:
            raise TimestampOfOther
        if nonce is not None and info.nonce != nonce:
            raise TimestampUnasked
        if self.services and signer not in self.services:
            raise TimestampOfOtherAuthority
        if not signer.not_valid_before_utc <= info.gen_time <= signer.not_valid_after_utc:
            raise TimestampCertificateExpired(at=info.gen_time.isoformat())
        self._check_signature(response, text)
        return Stamped(info.gen_time, signer.subject.rfc4514_string())

    def _check_signature(self, response: TimeStampResponse, text: str) -> None:
        verifier = VerifierBuilder(roots=[*self.roots], intermediates=[*self.intermediates]).build()
        try:
            verifier.verify_message(response, text.encode())
        except (VerificationError, ValueError) as fault:
            said = str(fault)
            if any(each in said for each in _DATES):
                raise TimestampCertificateExpired(at=response.tst_info.gen_time.isoformat()) from fault
            raise (TimestampOfOtherAuthority if _CHAIN in said else TimestampForged) from fault


def ask(text: str) -> TimestampQuery:
    """Make what is asked of an authority: the SHA-256 of a text, a nonce, and the certificate of who stamps."""
    builder = TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA256)
    query = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    assert query.nonce is not None, "it was asked for"
    return TimestampQuery(query.as_bytes(), query.nonce)


def read_timestamp(content: bytes) -> TimeStampResponse:
    """
    Read what an authority answered.

    :raises TimestampMalformed: if it is no timestamp
    :raises TimestampNotGranted: if it says that there is none
    """
    if len(content) > TIMESTAMP_BYTES:
        raise TimestampMalformed
    try:
        response = decode_timestamp_response(content)
        if response.status == _GRANTED:
            for part in ("nonce", "gen_time", "message_imprint"):  # the library reads them when they are asked for
                getattr(response.tst_info, part)
    except _UNREADABLE as fault:
        raise TimestampMalformed from fault
    if response.status != _GRANTED:
        raise TimestampNotGranted(status=response.status)
    return response


def said_by(content: bytes) -> Stamped:
    """Give what a timestamp says of itself, unchecked: when, and by whom. Raises what reading raises."""
    response = read_timestamp(content)
    return Stamped(response.tst_info.gen_time, _signer(response).subject.rfc4514_string())


def nonce_of(content: bytes) -> int | None:
    """Give the nonce by which a timestamp says what it answers; None where it has none. Raises what reading raises."""
    return read_timestamp(content).tst_info.nonce


def _signer(response: TimeStampResponse) -> x509.Certificate:
    """Give the certificate, sent along, of whoever the signature says that it is of."""
    try:
        found: Sequence[x509.Certificate] = [
            x509.load_der_x509_certificate(each) for each in response.signed_data.certificates
        ]
        [signed] = response.signed_data.signer_infos
        [signer] = [
            each for each in found if (each.issuer, each.serial_number) == (signed.issuer, signed.serial_number)
        ]
        for part in ("subject", "not_valid_before_utc", "not_valid_after_utc"):
            getattr(signer, part)
    except _UNREADABLE as fault:
        raise TimestampMalformed from fault
    return signer


def _stamps(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage
