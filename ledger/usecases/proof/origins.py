"""Put on record under which origin, and with which key, the ledger signs; who decides it, where a person does."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.origin import OriginReason, SigningOrigin, Succession, origin_stream
from ledger.digests import Digest
from ledger.errors import Conflict, NotFound, Refused
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.keys.turning import another, judge
from ledger.usecases.ports import Command, Desk


class DecisionUnexplained(Refused):
    """A new origin, or a new key, that somebody decided on without a reason."""

    sentence = mark("Say why the ledger is to sign in another way.")
    advice = mark("Give the reason with --reason; name nobody in it, it is kept as long as the ledger.")


def decide(desk: Desk, command: Command, *, page: str, reason: str) -> str:
    """
    Let only who decides for the controller change how the ledger signs; give the reason as it is kept.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises DecisionUnexplained: without a reason
    """
    judge(desk, another(command), page=page)
    if not reason.strip():
        raise DecisionUnexplained
    screen_note(reason)
    return reason.strip()


def open_origin(
    desk: Desk, command: Command, *, ledger_id: UUID, number: int, follows: Digest | None, reason: OriginReason,
    why: str = "",
) -> None:  # fmt: skip
    """Record that an origin is opened, once, whoever was interrupted after it."""
    origin = SigningOrigin.open(ledger_id, number, follows=follows, reason=reason, why=why)
    try:
        desk.streams.commit(command, origin)
    except Conflict:
        try:
            desk.streams.load(SigningOrigin, origin.id)
        except NotFound:
            pass
        else:
            return
        raise


def record_key(
    desk: Desk, command: Command, *, ledger_id: UUID, number: int, old: str, new: str, succession: Succession,
    note: str, why: str,
) -> None:  # fmt: skip
    """
    Record that another key signs, in the stream of the origin with this number; once, whoever was interrupted after it.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    with judging(desk, command, naming=False) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        origin = desk.streams.load(SigningOrigin, origin_stream(ledger_id, number))
        if origin.key is not None and judgement.known(origin.key) == new:
            judgement.read("proof.rotate-key", rows=0)
            return
        origin.rotate_key(old=old, new=new, succession=succession, note=note, why=why)
        judgement.commit(origin)
