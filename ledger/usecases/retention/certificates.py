"""
Issue certificates of destruction, raise them when more is sure, and show them.

The run that destroyed a batch issues them, under its own judgement of who may run. What is certified is what came back
from the keys: a certificate never says more than the holders signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from ledger.aggregates.authority import Authority
from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.certificate import (
    Certificate,
    CertificateStatus,
    CertifiedLine,
    NotedReceipt,
    Sheet,
    Standing,
)
from ledger.errors import NotFound
from ledger.limits import CERTIFICATE_LINES
from ledger.policies.authority import may_destroy, may_see_slips
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.ports import Command, Desk, Recorded, Signer
from ledger.usecases.retention.certificate_paper import Certified, certificate_text
from ledger.usecases.retention.ports import KeyBatch


@dataclass(frozen=True)
class CertificatePage:
    """One certificate, opened; `text` is the signed note, to the byte."""

    id: UUID
    run: UUID
    turn: UUID
    epoch: int
    lines: tuple[CertifiedLine, ...]
    sheet: Sheet
    standing: Standing
    text: str
    issued_at: datetime
    raised_at: datetime | None


def issue(
    desk: Desk,
    command: Command,
    signer: Signer,
    *,
    run: UUID,
    batch: KeyBatch,
    lines: Sequence[CertifiedLine],
    vacuumed: bool,
) -> Recorded | None:
    """
    Certify a batch of keys, once for each turn of the tree; None where nothing was destroyed or that was done before.

    It comes right after the turn: what is cut short later has its certificate, and what was cut short before gets it
    from the next run, which finds the same turn. A batch with more lines than a certificate holds gets several sheets,
    each signed, in one append.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not start a run
    :raises Unavailable: if the signing key is not there; issue it again
    """
    sheets = _sheets(lines)
    if not sheets or _is_there(desk, _id_of(batch.turn, 1)):
        return None
    standing = standing_of(batch, vacuumed=vacuumed)
    with judging(desk, command, naming=False) as judgement:
        _may_run(desk, judgement)
        issued = []
        for number, sheet in enumerate(sheets, start=1):
            page = CertificatePage(
                id=_id_of(batch.turn, number), run=run, turn=batch.turn, epoch=batch.epoch, lines=tuple(sheet),
                sheet=Sheet(number, len(sheets)), standing=standing, text="", issued_at=command.at, raised_at=None,
            )  # fmt: skip
            text = certificate_text(_certified(desk, judgement, page), standing, table=desk.law.archives, at=command.at)
            issued.append(
                Certificate.issue(
                    id=page.id,
                    run=run,
                    turn=batch.turn,
                    epoch=batch.epoch,
                    lines=sheet,
                    sheet=page.sheet,
                    standing=standing,
                    text=signer.sign(text),
                )
            )
        return judgement.commit(*issued)


def standing_of(batch: KeyBatch, *, vacuumed: bool) -> Standing:
    """Say how surely the keys of a batch are gone, by what came back from the keys."""
    status = CertificateStatus.BACKUP_PROOF if batch.backup_proof else CertificateStatus.SEALED
    return Standing(
        status=CertificateStatus.PENDING if batch.pending else status,
        pending=batch.pending,
        receipts=tuple(
            NotedReceipt(each.holder, each.epoch, sha256(each.text.encode()).hexdigest()) for each in batch.receipts
        ),
        revives=batch.revives_from_backup,
        vacuumed=vacuumed,
    )


def raise_status(
    desk: Desk, command: Command, signer: Signer, *, batch: KeyBatch | None = None, vacuumed: bool = False
) -> int:
    """
    Say more on every certificate of which more is sure now, in one append; give how many.

    `batch` is how the keys stand since holders came back: their receipts reach back to every older epoch. `vacuumed`
    says that the tables were rewritten after all that is certified so far.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not start a run
    :raises Unavailable: if the signing key is not there; raise them again
    """
    raised = []
    with judging(desk, command, naming=False) as judgement:
        _may_run(desk, judgement)
        for certificate in all_certificates(desk):
            page = opened(judgement, certificate)
            standing = _raised(page, batch, vacuumed=vacuumed)
            if standing.betters(page.standing):
                text = certificate_text(
                    _certified(desk, judgement, page), standing, table=desk.law.archives, at=command.at,
                    replaces=page.raised_at or page.issued_at,
                )  # fmt: skip
                certificate.raise_status(standing, before=page.standing, text=signer.sign(text))
                raised.append(certificate)
        if raised:
            judgement.commit(*raised)
        else:
            judgement.read("certificate.raise", rows=0)
    return len(raised)


def show(desk: Desk, command: Command, certificate_id: UUID) -> CertificatePage:
    """
    Show one certificate; the page is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command) as judgement:
        _may_see(desk, judgement)
        page = opened(judgement, desk.streams.load(Certificate, certificate_id))
        judgement.read("certificate.show", rows=1)
    return page


