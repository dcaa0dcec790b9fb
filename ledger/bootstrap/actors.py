"""Who acts: the agent behind the account that types, or, in a sandbox only, whoever is named."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.errors import NotFound, Refused
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.store.streams import ReferenceMalformed
from ledger.translation import mark
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.agent.find import by_account, has_departed

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger


class SandboxOnly(Refused):
    """Acting as somebody else exists in a sandbox only."""

    sentence = mark("Acting as somebody else is possible in a sandbox only.")
    advice = mark("Leave --as out: you act as yourself.")


class NobodyOfThisName(NotFound):
    """Nobody is enrolled under the account that was named, and it is no reference; it is not repeated."""

    sentence = mark("Nobody is enrolled under the account that --as names.")
    advice = mark("Give the account, or the reference, of an agent: `ledger agent list` shows them.")


def actor_of(ledger: Ledger, *, account: str, acting_as: str | None, at: datetime) -> UUID:
    """
    Give the agent who acts.

    :raises SandboxOnly: if another is named in a ledger that is no sandbox
    :raises NotEnrolled: if nobody is enrolled under the account
    """
    if acting_as is not None:
        if not ledger.settings.sandbox:
            raise SandboxOnly
        return by_account(ledger.desk, acting_as, at=at) or _named(ledger, acting_as)
    found = _own_login(ledger, account, at=at) or by_account(ledger.desk, account, at=at)
    if found is None:
        raise NotEnrolled
    return found


def _named(ledger: Ledger, acting_as: str) -> UUID:
    """
    Give the agent of a reference; who left is no longer found by their account.

    :raises RefusedByRule: AGENT_DEPARTED, if somebody had this account and left
    :raises NobodyOfThisName: if nobody had it
    """
    try:
        return ledger.resolve(Agent, acting_as)
    except ReferenceMalformed:
        if has_departed(ledger.desk, acting_as):
            raise RefusedByRule(RefusalCode.AGENT_DEPARTED) from None
        raise NobodyOfThisName from None


def _own_login(ledger: Ledger, account: str, *, at: datetime) -> UUID | None:
    """
    Give the agent of the login itself, where it is enrolled: it owns the ledger alone, and no sudo says otherwise.

    Whoever has such a ledger could set `SUDO_UID` by hand. Root is left out: it is reached through sudo, and could do
    anything anyway.
    """
    own = os.getuid()
    if own == 0 or account == f"uid:{own}":
        return None
    return by_account(ledger.desk, f"uid:{own}", at=at)
