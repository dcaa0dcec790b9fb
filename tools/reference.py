"""
The pages of the reference that the code itself writes: commands, events, errors, settings.

`python tools/reference.py` writes them; `--check` says which are out of date. What a page says of each thing is what
the code says of it: the help of a command, the docstring of an event, the sentences of an error.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from os import environ
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import click

import ledger
from ledger import errors
from ledger.aggregates.base import REGISTRY, Event, Scope
from ledger.commands._program import program
from ledger.commands._words import Verb
from ledger.policies.refusals import RefusedByRule
from ledger.ranges import Ranges
from ledger.translation import bind_default_domain, translate
from tools.reference_settings import MADE, settings_page, table

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = Path("docs/reference")


# ---------------------------------------------------------------------------------------------------------- commands

_COMMANDS = """\
Every command, with what it takes; `ledger COMMAND --help` says the same, in the language of whoever asks. Exit codes
and the JSON of errors are in [exit codes](exit-codes.md). A value in capitals is yours to give."""
_COMMANDES = """\
Chaque commande, avec ce qu'elle prend ; « ledger COMMANDE --help » dit la même chose. Ce qui est en capitales est à
remplacer par votre valeur."""
_COMMANDS_PAGE = {
    "en": (
        "# Commands",
        _COMMANDS,
        "Every command also takes:",
        "A command that writes takes:",
        "Argument or option",
        "Meaning",
    ),
    "fr": (
        "# Les commandes",
        _COMMANDES,
        "Toute commande prend aussi :",
        "Une commande qui écrit prend :",
        "Argument ou option",
        "Sens",
    ),
}


def commands(language: str) -> str:
    """Give the page of the commands in one language."""
    title, introduction, shared, writing, name, meaning = _COMMANDS_PAGE[language]
    with _speaking(language):
        root = program()
        context = click.Context(root, info_name="ledger")
        parts = [title, MADE, introduction, shared, table((name, meaning), _records(root, context))]
        keyed = next(item for item in _verb_named(root, context, "receive").params if item.name == "key")
        parts += [writing, table((name, meaning), [_option(keyed, context)])]
        for chapter, nouns in root.chapters:
            parts.append(f"## {translate(chapter)}")
            for noun, _ in nouns:
                found = root.get_command(context, noun)
                assert found is not None
                parts += _noun(found, f"ledger {noun}", (name, meaning))
    return "\n\n".join(parts) + "\n"


def _verb_named(root: click.Group, context: click.Context, name: str) -> click.Command:
    found = root.get_command(context, name)
    assert found is not None
    return found


def _noun(command: click.Command, path: str, titles: tuple[str, str]) -> Iterator[str]:
    if isinstance(command, Verb):
        yield from _verb(command, path, titles)
        return
    assert isinstance(command, click.Group)
    yield f"### {path}"
    yield _prose(command.help or "")
    for name, verb in command.commands.items():
        assert isinstance(verb, Verb)
        yield from _verb(verb, f"{path} {name}", titles)


def _verb(command: Verb, path: str, titles: tuple[str, str]) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"#### {path}"
    usage = " ".join(piece for piece in command.collect_usage_pieces(context) if piece)
    yield f"`{path} {usage}`"
    yield _prose(command.help or "")
    rows = [_option(item, context) for item in command.own if isinstance(item, click.Argument | click.Option)]
    if rows:
        yield table(titles, rows)
    yield "```sh\n" + "\n".join(command.examples) + "\n```"


def _records(root: click.Command, context: click.Context) -> list[tuple[str, str]]:
    return [_option(item, context) for item in root.get_params(context) if item.name != "key"]


def _option(item: click.Parameter, context: click.Context) -> tuple[str, str]:
    record = item.get_help_record(context)
    assert record is not None, f"{item.name} says nothing of itself"
    return f"`{record[0]}`", record[1]


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


# ------------------------------------------------------------------------------------------------------------ events

_EVENTS = """\
Every event that the ledger stores, by its topic. A topic and its fields are final: they are never renamed, reordered or
removed. How they become bytes is in [the stored format](storage-format.md).

*Header* fields are readable by whoever reads the database. *Sealed* fields stand in the box of a key scope and die
with its key: a `personal` value is opened under a grant only, a `fact` also to judge a command or to show a page. Every
event also has the header fields that the store adds: ids, version, topic, instant, actor tag, law in force."""


def events() -> str:
    """Give the page of the events."""
    _import_all()
    parts = ["# Events", MADE, _EVENTS]
    for kind in sorted({topic.partition(".")[0] for topic in REGISTRY}):
        parts.append(f"## {kind}")
        for topic in sorted(topic for topic in REGISTRY if topic.partition(".")[0] == kind):
            parts += _event(topic, REGISTRY[topic])
    contents = {content for event in REGISTRY.values() for field in event.SHAPE.sealed for content in [field.content]}
    parts += ["## Words and records", "What sealed fields hold besides plain values."]
    parts += [_described(found) for found in sorted(_ours(contents), key=lambda found: found.__name__)]
    parts += ["## Key scopes", table(("Scope",), [(f"`{scope}`",) for scope in Scope])]
    return "\n\n".join(parts) + "\n"


def _event(topic: str, event: type[Event]) -> Iterator[str]:
    yield f"### `{topic}`"
    yield _first_line(event)
    rows = [(f"`{name}`", "header", _name(kind), "") for name, kind in event.SHAPE.header]
    rows += [
        (f"`{field.name}`", field.wrapper.__name__.lower(), _name(field.content), f"`{field.scope}`")
        for field in event.SHAPE.sealed
    ]
    if rows:
        yield table(("Field", "Kind", "Type", "Key scope"), rows)


def _name(kind: Any) -> str:
    """Give a type as one reads it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join("nothing" if part is type(None) else _name(part) for part in inner)
    if origin is tuple:
        return f"list of {_name(inner[0])}"
    if origin is not None:
        return f"{_name(origin)} of {', '.join(_name(part) for part in inner)}"
    if kind in _PLAIN:
        return _PLAIN[kind]
    return f"[{kind.__name__}](#{kind.__name__.lower()})" if kind.__module__.startswith("ledger") else kind.__name__


