"""
Headers compared byte for byte with what their columns and boxes say they must be.

To check a header is to know its exact bytes. Nearly all of them have a layout that was seen before: they are written
again here from the columns, the boxes and that layout, and compared, which takes a fraction of the time that parsing
takes. What does not fit is parsed by `header.parse`, which decides; so nothing is taken here that it would refuse.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple

from ledger.store.header import Header

_HEX = b"0123456789abcdef"
_INSTANTS = re.compile(r"(?:\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z )*", re.ASCII)
_INSTANT = 27
_DAY = 10
_ID_BYTES = 16
_ID = 32
_EFFECTIVE = '","effective_at":"'
_ACTOR = '","actor":"'
_COMMAND = '","command":"'
_HOUSE = '","house":"'
_AES = "A256GCM.1"
_BOX = 217
"""How long the entry of a box sealed by AES-256-GCM is, with what follows it."""
_COMMITMENT = 74
"""How far into the entry the digits of the commitment are."""
_DIGEST = 64
_TRIED = 8
"""The most layouts that are tried for one header, the last one learned first."""
_REMEMBERED = 10_000
"""The most kinds of header, and the most days, that are remembered: what is more is looked at each time."""

StoredBox = tuple[bytes, str]
"""The key of a stored box, and the SHA-256 of its bytes in digits."""
Columns = tuple[int, bytes, bytes, int, str, str, bytes]
"""Position, event, stream, version, topic, recorded_at and header, as they are stored."""
BoxColumns = tuple[int, int, bytes, bytes]
"""Position, number, key and bytes, as they are stored."""


class _Layout(NamedTuple):
    """Where the parts of a header stand that no column has, and the texts between them that never change."""

    before_effective: str
    effective: int
    effective_end: int
    """Where it begins, if there is none."""
    actor: int
    command: int
    before_house: str
    house: int
    shape_at: int
    """Where the house ends; where it begins, if there is none."""
    shape: str
    """What stands between the house and the boxes: the decision and the law in force."""
    boxes: int
    end: str


class ExactHeaders:
    """Says of headers that they are exactly what they must be, or that they must be parsed to know."""

    def __init__(self, ledger: bytes) -> None:
        self.ledger = ledger
        self._begin = f'{{"v":1,"ledger":"{ledger.hex()}","event":"'
        self._days: set[str] = set()
        self._layouts: dict[tuple[str, int, int], tuple[_Layout, ...]] = {}
        """By topic, length and number of boxes, the layouts that such headers had."""

    def to_parse(self, events: Sequence[Columns], boxes: Sequence[BoxColumns]) -> Sequence[int]:
        """
        Give which of these events are not known to be exact, and to account for nothing that is gone.

        Both are in the order of positions. It runs for every event of a log, in one loop without calls. What can be
        checked for all together is; if that fails, all are parsed.

        :raises TypeError: for columns of another type than the table gives them; `ValueError`, `AttributeError` too
        """
        opening, layouts, unknown = self._begin, self._layouts, ()
        stored = Counter(map(itemgetter(0), boxes)).get
        others: list[int] = []
        digits: list[str] = []
        instants: list[str] = []
        sections: list[str] = []
        numbers: list[int] = []
        for index, (position, event, stream, n, topic, recorded_at, content) in enumerate(events):
            text = str(content, "ascii")
            count = stored(position, 0)
            for layout in layouts.get((topic, len(text), count), unknown):
                before, at, upto, actor_at, command_at, between, house_at, shape_at, shape, boxes_at, end = layout
                effective, house, section = text[at:upto], text[house_at:shape_at], text[boxes_at : -len(end)]
                actor, command = text[actor_at : actor_at + _ID], text[command_at : command_at + _ID]
                if (
                    text
                    == f'{opening}{event.hex()}","stream":"{stream.hex()}","n":{n},"topic":"{topic}","recorded_at":"'
                    f'{recorded_at}{before}{effective}","actor":"{actor}","command":"{command}{between}{house}'
                    f"{shape}{section}{end}"
                    and type(n) is int  # a table that lost its types keeps 1.0, and a header must not say it
                    and n > 0
                    and len(event) == len(stream) == _ID_BYTES
                    and effective != recorded_at
                ):
                    instants.append(recorded_at)
                    digits += actor, command, house
                    if effective:
                        instants.append(effective)
                    if count:
                        sections.append(section)
                        numbers += range(count)
                    break
            else:
                others.append(index)
        if others:
            apart = {events[index][0] for index in others}
            boxes = [box for box in boxes if box[0] not in apart]
        entries = ",".join(sections)
        commitments = [entries[at : at + _DIGEST] for at in range(_COMMITMENT, len(entries), _BOX)]
        written = [
            f'{{"key":"{key.hex()}","alg":"{_AES}","commitment":"{commitment}","sha256":"{sha256(sealed).hexdigest()}"}}'
            for commitment, (_, _, key, sealed) in zip(commitments, boxes, strict=False)  # compared next
        ]
        exact = (
            entries == ",".join(written)
            and [box[1] for box in boxes] == numbers
            and not "".join(digits + commitments).encode().translate(None, _HEX)
            and self._are_instants(instants)
        )
        return others if exact else range(len(events))

    def learn(self, content: bytes, header: Header) -> None:
        """
        Remember the layout of a header that was parsed, if such headers can be compared from now on.

        One that accounts for something, or some of whose boxes are gone, is parsed each time: what it says is needed.
        """
        accounts = header.covers is not None or header.ranges or header.follows is not None
        if accounts or header.known_at or not header.actor or not header.command:
            return
        if any(box.alg != _AES for box in header.boxes):
            return
        text = str(content, "ascii")
        kind = header.topic, len(text), len(header.boxes)
        known, new = self._layouts.get(kind, ()), _layout(text, header)
        if new not in known and (known or len(self._layouts) < _REMEMBERED):
            self._layouts[kind] = (new, *known)[:_TRIED]

    def _are_instants(self, instants: list[str]) -> bool:
        days = {instant[:_DAY] for instant in instants}
        return bool(_INSTANTS.fullmatch(" ".join([*instants, ""]))) and all(map(self._is_day, days - self._days))

    def _is_day(self, day: str) -> bool:
        """Say whether there is such a day, and remember it."""
        try:
            date.fromisoformat(day)
        except ValueError:
            return False
        if len(self._days) < _REMEMBERED:
            self._days.add(day)
        return True


def _layout(text: str, header: Header) -> _Layout:
    """Give the layout of a header that was parsed."""
    actor = text.index(_ACTOR) + len(_ACTOR)
    command = actor + _ID + len(_COMMAND)
    shape = house = command + _ID
    if header.house is not None:
        house += len(_HOUSE)
        shape = house + _ID
    end = "]}" if header.boxes else "}"
    boxes = len(text) - len(end) - (_BOX * len(header.boxes) - 1 if header.boxes else 0)
    effective = actor - len(_ACTOR)
    return _Layout(
        before_effective=_EFFECTIVE if header.effective_at else "",
        effective=effective - _INSTANT if header.effective_at else effective,
        effective_end=effective,
        actor=actor,
        command=command,
        before_house=_HOUSE if header.house else "",
        house=house,
        shape_at=shape,
        shape=text[shape:boxes],
        boxes=boxes,
        end=end,
    )
