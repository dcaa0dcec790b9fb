"""
What a person's request for erasure reaches, item by item (GDPR 17(3)): never all or nothing.

An end is what most data wait for, and comes first: a procedure that is open is ended with the person, not erased under
their hands. What is erased goes by the same path as what is due, under the same authority of the archives.
"""

from __future__ import annotations

from enum import StrEnum

from ledger.rules.retention_terms import RetentionClass


class KeepGround(StrEnum):
    """Why an item is kept although the person asked for its erasure."""

    HOLD = "hold"
    """A hold stands on it: a claim is established, exercised or defended (GDPR 17(3)(e))."""
    OPEN = "open"
    """The procedure, or the mandate, goes on: end it with the person first."""
    NEEDED = "needed"
    """Something that is kept needs it."""
    PROOF = "proof"
    """The proof of a mandate, until its term (GDPR 17(3)(e), Code civil 2224)."""
    TRAIL = "trail"
    """Who looked at what, until the term of the logs: the house must be able to show it (GDPR 5(2), 17(3)(b), 32)."""
    ARCHIVES = "archives"
    """No authority of the archives covers it (GDPR 17(3)(d), Code du patrimoine L212-3)."""


_UNTIL_DUE = {RetentionClass.MANDATE_PROOF: KeepGround.PROOF, RetentionClass.LOGS: KeepGround.TRAIL}


def ground_to_keep(
    category: RetentionClass, *, held: bool, over: bool, needed: bool, due: bool, covered: bool
) -> KeepGround | None:
    """
    Say why an item is kept, or None where it is erased.

    `over`: what its term runs from has happened. `covered`: an authority that is in force covers its category and days.
    """
    if held:
        return KeepGround.HOLD
    if not over:
        return KeepGround.OPEN
    if needed:
        return KeepGround.NEEDED
    if category in _UNTIL_DUE and not due:
        return _UNTIL_DUE[category]
    return None if covered else KeepGround.ARCHIVES
