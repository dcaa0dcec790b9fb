"""Who signed: as the options say, or everybody who is still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ledger.aggregates.mandate import Mandate
from ledger.aggregates.subject import Subject
from ledger.commands._context import Session
from ledger.commands._pages import page
from ledger.errors import Invalid
from ledger.policies.mandate_making import Party, Signature
from ledger.policies.vocabulary import Signatory
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener
from ledger.usecases.mandate.making import known


class NobodySigned(Invalid):
    """No signature was named, and none is missing."""

    sentence = mark("Say who signed, or that everybody did; nobody may be left to sign.")
    advice = mark("See `ledger mandate show`.")


def signatures_of(
    session: Session, mandate_id: UUID, *, everybody: bool, persons: Sequence[str], house: bool
) -> tuple[Signature, ...]:
    """
    Give the signatures to record.

    :raises NobodySigned: if there are none
    """
    signers = {session.reference(Subject, person, name="--person") for person in persons}
    agent = session.command.actor
    expected, made = _expected(session, mandate_id)
    wanted = [
        signature
        for signature in (*expected, Signature(Signatory.MANDATARY, agent))
        if (everybody and (signature.quality, signature.party) not in made)
        or (signature.quality is Signatory.MANDATARY and house)
        or (signature.quality is not Signatory.MANDATARY and signature.signer in signers)
    ]
    if not wanted:
        raise NobodySigned
    return tuple(wanted)


def _expected(session: Session, mandate_id: UUID) -> tuple[list[Signature], set[tuple[Signatory, UUID | None]]]:
    """Give who is to sign and who did; the look at them is on record."""
    mandate = session.desk.streams.load(Mandate, mandate_id)

    def rows(actor: Acting) -> list[Mandate]:
        actor.need(Power.RECEIVE)
        return [mandate]

    def row(opener: FactOpener, each: Mandate) -> Mapping[str, Any]:
        parties: tuple[Party, ...] = known(opener, each.parties)
        return {
            "expected": [signature for party in parties for signature in _of(party)],
            "made": {
                (signature.quality, signature.party)
                for signature in (known(opener, made.signature) for made in each.signatures)
            },
        }

    (found,) = page(session, "mandate.signatures", rows=rows, row=row)
    return found["expected"], found["made"]


def _of(party: Party) -> list[Signature]:
    return [
        Signature(quality, signer, party.person)
        for quality in party.signers
        if (signer := party.signer(quality)) is not None
    ]
