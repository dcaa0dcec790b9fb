"""How data are written; apart from what writes them, so that parsing a command line loads little."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """How data are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
