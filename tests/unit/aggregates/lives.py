"""Mandates and procedures in memory for tests: invented ids, a day in June, every step at its own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.policies.mandate_making import Party, Signature
from ledger.policies.mandate_scope import ListedAct, ListedRequest
from ledger.policies.vocabulary import (
    IdentityMethod,
    InformationTopic,
    Mandatary,
    Mission,
    Mode,
    PaperPlace,
    Signatory,
    SignatureMeans,
    SigningPlace,
)

NINE = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)
HOUSE, ALINE, BOB, AGENT, PROCEDURE, MANDATE = (UUID(int=number) for number in range(1, 7))
ALL_TOPICS = tuple(InformationTopic)


def at(minutes: float) -> datetime:
    """Give an instant, minutes after nine."""
    return NINE + timedelta(minutes=minutes)


def drafted(minutes: float = 0) -> Mandate:
    """Give a mandate that was drafted."""
    return Mandate.draft(
        house=HOUSE,
        parties=(Party(ALINE),),
        mandatary=Mandatary.HOUSE,
        agents=(),
        acts=(ListedAct("CNAF01-rsa", "CNAF01-rsa:file"),),
        requests=(ListedRequest("CNAV02-releve", "CNAV02-releve:career-statement"),),
        term_days=31,
        effective_at=at(minutes),
        recorded_at=at(minutes),
    )


def verify(mandate: Mandate, minutes: float, *, recorded: float | None = None) -> None:
    """Verify Aline's identity."""
    mandate.verify_identity(
        ALINE, IdentityMethod.IDENTITY_CARD, effective_at=at(minutes), recorded_at=at(recorded or minutes)
    )


def inform(mandate: Mandate, minutes: float, *, recorded: float | None = None) -> None:
    """Inform Aline of everything."""
    mandate.inform(ALL_TOPICS, notice="2026-1", effective_at=at(minutes), recorded_at=at(recorded or minutes))


def sign(
    mandate: Mandate, minutes: float, *, quality: Signatory = Signatory.PERSON, recorded: float | None = None
) -> None:
    """Have somebody sign on paper, in the house."""
    signer, party = (AGENT, None) if quality is Signatory.MANDATARY else (ALINE, ALINE)
    mandate.sign(
        Signature(quality, signer, party),
        means=SignatureMeans.ON_SITE_PAPER,
        place=SigningPlace.HOUSE,
        effective_at=at(minutes),
        recorded_at=at(recorded or minutes),
    )


def count(mandate: Mandate, minutes: float, *, originals: int = 2) -> None:
    """Count the originals."""
    mandate.count_originals(
        originals,
        paper=PaperPlace.LOCKED_CABINET,
        template="mandat-2026-1",
        template_sha256="0" * 64,
        effective_at=at(minutes),
        recorded_at=at(minutes),
    )


def start(mandate: Mandate, minutes: float) -> None:
    """Let it live for a month."""
    mandate.start(ends_at=at(minutes) + timedelta(days=31), effective_at=at(minutes), recorded_at=at(minutes))


def live(minutes: float = 10) -> Mandate:
    """Give a mandate that lives since then."""
    mandate = drafted()
    verify(mandate, 1)
    inform(mandate, 2)
    sign(mandate, 3)
    sign(mandate, 3, quality=Signatory.MANDATARY)
    count(mandate, 4)
    start(mandate, minutes)
    return mandate


def do(mandate: Mandate, minutes: float, *, recorded: float | None = None, act: str = "CNAF01-rsa:file") -> None:
    """Do an act."""
    mandate.do_act(
        "CNAF01-rsa", act, procedure=PROCEDURE, partner="cnaf",
        effective_at=at(minutes), recorded_at=at(recorded or minutes),
    )  # fmt: skip


def opened(*, mission: Mission = Mission.ADMINISTRATIVE_HELP, subject: UUID | None = ALINE) -> Procedure:
    """Give a procedure that was opened at nine."""
    return Procedure.open_for(
        subject,
        house=HOUSE,
        entry="CNAF01-rsa",
        partner="cnaf",
        mission=mission,
        mode=Mode.ASSIST,
        present=True,
        informed=True,
        note="",
        effective_at=NINE,
        recorded_at=NINE,
    )
