"""
Texts that travel by stick or mail: read as they were written, or refused with what happened to them on the way.

Mail programs and editors change line ends, put a byte order mark before the text, or blanks at the ends of lines. What
is signed would no longer be what was signed; so nothing is repaired here, and whoever reads is told what to do.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ledger.errors import Invalid, Unavailable
from ledger.limits import NOTE_BYTES
from ledger.owned_files import replace_durably, write_durably
from ledger.translation import mark

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class CarriedFileUnreadable(Invalid):
    """A file that was handed over can't be read."""

    sentence = mark("The file can't be read.")
    advice = mark("Check its path and its permissions.")


class CarriedFileTooLarge(Invalid):
    """A file that was handed over is larger than any of its kind."""

    sentence = mark("The file is larger than {limit} bytes: it is something else.")
    advice = mark("Check which file you gave; nothing was signed or kept.")


class CarriedFileUnwritable(Unavailable):
    """A file that is to be handed over can't be written."""

    sentence = mark("The file can't be written.")
    advice = mark("Check that its disk has room and may be written, then give the same command again.")


class CarriedFileThere(Invalid):
    """A new file was asked for, and there is one."""

    sentence = mark("This file is there already; it was left as it is.")
    advice = mark("Give the name of a new file.")


class ChangedOnTheWay(Invalid):
    """A text has the marks of a program that rewrote it."""

    sentence = mark("The file was changed on its way, as mail programs and editors do.")
    advice = mark("Ask for it again, as an attachment or in a zip archive, and don't open it before; nothing was kept.")


class HasByteOrderMark(ChangedOnTheWay):
    """It begins with a byte order mark."""

    sentence = mark("The file was changed on its way: a program put a byte order mark before the text.")


class HasOtherLineEnds(ChangedOnTheWay):
    """Its lines end as in Windows, or as in old computers."""

    sentence = mark("The file was changed on its way: its lines end with carriage returns.")


class HasTrailingBlanks(ChangedOnTheWay):
    """A line ends with blanks."""

    sentence = mark("The file was changed on its way: there are blanks at the end of line {line}.")


def read_carried(path: Path, *, limit: int = NOTE_BYTES) -> bytes:
    """
    Read a file whole.

    :raises CarriedFileUnreadable: if it can't be read
    :raises CarriedFileTooLarge: if it is larger than the limit
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError):
        raise CarriedFileUnreadable from None  # what the system says names the file, which may be anything
    if len(content) > limit:
        raise CarriedFileTooLarge(limit=limit)
    return content


def write_carried(path: Path, content: str | bytes) -> None:
    """
    Write a file whole, in the place of one that was there.

    :raises CarriedFileUnwritable: if it can't be written
    """
    try:
        replace_durably(path, content.encode() if isinstance(content, str) else content)
    except (OSError, ValueError):
        raise CarriedFileUnwritable from None


def is_taken(path: Path) -> bool:
    """Say whether something stands there; a folder that can't be looked into is told when it is written in."""
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        return False


def write_new(path: Path, content: str) -> None:
    """
    Write a new file whole; what could not be written whole is not left there.

    :raises CarriedFileThere: if there is one
    :raises CarriedFileUnwritable: if it can't be written
    """
    try:
        write_durably(path, content.encode())
    except FileExistsError:
        raise CarriedFileThere from None
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            path.unlink()
        raise CarriedFileUnwritable from None


def check_unchanged(content: bytes) -> None:
    """
    See that no program rewrote a text on its way.

    :raises ChangedOnTheWay: if one did
    """
    if content.startswith(_BYTE_ORDER_MARKS):
        raise HasByteOrderMark
    if b"\r" in content:
        raise HasOtherLineEnds
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.endswith((b" ", b"\t", b"\xc2\xa0")):
            raise HasTrailingBlanks(line=number)
