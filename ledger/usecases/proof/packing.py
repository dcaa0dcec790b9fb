"""What a pack of proof takes out of the register: the certificates of destruction, as they were signed."""

from __future__ import annotations

from uuid import UUID

from ledger.policies.authority import may_see_slips
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk
from ledger.usecases.retention.certificates import all_certificates, opened


def certificates_for_pack(desk: Desk, command: Command) -> dict[UUID, str]:
    """
    Give the signed text of every certificate; that they were taken is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command, naming=False) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_see_slips(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
        texts = {page.id: page.text for page in (opened(judgement, each) for each in all_certificates(desk))}
        judgement.read("proof.pack", rows=len(texts))
    return texts
