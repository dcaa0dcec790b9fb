"""Signs a checkpoint at the end of a command, where one is due; the command itself never fails by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import LedgerError
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.commands._context import Session

_UNSIGNED = mark("What was recorded stands, but no checkpoint could be signed: {why}")


def sign_after(session: Session, ledger: Ledger) -> None:
    """Sign if something was destroyed, or if so many records or so much time went by since the last checkpoint."""
    if not ledger.streams.has_appended:
        return
    from ledger.proof.archive import CheckpointReason

    try:
        if ledger.streams.has_destroyed:
            ledger.issuer.issue(CheckpointReason.DESTRUCTION, at=session.now())
        else:
            ledger.issuer.issue_if_due(at=session.now())
    except LedgerError as trouble:
        session.output.say(_UNSIGNED, why=trouble.explain())
