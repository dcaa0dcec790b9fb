"""
Changes that know what the formats are made of: lines, numbers, base64 and hashes.

A fuzzer that changes bytes rarely gets past the first check. These keep most of a text whole, and do to it what mail
programs, editors, and people who look for a second way to write the same thing do.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from random import Random

Change = Callable[[bytes, Random], bytes]

_CODED = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
"""Base64 and hexadecimal: keys, signatures, hashes, identifiers."""
_NUMBER = re.compile(rb"(?<![A-Za-z0-9+/=])[0-9]{1,19}(?![A-Za-z0-9+/=])")
_NUMBERS = (
    b"0", b"00", b"1", b"-1", b"+1", b"1_0", b"1e3", b"1.0", b"0x1", b"7", b"11", b"12", b"200", b"270",
    b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"9" * 5000, "\u0661".encode(), b"",
)  # fmt: skip
_LOOK_ALIKES = (
    (b" ", "\u00a0"), (b" ", "\u2003"),
    (b"\n", "\u2028"), (b"\n", "\x85"), (b"\n", "\x0b"), (b"\xe2\x80\x94", "\u2013"),
    (b"\xe2\x80\x94", "-"), (b"e", "\u0435"), (b"a", "\u0430"), (b"o", "\u03bf"), (b"0", "\u0660"), (b"1", "\uff11"),
    (b"+", "\uff0b"), (b"/", "\u2044"), (b"=", "\uff1d"), (b"c", "C"), (b"K", "\u212a"), (b"s", "\u017f"),
)  # fmt: skip
_STRAY = (b"\0", b"\t", b" ", b"\r", b"\n", b"\n\n", b"\x1b", b"\x7f", b"#", b"+", b"=", b"\xef\xbb\xbf", b"\xff")
_MOVES = ("swap", "drop", "double", "empty", "move")


def _line_moved(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    one, other = (random.randrange(len(lines)) for _ in range(2))
    match random.choice(_MOVES):
        case "swap":
            lines[one], lines[other] = lines[other], lines[one]
        case "drop":
            del lines[one]
        case "double":
            lines.insert(other, lines[one])
        case "empty":
            lines.insert(one, b"")
        case _:
            lines.insert(other, lines.pop(one))
    return b"\n".join(lines)


def _line_ends_changed(content: bytes, random: Random) -> bytes:
    if random.random() < 0.5:
        return content.replace(b"\n", random.choice((b"\r\n", b"\r", b" \n", b"\n\n")))
    return random.choice((content.rstrip(b"\n"), content + b"\n", b"\n" + content, content + content))


def _number_changed(content: bytes, random: Random) -> bytes:
    def other(number: bytes) -> bytes:
        if random.random() < 0.5:
            return random.choice(_NUMBERS)
        return str(int(number) + random.choice((-1, 1, 2, 256, 2**32))).encode()

    return _one_replaced(_NUMBER, content, random, other)


def _code_rewritten(content: bytes, random: Random) -> bytes:
    """Write base64 in another way: padding, left-over bits, the other alphabet; or change what it says by a bit."""

    def other(code: bytes) -> bytes:
        at = random.randrange(len(code))
        last = bytes([code.rstrip(b"=")[-1] ^ 1])
        return random.choice((
            code.rstrip(b"="), code + b"=", code.rstrip(b"=") + b"====", code.rstrip(b"=")[:-1] + last + b"=",
            code.replace(b"+", b"-").replace(b"/", b"_"), code[:at] + b"\n" + code[at:], code[:at] + b" " + code[at:],
            code.swapcase(), code.upper(), _flipped(code, random), code[:at], code + code[:4],
        ))  # fmt: skip

    return _one_replaced(_CODED, content, random, other)


def _flipped(code: bytes, random: Random) -> bytes:
    try:
        said = bytearray(b64decode(code, validate=True))
    except ValueError:
        return code[:-1]
    said[random.randrange(len(said))] ^= 1 << random.randrange(8)
    return b64encode(said)


def _codes_exchanged(content: bytes, random: Random) -> bytes:
    found = list(_CODED.finditer(content))
    if len(found) < 2:
        return content
    one, other = sorted(random.sample(found, 2), key=lambda each: each.start())
    first, second = random.choice(((other[0], one[0]), (other[0], other[0]), (one[0], one[0])))
    return content[: one.start()] + first + content[one.end() : other.start()] + second + content[other.end() :]


def _look_alike(content: bytes, random: Random) -> bytes:
    genuine, false = random.choice([pair for pair in _LOOK_ALIKES if pair[0] in content] or [(b"", "")])
    return (
        _one_replaced(re.compile(re.escape(genuine)), content, random, lambda _: false.encode()) if genuine else content
    )


def _stray_added(content: bytes, random: Random) -> bytes:
    at = random.choice((0, len(content), random.randint(0, len(content))))
    return content[:at] + random.choice(_STRAY) + content[at:]


def _word_taken(content: bytes, random: Random) -> bytes:
    """Put one word of a text in the place of another."""
    words = re.findall(rb"[^\s]+", content)
    if not words:
        return content
    return _one_replaced(re.compile(re.escape(random.choice(words))), content, random, lambda _: random.choice(words))


def _one_replaced(form: re.Pattern[bytes], content: bytes, random: Random, other: Callable[[bytes], bytes]) -> bytes:
    found = list(form.finditer(content))
    if not found:
        return content
    one = random.choice(found)
    return content[: one.start()] + other(one[0]) + content[one.end() :]


CHANGES: tuple[Change, ...] = (
    _line_moved, _line_ends_changed, _number_changed, _code_rewritten, _codes_exchanged, _look_alike, _stray_added,
    _word_taken,
)  # fmt: skip


def changed(content: bytes, random: Random) -> bytes:
    """Give the text with one change, or a few."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        content = random.choice(CHANGES)(content, random)
    return content
