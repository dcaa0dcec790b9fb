"""What an end leaves to do: tell each partner that was dealt with, and give an account of the mission."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import ContactMeans, RefusalCode, Telling
from ledger.translation import mark, translate
from ledger.usecases.access.case import at_of
from ledger.usecases.access.irregular import flag_irregular_accesses
from ledger.usecases.gate import judging
from ledger.usecases.mandate.dealings import dealings_under, to_tell
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import unmoved, working_on_mandate


class NotToBeTold(RefusedByRule):
    """Nothing was done with this partner, or not with this partner: it has no end to be told of."""

    sentence = mark("This partner is not one that is to be told of the end of this mandate.")
    advice = mark("To be told: {partners}.")
    nobody = mark("Nothing was done with any partner under this mandate: none is to be told.")

    def __init__(self, due: Iterable[str]) -> None:
        super().__init__(RefusalCode.NOT_A_RECIPIENT)
        self._due = sorted(due)

    def next_step(self) -> str:
        """Name those that are; the developer's message does not, since it would tell the procedure."""
        return translate(self.advice if self._due else self.nobody).format(partners=", ".join(self._due))


def tell_partner(
    desk: Desk,
    command: Command,
    mandate_id: UUID,
    *,
    partner: str,
    means: ContactMeans,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record that a partner was told of the end: it is bound by it from then on (Code civil 2005).

    :raises RefusedByRule: NOT_ENDED, or NOT_A_RECIPIENT for a partner that nothing was done with
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        _, mandate = working_on_mandate(desk, judgement, mandate_id)
        if mandate.end is None:
            raise RefusedByRule(RefusalCode.NOT_ENDED)
        dealings = dealings_under(desk, judgement, mandate)
        due = {*to_tell(judgement, mandate), *dealings.partners}
        if partner not in due:
            raise NotToBeTold(due)
        told = {judgement.known(earlier) for earlier in mandate.partners_told} | {partner}
        all_told = due <= told
        mandate.tell_partner(
            partner,
            means=means,
            all_told=all_told,
            effective_at=at_of(command, effective_at),
            recorded_at=command.at,
        )
        outcome = Telling.ALL_TOLD if all_told else Telling.SOME_LEFT
        recorded = judgement.commit(mandate, guards=unmoved(*dealings.procedures), outcome=outcome)
    flag_irregular_accesses(desk, command, mandate)
    return recorded


def account(
    desk: Desk, command: Command, mandate_id: UUID, *, means: ContactMeans, effective_at: datetime | None = None
) -> Recorded:
    """
    Record that the person, or those who come after, were given an account of what was done (Code civil 1993).

    :raises RefusedByRule: MANDATE_NOT_LIVE if it never lived
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        _, mandate = working_on_mandate(desk, judgement, mandate_id)
        mandate.account(means=means, effective_at=at_of(command, effective_at), recorded_at=command.at)
        recorded = judgement.commit(mandate)
    flag_irregular_accesses(desk, command, mandate)
    return recorded
