"""Somebody outside who keeps every checkpoint that they are given, and checks each against those before."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.bootstrap import Ledger
from ledger.proof.archive import SignedCheckpoint
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.nodes import KeptNodes
from ledger.proof.tree import check_consistency, consistency_proof


@dataclass
class Follower:
    """Keeps what was signed, by origin."""

    seen: dict[str, list[Checkpoint]] = field(default_factory=dict)

    def follow(self, ledger: Ledger, signed: SignedCheckpoint) -> None:
        """Check the signature, and that every checkpoint of this origin that was seen is the beginning of this one."""
        found = Checkpoint.parse(signed.note.text)
        assert found == signed.checkpoint
        assert any(signed.note.signed_by(key) for key in ledger.archive.verifier_keys(found.origin))
        with ledger.tree.held() as state:
            nodes = KeptNodes(state)
            for old in self.seen.setdefault(found.origin, []):
                assert old.size <= found.size
                check_consistency(
                    old=old.size, old_root=old.root, new=found.size, new_root=found.root,
                    proof=consistency_proof(nodes, old.size, found.size),
                )  # fmt: skip
        self.seen[found.origin].append(found)
