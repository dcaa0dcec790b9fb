"""What is fuzzed, by name: every parser of foreign bytes, and whatever judges by what was parsed."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.fuzzing import judges, packs, parsers
from tests.faults.fuzzing.made import a_pack, forget, signed

__all__ = ["BINARY", "PREFIXED", "TARGETS", "Target", "a_pack", "forget", "signed"]

Target = Callable[[bytes], None]

TARGETS: dict[str, Target] = {
    "notes": parsers.notes, "keys": parsers.keys, "checkpoints": parsers.checkpoints, "receipts": parsers.receipts,
    "bundles": parsers.bundles, "headers": parsers.headers, "timestamps": parsers.timestamps,
    "authorities": parsers.authorities, "policies": parsers.policies, "answers": parsers.answers,
    "proofs": parsers.proofs, "successions": parsers.successions,
    "requests": judges.requests, "witness-memory": judges.witness_memory,
    "manifests": judges.manifests, "verifier": judges.verifier, "packs": packs.packs,
    "verifier-of-receipts": judges.verifier_of_receipts, "receipts-signed-again": judges.receipts_signed_again,
}  # fmt: skip

PREFIXED = frozenset({"bundles", "verifier", "witness-memory"})
"""Those whose first byte chooses something, and is no part of what is read."""
BINARY = frozenset({"bundles", "timestamps", "authorities", "proofs", "packs"})
"""Those that read no text."""
