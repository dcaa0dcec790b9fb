"""How sure a rule is, and where an entry of the catalogue comes from."""

from __future__ import annotations

from enum import StrEnum


class Mark(StrEnum):
    """Where a number or a role comes from."""

    SEED = "SEED"
    """The convention."""
    TXT = "TXT"
    """An official text that was read."""
    SECOND_HAND = "2ND"
    """Read in a secondary source."""
    DEFAULT = "DEF"
    """Our default: a data protection officer must confirm it and can change it."""


class EntrySource(StrEnum):
    """Where an entry of the catalogue comes from."""

    SEEN = "S"
    """The procedure was seen in a public source; its list of fields is a default all the same."""
    DEFAULT = "D"
