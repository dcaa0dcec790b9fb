"""
The text of a certificate of destruction: plain lines that a person reads, and that are signed as they stand.

"Backup-proof" stands there only where no old copy of any holder brings anything back; elsewhere the text says what a
person must do with the old copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.certificate import CertificateStatus, CertifiedLine, Sheet, Standing
from ledger.aggregates.epoch import Revival
from ledger.clock import in_utc
from ledger.rules.management_table import ManagementTable
from ledger.translation import mark, translate


@dataclass(frozen=True)
class Certified:
    """What a certificate is about, apart from how it stands."""

    id: UUID
    run: UUID
    turn: UUID
    epoch: int
    lines: Sequence[CertifiedLine]
    sheet: Sheet
    visas: Mapping[UUID, str]
    """The archives' own reference of each authority."""


_STATUS = {
    CertificateStatus.PENDING: mark(
        "Status: sealed, pending. Nobody can read it here any more; it is not complete before these holders destroy "
        "the old root key: {holders}."
    ),
    CertificateStatus.SEALED: mark(
        "Status: sealed. Nobody can read it here any more, and every holder destroyed the old root key."
    ),
    CertificateStatus.BACKUP_PROOF: mark(
        "Status: backup-proof. No copy made before, with all that exists after, gives it back."
    ),
}
_OLD_COPIES = {
    Revival.YES: mark(
        "What must still be done: old copies of a holder of the root key, kept beside an old copy of the key store, "
        "give back what was destroyed. Whoever keeps such copies made before this date must destroy one or the other."
    ),
    Revival.BOUNDED: mark(
        "What must still be done: for a time, old copies of a holder of the root key, kept beside an old copy of the "
        "key store, give back what was destroyed. Destroy such copies made before this date when their time is over."
    ),
}


def certificate_text(
    what: Certified, standing: Standing, *, table: ManagementTable, at: datetime, replaces: datetime | None = None
) -> str:
    """Give the text that is signed, with a line feed at its end; it may take the place of one signed before."""
    parts = [
        translate(mark("CERTIFICATE OF DESTRUCTION")),
        "",
        *_heading(what, at, replaces),
        "",
        translate(mark("What was destroyed:")),
        *(_line(line, what.visas, table, on=in_utc(at).date()) for line in what.lines),
        "",
        *_method(standing),
        "",
        *_status(standing),
    ]
    return "\n".join(parts) + "\n"


def _heading(what: Certified, at: datetime, replaces: datetime | None) -> list[str]:
    lines = [
        _said(mark("Certificate: {certificate}, sheet {number} of {of}"), certificate=what.id.hex,
              number=what.sheet.number, of=what.sheet.of),
        _said(mark("Run: {run}"), run=what.run.hex),
        _said(mark("Batch of keys: turn {turn}, epoch {epoch}"), turn=what.turn.hex, epoch=what.epoch),
        _said(mark("Date: {instant}"), instant=_instant(at)),
    ]  # fmt: skip
    return (
        [*lines, _said(mark("It replaces the text signed: {instant}"), instant=_instant(replaces))]
        if replaces
        else lines
    )


def _instant(at: datetime) -> str:
    return f"{in_utc(at):%d/%m/%Y %H:%M:%S} UTC"


def _line(line: CertifiedLine, visas: Mapping[UUID, str], table: ManagementTable, *, on: date) -> str:
    row = table.row(line.category, on=on)
    return _said(
        mark("- {reference} {title}: {count}, {days}, under {visa} (authority {authority})"),
        reference=row.reference,
        title=row.title,
        count=line.count,
        days=_days(line),
        visa=visas[line.authority],
        authority=line.authority.hex,
    )


def _days(line: CertifiedLine) -> str:
    if line.first_day is None or line.last_day is None:
        return translate(mark("within the days of the authority"))
    return _said(
        mark("from {first_day} to {last_day}"),
        first_day=f"{line.first_day:%d/%m/%Y}", last_day=f"{line.last_day:%d/%m/%Y}",
    )  # fmt: skip


def _method(standing: Standing) -> list[str]:
    receipts = [
        _said(mark("- receipt of {holder}, up to epoch {epoch}: SHA-256 {sha256}"), holder=each.holder,
              epoch=each.epoch, sha256=each.sha256)
        for each in standing.receipts
    ]  # fmt: skip
    return [
        translate(mark("Method: erasure of the keys (AES-256-GCM), without which what they sealed can't be read.")),
        translate(mark("1. Each scope was fenced: no key is ever made for it again.")),
        translate(mark("2. A new key tree without these keys was written, read again in full, and put in place.")),
        translate(
            mark("3. These holders destroyed the old root key, and signed for it:")
            if receipts
            else mark("3. No holder has signed yet that the old root key is destroyed.")
        ),
        *receipts,
        translate(
            mark("4. What the keys sealed is deleted once every holder has signed.")
            if standing.pending
            else mark("4. What the keys sealed is deleted with them, each time with an event in the log.")
        ),
        translate(
            mark("5. The tables were rewritten: no file keeps traces of the deleted rows.")
            if standing.vacuumed
            else mark(
                "5. The tables are still to be rewritten: files keep traces of deleted rows, which can't be read."
            )
        ),
    ]


def _status(standing: Standing) -> list[str]:
    lines = [_said(_STATUS[standing.status], holders=", ".join(standing.pending))]
    if standing.status is not CertificateStatus.BACKUP_PROOF and standing.revives in _OLD_COPIES:
        lines.append(translate(_OLD_COPIES[standing.revives]))
    return lines


def _said(message: str, /, **values: object) -> str:
    return translate(message).format(**values)
