"""`ledger proof`: what an outsider can check without trusting anybody here."""

from __future__ import annotations

from ledger.commands import (
    _proof_checkpoints,
    _proof_kept,
    _proof_keys,
    _proof_packs,
    _proof_timestamps,
    _proof_verify,
    _proof_witnesses,
)
from ledger.commands._proof_noun import command

__all__ = ["command"]

command.in_the_order_of(
    _proof_checkpoints, _proof_kept, _proof_keys, _proof_verify, _proof_packs, _proof_witnesses, _proof_timestamps
)
