"""Options whose value is a word of a closed list; the list is imported only when a word must be read or shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ledger.commands._labels import label
from ledger.translation import mark, translate

M = TypeVar("M", bound=StrEnum)


def spelled(member: StrEnum) -> str:
    """Give a word as it is typed: small letters, hyphens."""
    return member.value.lower().replace("_", "-")


def member_meant(typed: str, members: Sequence[M]) -> M | None:
    """Give the word of a closed list that is typed as its code, or as the label by which people see it."""
    code = typed.strip().lower().replace("_", "-")
    found = next((member for member in members if spelled(member) == code), None)
    if found is not None:
        return found
    from ledger.rules.search import plain

    meant = [member for member in members if plain(label(member)) == plain(typed)]
    return meant[0] if len(meant) == 1 else None


def shown(members: Iterable[StrEnum]) -> str:
    """List the words of a closed list as they are seen, each with its code."""
    return ", ".join(f"{label(member)} ({spelled(member)})" for member in members)


class Word(click.ParamType[StrEnum]):
    """One word of the closed list `module:Class`."""

    name = "word"

    def __init__(self, where: str, *, only: str = "") -> None:
        self._where = where
        self._only = only

    @cached_property
    def members(self) -> tuple[StrEnum, ...]:
        """The words that may be given: those of the list, or of a named part of it in the same module."""
        module, _, kind = self._where.partition(":")
        found = import_module(module)
        part = getattr(found, self._only) if self._only else getattr(found, kind)
        return tuple(member for member in getattr(found, kind) if member in part)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help, which then says the words."""
        return translate(mark("WORD"))

    @property
    def explained(self) -> str:
        """The words that may be given, each with what it means."""
        return ", ".join(f"{spelled(member)} ({label(member)})" for member in self.members)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> StrEnum:
        """Read a word, as its code or as the label that the screens show, whatever its case, accents and hyphens."""
        if isinstance(value, StrEnum):
            return value
        found = member_meant(str(value), self.members)
        if found is None:
            sentence = translate(mark("give one of these: {words}")).format(words=shown(self.members))
            raise click.BadParameter(sentence, ctx, param)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the words, each with what it means."""
        typed = incomplete.lower()
        return [
            CompletionItem(spelled(member), help=label(member))
            for member in self.members
            if spelled(member).startswith(typed)
        ]
