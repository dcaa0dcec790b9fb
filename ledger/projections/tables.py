"""
Tables of the read models, made from the dataclass of their rows.

A row holds random ids, instants, codes and counts, and no other type passes. Each table exists once per *generation*:
a rebuild fills the next one beside the live one. The SQL of a table in a generation is made once and stays constant.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Text, TextClause, text
from sqlalchemy import Table as _Table

from ledger.clock import UTC

R = TypeVar("R")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UnfitColumn(TypeError):
    """A row declares a column that a read model may not hold."""


def to_microseconds(instant: datetime) -> int:
    """Give an aware instant as microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Give back the instant, in UTC."""
    return _EPOCH + timedelta(microseconds=count)


@dataclass(frozen=True)
class _Kind:
    stored_as: type[Any]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


_KINDS: Mapping[type, _Kind] = {
    UUID: _Kind(LargeBinary, lambda value: value.bytes, lambda stored: UUID(bytes=bytes(stored))),
    datetime: _Kind(BigInteger, to_microseconds, from_microseconds),
    int: _Kind(BigInteger, int, int),
    bool: _Kind(BigInteger, int, bool),
    str: _Kind(Text, str, str),
    bytes: _Kind(LargeBinary, bytes, bytes),
}


def to_column(value: object) -> object:
    """Give a value in the form that columns of its type hold; for conditions of queries."""
    for kind in (UUID, datetime, bool, str):  # a word of a closed list is a str, which drivers take for an enum
        if isinstance(value, kind):
            return _KINDS[kind].write(value)
    return value


@dataclass(frozen=True)
class Field:
    """One column: its name, its type, and whether it may be empty."""

    name: str
    type: type
    optional: bool

    @property
    def kind(self) -> _Kind:
        """How values of this column are written and read."""
        return _KINDS[self.type]


def _field(row: type, name: str, hint: Any) -> Field:
    parts = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    bare = [part for part in parts if part is not type(None)]
    if len(bare) != 1 or bare[0] not in _KINDS:
        raise UnfitColumn(f"{row.__qualname__}.{name}: neither an id, nor an instant, nor a code, nor a count")
    return Field(name, bare[0], len(bare) != len(parts))


@dataclass(frozen=True, eq=False)
class Table(Generic[R]):
    """
    One table: the model it belongs to, its name without the generation, its rows (a frozen dataclass), key and indexes.

    :raises UnfitColumn: if a row has a column of any type but ids, instants, codes (text) and counts
    """

    model: str
    name: str
    row: type[R]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        missing = {name for index in (self.key, *self.indexes) for name in index} - {f.name for f in self.fields}
        if missing:
            raise UnfitColumn(f"{self.name}: no columns {sorted(missing)}")

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The columns in order."""
        hints = get_type_hints(self.row)
        columns = dataclasses.fields(self.row)  # type: ignore[arg-type]  # a row is a dataclass, which no type can say
        return tuple(_field(self.row, column.name, hints[column.name]) for column in columns)

    @cached_property
    def begins_at_position(self) -> bool:
        """Whether a row says where the event stands that it began with."""
        return any(field.name == "position" for field in self.fields)

    def key_of(self, row: R) -> tuple[Any, ...]:
        """Give the key of a row."""
        return tuple(getattr(row, name) for name in self.key)

    def to_parameters(self, row: R) -> dict[str, Any]:
        """Give a row as parameters of its statements."""
        values = ((field, getattr(row, field.name)) for field in self.fields)
        return {field.name: None if value is None else field.kind.write(value) for field, value in values}

    def from_record(self, record: Sequence[Any]) -> R:
        """Give back a row from its columns."""
        return self.row(
            *(
                None if value is None else field.kind.read(value)
                for field, value in zip(self.fields, record, strict=True)
            )
        )

    def key_parameters(self, key: Sequence[Any]) -> dict[str, Any]:
        """Give a key as parameters of the statements that look for it."""
        return {name: to_column(value) for name, value in zip(self.key, key, strict=True)}


@dataclass(frozen=True)
class Statements:
    """The constant SQL of one table in one generation."""

    name: str
    columns: str
    get: TextClause
    put: TextClause
    remove: TextClause


@lru_cache(maxsize=256)
def statements(table: Table[Any], generation: int) -> Statements:
    """Make the SQL of a table in a generation, once."""
    name = physical_name(table, generation)
    names = [field.name for field in table.fields]
    columns = ", ".join(names)
    same_key = " AND ".join(f"{part} = :{part}" for part in table.key)
    rest = [part for part in names if part not in table.key]
    replaced = ", ".join(f"{part} = excluded.{part}" for part in rest)
    on_conflict = f"DO UPDATE SET {replaced}" if rest else "DO NOTHING"
    return Statements(
        name=name,
        columns=columns,
        get=text(f"SELECT {columns} FROM {name} WHERE {same_key}"),
        put=text(
            f"INSERT INTO {name} ({columns}) VALUES ({', '.join(f':{part}' for part in names)}) "
            f"ON CONFLICT ({', '.join(table.key)}) {on_conflict}"
        ),
        remove=text(f"DELETE FROM {name} WHERE {same_key}"),
    )


def physical_name(table: Table[Any], generation: int) -> str:
    """Give the name that a table bears in the database."""
    return f"{table.name}_g{generation}"


def definition(table: Table[Any], generation: int) -> MetaData:
    """Describe a table of one generation with its indexes, for creation."""
    described, name = MetaData(), physical_name(table, generation)
    columns = [
        Column(
            field.name,
            field.kind.stored_as,
            primary_key=field.name in table.key,
            nullable=field.optional,
            autoincrement=False,
        )
        for field in table.fields
    ]
    indexes = [Index(f"{name}_by_{'_'.join(index)}", *index) for index in table.indexes]
    _Table(name, described, *columns, *indexes, sqlite_with_rowid=False)
    return described
