"""Whether something completes, after the person's death, an act that was begun and could not wait (Code civil 1991)."""

from __future__ import annotations

from ledger.policies.vocabulary import GatewayShown
from ledger.usecases.access.case import Case
from ledger.usecases.access.irregular import accesses_of
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk


def completes(opener: FactOpener, desk: Desk, case: Case, *, act: str, because: str) -> bool:
    """Say whether a reason is given, and the record shows the act as begun before an end was known."""
    return bool(because) and _was_begun(opener, desk, case, act)


def _was_begun(opener: FactOpener, desk: Desk, case: Case, act: str) -> bool:
    """Say whether a look under a mandate, an act or a transmission shows the act as begun."""
    known_at = max((mandate.end.known_at for mandate in case.mandates if mandate.end is not None), default=None)
    if known_at is None:
        return False
    looks = [look for look in accesses_of(desk, case.procedure.id) if look.granted]
    begun = [(look.recorded_at, look.act) for look in looks if look.gateway is GatewayShown.MANDATE]
    begun += [(done.recorded_at, done.act) for done in case.procedure.acts]
    begun += [(sent.recorded_at, sent.act) for sent in case.procedure.transmissions]
    return any(recorded_at < known_at and opener.known(named) == act for recorded_at, named in begun)
