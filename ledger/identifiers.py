"""Random identifiers: they tell nothing of whom or what they name."""

from __future__ import annotations

from uuid import UUID, uuid4


def new_id() -> UUID:
    """Make a random identifier (UUID version 4); never derived from what it names."""
    return uuid4()


def short(reference: UUID) -> str:
    """Give the first eight hexadecimal digits, which people can read aloud and type."""
    return reference.hex[:8]
