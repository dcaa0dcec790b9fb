"""Joins what signs checkpoints to the log, to the archive of what was signed, and to the signing key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.origin import origin_stream
from ledger.proof.issuing import Issuer, Schedule
from ledger.proof.origins import Origins
from ledger.usecases.proof.origins import open_origin
from ledger.usecases.restoring import operator_id

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.proof.archive import Origin


class LoggedOrigins:
    """The origins as the log says them."""

    def __init__(self, ledger: Ledger, *, why: str = "") -> None:
        self._ledger = ledger
        self._ledger_id = ledger.settings.ledger_id
        self._why = why

    def size(self) -> int:
        """Give how many events the log holds."""
        return self._ledger.log.size()

    def position(self, number: int) -> int | None:
        """Give the position of the event that opened an origin, or None where the log has none."""
        first = self._ledger.log.first_of(origin_stream(self._ledger_id, number))
        return None if first is None else first.position

    def is_last(self, number: int | None) -> bool:
        """Say whether an origin is the last one that the log opened; None: whether it opened none."""
        last = self._ledger.streams.linked(REGISTER, LinkKind.ORIGIN)[-1:]
        return last == ([] if number is None else [origin_stream(self._ledger_id, number)])

    def open(self, origin: Origin) -> int:
        """Put on record that an origin is opened, in the name of whoever runs the ledger, and give the position."""
        ledger = self._ledger
        command = ledger.command_of(operator_id(self._ledger_id), at=ledger.clock.now())
        open_origin(
            ledger.desk, command, ledger_id=self._ledger_id, number=origin.number, follows=origin.follows,
            reason=origin.reason, why=self._why,
        )  # fmt: skip
        position = self.position(origin.number)
        assert position is not None, "it was just put on record"
        return position


def origins_of(ledger: Ledger, *, why: str = "") -> Origins:
    """Make what knows the origins of one ledger."""
    return Origins(ledger.archive, LoggedOrigins(ledger, why=why), ledger_id=ledger.settings.ledger_id)


def issuer_of(ledger: Ledger) -> Issuer:
    """Make what issues the checkpoints of one ledger."""
    settings = ledger.settings
    return Issuer(
        archive=ledger.archive,
        signer=ledger.signer,
        tree=ledger.tree,
        origins=origins_of(ledger),
        schedule=Schedule(settings.checkpoint_events, settings.checkpoint_every),
        began_at=settings.created_at,
    )