_PLAIN: Mapping[Any, str] = {str: "text", int: "number", bool: "yes or no", Ranges: "ranges of positions"}


def _ours(kinds: Iterable[Any]) -> set[type]:
    """Collect our own classes in these types, and in the fields of those."""
    found: set[type] = set()
    left = list(kinds)
    while left:
        kind = left.pop()
        left += get_args(kind)
        if not inspect.isclass(kind) or not kind.__module__.startswith("ledger") or kind in found:
            continue
        found.add(kind)
        if dataclasses.is_dataclass(kind):
            left += get_type_hints(kind).values()
    return found


def _described(kind: type) -> str:
    if issubclass(kind, StrEnum):
        body = ", ".join(f"`{member.value}`" for member in kind)
    else:
        hints = get_type_hints(kind)
        rows = [(f"`{field.name}`", _name(hints[field.name])) for field in dataclasses.fields(kind)]  # type: ignore[arg-type]  # records are dataclasses
        body = table(("Part", "Type"), rows)
    return f"### {kind.__name__}\n\n{_first_line(kind)}\n\n{body}"


# ------------------------------------------------------------------------------------------------------------ errors

_ERRORS = """\
Every error that the ledger tells, by its exit code. The code is what `--json` gives as `error`; it is stable, the
sentences are not. What stands in braces is filled in with codes, references and counts, never with anything personal.
A rule that says no gives one of the [refusal codes](refusal-codes.md) instead; what each exit code means is in
[exit codes](exit-codes.md)."""


def errors_page() -> str:
    """Give the page of the errors."""
    found = all_errors()
    parts = ["# Errors", MADE, _ERRORS]
    for code in errors.ExitCode:
        kinds = [kind for kind in found if kind.exit_code is code]
        if kinds:
            parts += [f"## {int(code)}: {code.name.lower()}", table(_ERROR_TITLES, [_error(kind) for kind in kinds])]
    return "\n\n".join(parts) + "\n"


_ERROR_TITLES = ("Code", "English", "French", "From")


def all_errors() -> list[type[errors.LedgerError]]:
    """Give every error of the product by its code, but those whose code is the refusal's."""
    _import_all()
    left, found = [errors.LedgerError], set()
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if kind.__module__.startswith("ledger.") and not issubclass(kind, RefusedByRule):
            found.add(kind)
    return sorted(found, key=lambda kind: (code_of(kind), kind.__module__))


def code_of(kind: type[errors.LedgerError]) -> str:
    """Give the code of an error without making one, which may take details."""
    code = kind.__new__(kind).code
    assert code
    return code


def _error(kind: type[errors.LedgerError]) -> tuple[str, ...]:
    said = {}
    for language in ("en", "fr"):
        with _speaking(language):
            said[language] = f"{translate(kind.sentence)} {translate(kind.advice)}"
    return f"`{code_of(kind)}`", said["en"], said["fr"], f"`{kind.__module__}`"


# ------------------------------------------------------------------------------------------------------------- pages


def pages() -> dict[Path, str]:
    """Give every page as it should be."""
    before = environ.get("LANGUAGE")
    try:
        return {
            REFERENCE / "commands.md": commands("en"),
            Path("docs/fr/commandes.md"): commands("fr"),
            REFERENCE / "events.md": events(),
            REFERENCE / "errors.md": errors_page(),
            REFERENCE / "settings.md": settings_page(),
        }
    finally:
        environ.pop("LANGUAGE", None)
        environ.update({"LANGUAGE": before} if before is not None else {})


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    environ["LANGUAGE"] = language
    bind_default_domain()
    yield


def _import_all() -> None:
    for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
        importlib.import_module(module.name)


def _first_line(thing: type) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages; give the exit code."""
    parser = argparse.ArgumentParser(description="The pages of the reference that the code writes.")
    parser.add_argument("--check", action="store_true", help="only say which pages are out of date")
    asked = parser.parse_args(arguments)
    late = 0
    for path, text in pages().items():
        if asked.check:
            current = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
            if current != text:
                late = 1
                print(f"{path} is out of date: run python tools/reference.py", file=sys.stderr)
        else:
            (ROOT / path).write_text(text, encoding="utf-8")
    return late


if __name__ == "__main__":
    sys.exit(main())
