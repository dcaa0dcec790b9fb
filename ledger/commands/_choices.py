"""Options whose value is a word of a closed list; the list is imported only when a word must be read or shown."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from ledger.commands._labels import label
from ledger.translation import mark, translate


def spelled(member: StrEnum) -> str:
    """Give a word as it is typed: small letters, hyphens."""
    return member.value.lower().replace("_", "-")


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
        """Read a word, whatever its case, with hyphens or underscores."""
        if isinstance(value, StrEnum):
            return value
        typed = str(value).strip().lower().replace("_", "-")
        for member in self.members:
            if spelled(member) == typed:
                return member
        choice = click.Choice([spelled(member) for member in self.members])
        raise click.BadParameter(choice.get_invalid_choice_message(value, ctx), ctx, param)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the words, each with what it means."""
        typed = incomplete.lower()
        return [
            CompletionItem(spelled(member), help=label(member))
            for member in self.members
            if spelled(member).startswith(typed)
        ]
