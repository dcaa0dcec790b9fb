"""A local authority of timestamps, made with OpenSSL: no network, and every certificate that a test wants."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class LocalAuthority:
    """A root, and a service that stamps under it."""

    def __init__(self, folder: Path, *, name: str = "essai", valid_days: tuple[int, int] = (-10, 100)) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not here")
        self.folder = folder
        folder.mkdir()
        (folder / "tsa.cnf").write_text(_CONFIGURATION)
        (folder / "serial").write_text("01\n")
        root_key, key = (generate_private_key(65537, 2048) for _ in range(2))
        today = datetime.now(UTC)
        first, last = valid_days
        valid = today + timedelta(days=first), today + timedelta(days=last)
        self.root = _certificate(root_key, root_key, f"Racine {name}", f"Racine {name}", valid, is_root=True)
        self.service = _certificate(key, root_key, f"Horodatage {name}", f"Racine {name}", valid, is_root=False)
        (folder / "tsa.pem").write_bytes(self.service)
        (folder / "tsa.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )

    def answer(self, query: bytes) -> bytes:
        """Answer a query, as an authority does."""
        (self.folder / "asked.tsq").write_bytes(query)
        subprocess.run(
            ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", "asked.tsq", "-signer",
             "tsa.pem", "-inkey", "tsa.key", "-out", "answered.tsr"],
            cwd=self.folder, check=True, capture_output=True,
        )  # fmt: skip
        return (self.folder / "answered.tsr").read_bytes()


def _certificate(
    key: RSAPrivateKey, signer: RSAPrivateKey, name: str, issuer: str, valid: tuple[datetime, datetime], *,
    is_root: bool,
) -> bytes:  # fmt: skip
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer))
    builder = x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number(), *valid)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)
