"""What is signed or hashed comes out to the byte, for ever: the form of a slip, the text of a certificate."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.aggregates.certificate import CertificateStatus, CertifiedLine, NotedReceipt, Sheet, Standing
from ledger.aggregates.epoch import Revival
from ledger.aggregates.slip import Medium, SlipLine
from ledger.rules.law import load_law
from ledger.rules.management_table import FinalFate
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.retention.certificate_paper import Certified, certificate_text
from ledger.usecases.retention.slip_paper import canonical, digest

PAPERS = Path(__file__).parent / "papers"
AUTHORITY, RUN, TURN = UUID(int=1), UUID(int=2), UUID(int=3)
LINES = (
    SlipLine(
        1, "FS-01", RetentionClass.WORKING_DATA, Medium.DATA, "Données de travail des démarches closes",
        date(2024, 2, 1), date(2024, 12, 30), date(2024, 3, 1), 12, "sans délai, à compter de : résolution",
        FinalFate.ELIMINATE, 'Quelques valeurs ; "citation", é, \N{EURO SIGN}',
    ),
    SlipLine(
        2, "FS-02", RetentionClass.MANDATE_PROOF, Medium.PAPER, "Mandats signés", date(2019, 1, 1), date(2024, 6, 9),
        date(2024, 6, 9), 3, "5 ans, à compter de : fin du mandat", FinalFate.SAMPLE, "",
    ),
)  # fmt: skip
SHA256 = "63989531"
"""The beginning of the digest of the slip below: whoever changes the canonical form breaks every slip on record."""


def test_the_canonical_form_of_a_slip() -> None:
    content = canonical(UUID(int=7), producer="Laval Agglomération", signatory="Le président", table="00", lines=LINES)
    assert content == (PAPERS / "slip.json").read_bytes()
    assert digest(content)[:8] == SHA256


def standing(status: CertificateStatus, revives: Revival, *, pending: bool = False, vacuumed: bool = True) -> Standing:
    receipts = () if pending else (NotedReceipt("poste", 4, "ab" * 32),)
    return Standing(status, ("coffre",) if pending else (), receipts, revives, vacuumed)


STANDINGS = {
    "sealed": standing(CertificateStatus.SEALED, Revival.YES),
    "pending": standing(CertificateStatus.PENDING, Revival.BOUNDED, pending=True, vacuumed=False),
    "backup-proof": standing(CertificateStatus.BACKUP_PROOF, Revival.NO),
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", STANDINGS)
def test_the_text_of_a_certificate(name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    what = Certified(
        id=UUID(int=9),
        run=RUN,
        turn=TURN,
        epoch=5,
        lines=(
            CertifiedLine(RetentionClass.WORKING_DATA, AUTHORITY, 12, date(2026, 6, 1), date(2026, 6, 30)),
            CertifiedLine(RetentionClass.LOGS, AUTHORITY, 1, None, None),
        ),
        sheet=Sheet(),
        visas={AUTHORITY: "AD53-2026-017"},
    )
    at = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    replaces = datetime(2026, 6, 30, 2, 0, tzinfo=UTC) if name == "sealed" else None
    text = certificate_text(what, STANDINGS[name], table=load_law().archives, at=at, replaces=replaces)
    assert text == (PAPERS / f"certificate.{name}.{language}.txt").read_text(encoding="utf-8")
    assert text.isprintable() or set(filter(lambda letter: not letter.isprintable(), text)) <= {
        "\n",
        "\N{NO-BREAK SPACE}",
    }