def show_all(desk: Desk, command: Command) -> list[CertificatePage]:
    """
    List every certificate, the oldest first; the page is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command, naming=False) as judgement:
        _may_see(desk, judgement)
        pages = [opened(judgement, certificate) for certificate in all_certificates(desk)]
        judgement.read("certificate.list", rows=len(pages))
    return pages


def all_certificates(desk: Desk) -> list[Certificate]:
    """Give every certificate, in the order in which they were issued."""
    found = desk.streams.load_all([(Certificate, id_) for id_ in desk.streams.linked(REGISTER, LinkKind.CERTIFICATE)])
    return [certificate for certificate in found if isinstance(certificate, Certificate)]


def opened(opener: FactOpener, certificate: Certificate) -> CertificatePage:
    """Open one certificate, all of which is kept for ever."""
    run, turn, standing = (
        opener.known(certificate.run),
        opener.known(certificate.turn),
        opener.known(certificate.standing),
    )
    assert run is not None, "the register is never destroyed"
    assert turn is not None, "the register is never destroyed"
    assert standing is not None, "the register is never destroyed"
    return CertificatePage(
        id=certificate.id,
        run=run,
        turn=turn,
        epoch=opener.known(certificate.epoch) or 0,
        lines=opener.known(certificate.lines) or (),
        sheet=opener.known(certificate.sheet) or Sheet(),
        standing=standing,
        text=opener.known(certificate.text) or "",
        issued_at=certificate.issued_at,
        raised_at=certificate.raised_at,
    )


def tallied(destroyed: Iterable[CertifiedLine]) -> list[CertifiedLine]:
    """Add up lines of one class under one authority; those whose days are not known are added up apart."""
    found: dict[tuple[str, UUID, bool], CertifiedLine] = {}
    for line in destroyed:
        key = (str(line.category), line.authority, line.first_day is None)
        before = found.get(key)
        found[key] = line if before is None else _added(before, line)
    return list(found.values())


def _added(one: CertifiedLine, other: CertifiedLine) -> CertifiedLine:
    days = [day for day in (one.first_day, other.first_day, one.last_day, other.last_day) if day is not None]
    return replace(
        one,
        count=one.count + other.count,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def _raised(page: CertificatePage, batch: KeyBatch | None, *, vacuumed: bool) -> Standing:
    """Give how a certificate stands now; the receipts of a later epoch tell of all older roots."""
    standing = page.standing
    came_back = batch is not None and not batch.pending and batch.epoch >= page.epoch
    if batch is not None and came_back and standing.status is CertificateStatus.PENDING:
        standing = standing_of(batch, vacuumed=standing.vacuumed)
    if standing.status is CertificateStatus.PENDING:  # what its keys sealed is still there, whatever was rewritten
        return standing
    return replace(standing, vacuumed=standing.vacuumed or vacuumed)


def _certified(desk: Desk, judgement: Judgement, page: CertificatePage) -> Certified:
    return Certified(
        id=page.id, run=page.run, turn=page.turn, epoch=page.epoch, lines=page.lines, sheet=page.sheet,
        visas=_visas(desk, judgement, page.lines),
    )  # fmt: skip


def _sheets(lines: Sequence[CertifiedLine]) -> list[Sequence[CertifiedLine]]:
    return [lines[start : start + CERTIFICATE_LINES] for start in range(0, len(lines), CERTIFICATE_LINES)]


def _id_of(turn: UUID, number: int) -> UUID:
    """Name the certificate of a turn, so that a turn is certified once, whoever was interrupted after it."""
    return uuid5(turn, f"certificate {number}")


def _is_there(desk: Desk, id_: UUID) -> bool:
    try:
        desk.streams.load(Certificate, id_)
    except NotFound:
        return False
    return True


def _visas(desk: Desk, opener: FactOpener, lines: Iterable[CertifiedLine]) -> dict[UUID, str]:
    """Give the archives' own reference of each authority."""
    ids = dict.fromkeys(line.authority for line in lines)
    return {id_: opener.known(desk.streams.load(Authority, id_).reference) or "" for id_ in ids}


def _may_run(desk: Desk, judgement: Judgement) -> None:
    actor = acting(desk, judgement)
    actor.allow(may_destroy(actor.powers), Power.DESTROY, Power.DECIDE)


def _may_see(desk: Desk, judgement: Judgement) -> None:
    actor = acting(desk, judgement)
    actor.allow(may_see_slips(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
