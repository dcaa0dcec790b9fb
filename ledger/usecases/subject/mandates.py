"""
What a death, or a guardianship, does to the mandates a person gave (Code civil 2003).

The mandates end before the fact itself is recorded: if that is cut short, nothing more is granted, and the same command
given again finishes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import EndKind, RefusalCode, Signatory
from ledger.usecases.gate import Judgement
from ledger.usecases.mandate.ending import end_with_the_person
from ledger.usecases.ports import Desk, own_scope
from ledger.usecases.subject.persons import references


def end_mandates(
    desk: Desk, judgement: Judgement, subject_id: UUID, *, kind: EndKind, known_at: datetime
) -> tuple[UUID, ...]:
    """
    End the mandates that a person gave, live or in the making.

    A guardianship spares those that the guardian signed in their stead.

    Each ends when its house was told, another house's when it is recorded: what was done before stands (Code civil
    2008), and the day of the death or of the judgment is not repeated where it would be read in clear.

    A mandate whose term was over has ended by itself and is left as it is.
    """
    ended = []
    for mandate_id in _given_by(desk, judgement, subject_id, signed_alone=kind is EndKind.GUARDIANSHIP):
        step = replace(judgement.command, id=uuid5(judgement.command.id, mandate_id.hex), request=b"")
        try:
            end_with_the_person(desk, step, mandate_id, kind=kind, known_at=known_at)
        except RefusedByRule as refused:
            if refused.refusal is not RefusalCode.MANDATE_ALREADY_ENDED:
                raise
        else:
            ended.append(mandate_id)
    return tuple(ended)


def _given_by(desk: Desk, judgement: Judgement, subject_id: UUID, *, signed_alone: bool) -> Iterator[UUID]:
    """Give the mandates that live, or may come to, of a person who is party under any of their references."""
    known_as = references(desk.streams, subject_id)
    scopes = [own_scope(Scope.IDENTITY, reference) for reference in known_as]
    signed = (mandate for scope in scopes for mandate in desk.streams.linked(scope, LinkKind.MANDATE))
    for mandate_id in dict.fromkeys(signed):
        mandate = desk.streams.load(Mandate, mandate_id)
        parties = judgement.known(mandate.parties) or ()
        gave = [party for party in parties if party.person in known_as]
        if mandate.may_have_effect and any(Signatory.PERSON in party.signers or not signed_alone for party in gave):
            yield mandate_id
