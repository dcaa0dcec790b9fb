"""Digests that may stand in clear: of what is public already, never of a value that somebody could guess."""

from __future__ import annotations

import re
from hashlib import sha256

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Digest(str):
    """A SHA-256, in 64 lower-case hexadecimal digits."""

    __slots__ = ()

    def __new__(cls, text: str) -> Digest:
        """
        Take what is one.

        :raises ValueError: if it is none
        """
        if not _DIGEST.fullmatch(text):
            raise ValueError("a digest has 64 lower-case hexadecimal digits")
        return super().__new__(cls, text)

    @classmethod
    def of(cls, content: bytes) -> Digest:
        """Hash what is public."""
        return cls(sha256(content).hexdigest())
