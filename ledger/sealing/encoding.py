"""One way to turn identifiers, words and numbers into bytes, such that no two lists give the same bytes."""

from __future__ import annotations

from uuid import UUID


def encoded(*parts: UUID | str | int) -> bytes:
    """Join parts, each behind its length (4 bytes): UUID 16 bytes, text UTF-8, number 8 bytes; all big-endian."""
    return b"".join([_behind_its_length(part) for part in parts])


def _behind_its_length(part: UUID | str | int) -> bytes:
    if isinstance(part, UUID):
        return b"\x00\x00\x00\x10" + part.bytes
    content = part.encode() if isinstance(part, str) else part.to_bytes(8, "big")
    return len(content).to_bytes(4, "big") + content
