"""
Values that must not leak, and the sealed handles that stand for them.

A `Personal` value is about a person; a `Fact` tells what a case is about (which procedure, partner, act, field), which
can be health data by its very name (GDPR 9). Both are born holding their value, are written into a box, and come back
from the store as a handle that only says which box and field would have to be opened. Neither form can be printed,
compared, hashed, pickled, iterated or formatted: each refuses with `LeakRefused`, so a mistake is a failing test and
not a line in a log.

`expose()` is the one way to the value. It works on what was just typed or just opened, never on a handle, and the tests
list the modules that may call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class LeakRefused(TypeError):
    """Somebody tried to print, compare, hash, pickle or format a value that must not leak."""


class NotOpened(TypeError):
    """A sealed handle was asked for a value that only an opener can give."""


_new = object.__new__


class Sealed(Generic[T_co]):
    """A value that must not leak, or the handle of the box that holds it."""

    __slots__ = ("_box", "_content", "_field")
    _word = "sealed"

    def __init__(self, content: T_co) -> None:
        self._content = content
        self._box: object | None = None
        self._field = ""

    @classmethod
    def in_box(cls, box: object, field: str) -> Sealed[Any]:
        """Make the handle of `field` in `box` (an opaque reference that the store gives and the openers read)."""
        handle = cls.__new__(cls)
        handle._box = box
        handle._field = field
        return handle

    @staticmethod
    def fill(state: dict[str, Any], box: object, fields: Sequence[tuple[str, type[Sealed[Any]]]]) -> None:
        """Put the handles of several fields in `box` into `state`, by name; a loaded stream has hundreds."""
        for name, kind in fields:
            state[name] = handle = _new(kind)
            handle._box = box
            handle._field = name

    @property
    def is_handle(self) -> bool:
        """Whether this stands for a value in a box, rather than holding one."""
        return self._box is not None

    @property
    def box(self) -> object:
        """The reference of the box, for the openers.

        :raises NotOpened: if this holds its value and no box exists yet
        """
        if self._box is None:
            raise NotOpened("not in a box yet")
        return self._box

    @property
    def field(self) -> str:
        """The name of the field within the box; empty when this is not a handle."""
        return self._field

    def expose(self) -> T_co:
        """
        Give the value that this holds.

        :raises NotOpened: if this is a handle: what is in a box is opened by an opener, never here
        """
        if self._box is not None:
            raise NotOpened("sealed: only an opener gives the value")
        return self._content

    def __repr__(self) -> str:
        return f"<{self._word}>"

    __str__ = __repr__

    def __format__(self, spec: str, /) -> NoReturn:
        raise LeakRefused(f"a {self._word} value is not formatted")

    def __eq__(self, other: object) -> bool:
        raise LeakRefused(f"a {self._word} value is not compared")

    def __hash__(self) -> int:
        raise LeakRefused(f"a {self._word} value is not hashed")

    def __bool__(self) -> bool:
        raise LeakRefused(f"a {self._word} value has no truth")

    def __iter__(self) -> NoReturn:
        raise LeakRefused(f"a {self._word} value is not iterated")

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise LeakRefused(f"a {self._word} value is not copied or pickled")


class Personal(Sealed[T_co]):
    """A value about a person: a name, a birth date, an address, a note."""

    __slots__ = ()
    _word = "personal"


class Fact(Sealed[T_co]):
    """What a case is about: a procedure, a partner, an act, a field name, a capacity, an outcome."""

    __slots__ = ()
    _word = "fact"


@dataclass(frozen=True)
class Erased:
    """The value was destroyed: its key no longer exists."""

    when: datetime
    why: str


@dataclass(frozen=True)
class Withheld:
    """The value exists and is not given: it is being destroyed, or is restricted."""

    why: str


def present(outcome: T | Erased | Withheld) -> T | None:
    """Give the value, or None where it is erased or withheld."""
    return None if isinstance(outcome, Erased | Withheld) else outcome
