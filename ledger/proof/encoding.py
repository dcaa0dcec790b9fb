"""Base64 in the one way that it is written (RFC 4648, section 4): other letters for the same bytes are refused."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64


class NotCanonical(ValueError):
    """The text is not the base64 of its bytes, letter for letter."""


def decoded(text: str) -> bytes:
    """
    Give the bytes of a base64 text.

    :raises NotCanonical: if it is none, or is written in another way than `b64encode` does
    """
    try:
        content = b64decode(text.encode("ascii"), validate=True)
    except (NotBase64, UnicodeEncodeError) as fault:
        raise NotCanonical from fault
    if b64encode(content).decode() != text:
        raise NotCanonical
    return content
