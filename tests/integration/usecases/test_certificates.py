"""Certificates of destruction, for batches of a real key tree, signed with the real key of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from ledger.aggregates.certificate import CertificateStatus, CertifiedLine
from ledger.aggregates.epoch import Revival
from ledger.errors import NotFound, Unavailable
from ledger.identifiers import new_id
from ledger.limits import CERTIFICATE_LINES
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.proof.notes import check_note
from ledger.retention.planner import Action
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.retention.certificates import CertificatePage, issue, raise_status, show, show_all, tallied
from ledger.usecases.retention.ports import Doomed, KeyBatch
from tests.integration.usecases.workbench import ALINE, Workbench

RUN = UUID(int=9)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")


@pytest.fixture
def batches(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> list[KeyBatch]:
    """Note what the keys answer to each batch of a run."""
    noted: list[KeyBatch] = []
    runner = bench.ledger.retention
    destroy_all: Callable[..., KeyBatch] = runner._keys.destroy_all

    def noting(doomed: Sequence[Doomed], *, batch: UUID) -> KeyBatch:
        noted.append(destroy_all(doomed, batch=batch))
        return noted[-1]

    monkeypatch.setattr(runner._keys, "destroy_all", noting)
    monkeypatch.setattr(bench.ledger, "retention", runner)
    return noted


@pytest.fixture
def destroyed(bench: Workbench, batches: list[KeyBatch]) -> tuple[KeyBatch, list[CertifiedLine]]:
    """
    Have a run destroy the data of two procedures; give its batch and what is certified of it.

    The run certified it itself: here it stands for the batch of another turn.
    """
    bench.authority()
    for _ in range(2):
        procedure = bench.procedure(bench.person(homonym=True))
        bench.later(days=1)
        bench.resolve(procedure)
    steps = bench.ledger.retention.plan(bench.command(bench.job), at=bench.clock.now())
    going = [step for step in steps if step.action is Action.DESTROY]
    bench.ledger.retention.run(bench.command(bench.job))
    batch = replace(next(each for each in batches if each.destroyed), turn=new_id())
    lines = [
        CertifiedLine(step.item.category, step.authority, 1, step.item.first_day, step.item.last_day)
        for step in going
        if step.authority is not None
    ]
    return batch, tallied(lines)


def issued(bench: Workbench, batch: KeyBatch, lines: Sequence[CertifiedLine], *, vacuumed: bool = False) -> UUID:
    recorded = issue(
        bench.desk, bench.command(bench.job), bench.ledger.signer, run=RUN, batch=batch, lines=lines, vacuumed=vacuumed
    )
    assert recorded is not None
    return recorded.streams[0]


def ours(bench: Workbench) -> list[CertificatePage]:
    """Give the certificates that these tests issued, without the one of the run itself."""
    return [page for page in show_all(bench.desk, bench.command(bench.delegate)) if page.run == RUN]


def page(bench: Workbench, certificate: UUID) -> CertificatePage:
    return show(bench.desk, bench.command(bench.delegate), certificate)


def raised(bench: Workbench, **more: object) -> int:
    return raise_status(bench.desk, bench.command(bench.job), bench.ledger.signer, **more)  # type: ignore[arg-type]


def test_a_certificate_tells_what_went_under_which_authority_and_is_signed(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, lines = destroyed
    assert [(line.category, line.count) for line in lines] == [(RetentionClass.WORKING_DATA, 2)]
    assert (lines[0].first_day, lines[0].last_day) == (date(2026, 6, 9), date(2026, 6, 11))
    found = page(bench, issued(bench, batch, lines))
    assert list(found.lines) == lines
    assert found.standing.status is CertificateStatus.SEALED  # a file can be copied
    text = check_note(found.text, verifier_key=bench.ledger.signer.verifier_key())
    assert "FS-01" in text
    assert "AD53-2026-017" in text
    assert "09/06/2026" in text
    assert RUN.hex in text


def test_the_text_says_backup_proof_only_where_no_holder_can_be_copied_back(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, lines = destroyed
    assert not batch.backup_proof
    found = page(bench, issued(bench, batch, lines))
    assert "backup-proof" not in found.text
    assert "old cop" in found.text
    chip = replace(batch, turn=UUID(int=3), revives_from_backup=Revival.NO)
    found = page(bench, issued(bench, chip, lines))
    assert found.standing.status is CertificateStatus.BACKUP_PROOF
    assert "backup-proof" in found.text
    assert "must still be done" not in found.text


def test_a_turn_is_certified_once(bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]) -> None:
    batch, lines = destroyed
    issued(bench, batch, lines)
    again = issue(
        bench.desk, bench.command(bench.job), bench.ledger.signer, run=RUN, batch=batch, lines=lines, vacuumed=True
    )
    assert again is None
    assert len(ours(bench)) == 1


def test_nothing_destroyed_is_nothing_certified(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, _ = destroyed
    none = issue(
        bench.desk, bench.command(bench.job), bench.ledger.signer, run=RUN, batch=batch, lines=(), vacuumed=False
    )
    assert none is None


def test_a_certificate_rises_when_the_holder_comes_back_and_when_the_tables_are_rewritten(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, lines = destroyed
    certificate = issued(bench, replace(batch, pending=("coffre",), receipts=()), lines)
    assert page(bench, certificate).standing.status is CertificateStatus.PENDING
    assert "coffre" in page(bench, certificate).text
    assert raised(bench, batch=replace(batch, pending=("coffre",))) == 0
    assert raised(bench, batch=replace(batch, epoch=batch.epoch - 1)) == 0
    assert raised(bench, vacuumed=True) == 1  # that of the run itself: here what the keys sealed is still there
    assert not page(bench, certificate).standing.vacuumed
    bench.later(hours=1)
    assert raised(bench, batch=batch) == 1
    found = page(bench, certificate)
    assert found.standing.status is CertificateStatus.SEALED
    assert "coffre" not in found.text
    assert len(found.standing.receipts) == len(batch.receipts) > 0
    assert not found.standing.vacuumed
    bench.later(hours=1)
    assert raised(bench, vacuumed=True) == 1
    found = page(bench, certificate)
    assert found.standing.vacuumed
    assert found.raised_at == bench.clock.now()
    check_note(found.text, verifier_key=bench.ledger.signer.verifier_key())
    assert raised(bench, batch=batch, vacuumed=True) == 0


def test_a_large_batch_gets_several_sheets(bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]) -> None:
    batch, lines = destroyed
    many = [replace(lines[0], count=number) for number in range(1, CERTIFICATE_LINES + 2)]
    issued(bench, batch, many)
    sheets = ours(bench)
    assert [len(sheet.lines) for sheet in sheets] == [CERTIFICATE_LINES, 1]
    assert [(sheet.sheet.number, sheet.sheet.of) for sheet in sheets] == [(1, 2), (2, 2)]


def test_without_its_key_nothing_is_signed_and_nothing_recorded(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, lines = destroyed
    key = bench.ledger.locations.keys_folder / "signing.key"
    content = key.read_bytes()
    key.unlink()
    with pytest.raises(Unavailable):
        issued(bench, batch, lines)
    assert ours(bench) == []
    key.write_bytes(content)
    key.chmod(0o600)
    issued(bench, batch, lines)


def test_a_certificate_tells_nothing_about_anybody(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, lines = destroyed
    text = page(bench, issued(bench, batch, lines)).text
    assert ALINE.family_name not in text
    with bench.ledger.database.reading() as rows:
        headers = [bytes(header) for (header,) in rows.all("SELECT header FROM events", ())]
    assert any(b"certificate.issued.1" in header for header in headers)
    assert not any(b"AD53" in header or b"working-data" in header for header in headers)


def test_lines_add_up_by_class_and_authority() -> None:
    authority, logs = UUID(int=1), RetentionClass.LOGS
    lines = [
        CertifiedLine(logs, authority, 1, date(2026, 6, 1), date(2026, 6, 30)),
        CertifiedLine(logs, authority, 2, date(2026, 5, 1), date(2026, 7, 1)),
        CertifiedLine(logs, authority, 1, None, None),
        CertifiedLine(logs, UUID(int=2), 1, date(2026, 6, 1), date(2026, 6, 1)),
    ]
    assert tallied(lines) == [
        CertifiedLine(logs, authority, 3, date(2026, 5, 1), date(2026, 7, 1)),
        lines[2],
        lines[3],
    ]


def test_who_may_see_certificates_and_who_may_issue_them(
    bench: Workbench, destroyed: tuple[KeyBatch, list[CertifiedLine]]
) -> None:
    batch, lines = destroyed
    dpo = bench.enrol("Dora Délégation", Role.DPO, secrecy=False)
    with pytest.raises(RefusedByRule):
        issue(bench.desk, bench.command(dpo), bench.ledger.signer, run=RUN, batch=batch, lines=lines, vacuumed=False)
    certificate = issued(bench, batch, lines)
    assert show(bench.desk, bench.command(dpo), certificate).id == certificate
    with pytest.raises(RefusedByRule):
        show(bench.desk, bench.command(bench.agent), certificate)
    with pytest.raises(NotFound):
        show(bench.desk, bench.command(bench.delegate), UUID(int=4))
