"""
Headers compared byte for byte with what their columns and boxes say they must be.

To check a header is to know its exact bytes. Nearly all of them have one shape: they are written again here from the
columns, the boxes and what was seen before, and compared, which takes a fraction of the time that parsing takes. What
does not fit is parsed by `header.parse`, which decides; so nothing is taken here that it would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from ledger.store.header import Header

_HEX = b"0123456789abcdef"
_TIMES = re.compile(r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z)*", re.ASCII)
_DAY_FORM = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY = 10
_ID_BYTES = 16
_EFFECTIVE = ',"effective_at":"'
_COMMAND = '","command":"'
_FIXED = len(f'{"":32}","stream":"{"":32}","n":,"topic":"","recorded_at":"{"":27}"')
"""How long what follows the ledger's own is, but for the number and the topic."""
_BOX = 217
"""How long the entry of a box is, with what follows it."""
_TEN = 10
_REMEMBERED = 10_000
"""The most shapes, and the most days, that are remembered: what is more is looked at each time."""

StoredBox = tuple[bytes, str]
"""The key of a stored box, and the SHA-256 of its bytes in digits."""
Columns = tuple[int, bytes, bytes, int, str, str, bytes]
"""Position, event, stream, version, topic, recorded_at and header, as they are stored."""
BoxColumns = tuple[int, int, bytes, bytes]
"""Position, number, key and bytes, as they are stored."""


class ExactHeaders:
    """Says of headers that they are exactly what they must be, or that they must be parsed to know."""

    def __init__(self, ledger: bytes) -> None:
        self.ledger = ledger
        self._begin = f'{{"v":1,"ledger":"{ledger.hex()}","event":"'
        self._shapes = 0
        self._days: set[str] = set()
        self._endings: dict[str, set[str]] = {}
        """By topic, what followed the command but the boxes: the house, the decision, the law in force, the end."""

    def to_parse(self, events: Sequence[Columns], boxes: Sequence[BoxColumns]) -> Sequence[int]:
        """
        Give which of these events are not known to be exact, and to account for nothing that is gone.

        Both are in the order of positions. It runs for every event of a log, in one loop without calls: slices end
        where the parts of a header do. What can be checked for all together is; if that fails, all are parsed.

        :raises TypeError: for columns of another type than the table gives them; `ValueError`, `AttributeError` too
        """
        opening, days, endings, nothing = self._begin, self._days, self._endings, frozenset[str]()
        is_day, fixed = self._is_day, len(opening) + _FIXED
        others: list[int] = []
        digits: list[str] = []
        times: list[str] = []
        places = [box[0] for box in boxes]
        places.append(0)
        box = 0
        for index, (position, event, stream, n, topic, recorded_at, content) in enumerate(events):
            text = str(content, "ascii")
            first = box
            while places[box] == position:
                box += 1
            end = len(text) - _BOX * (box - first) - 1
            at = fixed + len(topic) + (1 if n < _TEN else len(str(n)))
            effective = ""
            if text.startswith(_EFFECTIVE, at):
                effective = text[at : at + 45]
                instant = effective[17:44]
                if instant == recorded_at or not (instant[:_DAY] in days or is_day(instant)):
                    others.append(index)
                    continue
                times.append(instant[_DAY:])
                at += 45
            actor, command, shape = text[at + 10 : at + 42], text[at + 55 : at + 87], text[at + 87 : end]
            begin = (
                f'{opening}{event.hex()}","stream":"{stream.hex()}","n":{n},"topic":"{topic}",'
                f'"recorded_at":"{recorded_at}"{effective},"actor":"{actor}","command":"{command}{shape}'
            )
            if not (
                text.startswith(begin)
                and len(begin) == end
                and shape + text[-1 if box == first else -2 :] in endings.get(topic, nothing)
                and (recorded_at[:_DAY] in days or is_day(recorded_at))
                and n > 0
                and len(event) == len(stream) == _ID_BYTES
            ):
                others.append(index)
                continue
            times.append(recorded_at[_DAY:])
            digits += actor, command
            for number, (_, box_no, key, sealed) in enumerate(boxes[first:box]):
                commitment = text[end + 74 : end + 138]
                digits.append(commitment)
                entry = (
                    f'{{"key":"{key.hex()}","alg":"A256GCM.1","commitment":"{commitment}",'
                    f'"sha256":"{sha256(sealed).hexdigest()}"}}'
                )
                end += _BOX
                if box_no != number or text[end - _BOX : end] != entry + ("]" if end + 1 == len(text) else ","):
                    others.append(index)
                    break
        if box != len(boxes) or "".join(digits).encode().translate(None, _HEX) or not _TIMES.fullmatch("".join(times)):
            return range(len(events))
        return others

    def learn(self, content: bytes, header: Header) -> None:
        """
        Remember the shape of a header that was parsed, if such headers can be compared from now on.

        One that accounts for something, or some of whose boxes are gone, is parsed each time: what it says is needed.
        """
        accounts = header.covers is not None or header.ranges or header.follows is not None
        if accounts or header.known_at or not header.actor or not header.command or self._shapes == _REMEMBERED:
            return
        _, _, told = str(content, "ascii").partition(f"{_COMMAND}{header.command.hex}")
        upto = len(told) - _BOX * len(header.boxes) - 1
        shape = told[:upto] + told[-2 if header.boxes else -1 :]
        of_topic = self._endings.setdefault(header.topic, set())
        self._shapes += shape not in of_topic
        of_topic.add(shape)

    def _is_day(self, instant: str) -> bool:
        """Say whether an instant begins with a day that there is, and remember it."""
        day = instant[:_DAY]
        if not _DAY_FORM.fullmatch(day):
            return False
        try:
            date.fromisoformat(day)
        except ValueError:
            return False
        if len(self._days) < _REMEMBERED:
            self._days.add(day)
        return True
