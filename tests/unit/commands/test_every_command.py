"""What holds of every command there is."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pkgutil import walk_packages

import click
import pytest

import ledger
from ledger.commands._choices import Word, spelled
from ledger.commands._labels import LABELS, label
from ledger.commands._program import program, run
from ledger.commands._words import Noun, Verb
from ledger.translation import bind_default_domain

READS = {
    "explain",
    "export",
    "extract",
    "contacts",
    "holders",
    "list",
    "show",
    "find",
    "plan",
    "status",
    "check",
    "trail",
    "counts",
    "subject",
    "agent",
    "print",
    "doctor",
    "scope",
    "severity",
    "form",
    "message",
    "completion",
    "origins",
    "checkpoints",
    "verify",
    "log-key",
    "board",
    "calendar",
}
"""The verbs that write no more than the record of a reading; repeating one must leave a second record."""
NOT_KEYED = {
    "init",
    "demo",
    "rebuild",
    "render",
    "serve",
    "backup",
    "restore",
    "erasure",
    "checkpoint",
    "receipt",
    "pack",
    "trust",
    "cosign",
    "request-cosignature",
    "attach-cosignature",
    "policy",
    "timestamp",
    "remind",
}
"""The verbs that make or remake something outside the log."""


def verbs() -> Iterator[tuple[str, Verb]]:
    root = program()
    context = click.Context(root, info_name="ledger")
    for name in root.list_commands(context):
        try:
            found = root.get_command(context, name)
        except ModuleNotFoundError:
            continue  # the help names it, and test_every_noun_of_the_help_can_be_imported tells when it is not there
        if isinstance(found, Noun):
            yield from ((f"{name} {verb}", one) for verb, one in found.commands.items() if isinstance(one, Verb))
        elif isinstance(found, Verb):
            yield name, found


ALL = dict(verbs())


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    bind_default_domain()


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_command_has_help(
    path: str, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    assert run([*path.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"ledger {path}" in shown
    assert ("Exemples" if language == "fr" else "Examples") in shown


@pytest.mark.parametrize("path", ALL)
def test_every_example_uses_options_that_exist(path: str) -> None:
    known = {name for item in ALL[path].params for name in (*item.opts, *item.secondary_opts)}
    whole = "\n".join(ALL[path].examples).replace("\\\n", " ")
    seen = 0
    for line in whole.splitlines():
        words = shlex.split(line, comments=True)
        if f" {path}" in line and "ledger" in words:
            seen += 1
            assert {word for word in words if word.startswith("--")} <= known
    assert seen or path == "completion"


@pytest.mark.parametrize("path", ALL)
def test_a_command_that_writes_can_be_repeated_and_one_that_reads_can_not(path: str) -> None:
    word = path.rsplit(maxsplit=1)[-1]
    keyed = any(item.name == "key" for item in ALL[path].params)
    calculates = path.startswith("clock ") or path == "breach register"
    writes = (word not in READS | NOT_KEYED and not calculates) or path in {"agent roles", "keys export"}
    assert keyed is writes


@pytest.mark.parametrize("path", ALL)
def test_no_option_takes_a_personal_value(path: str) -> None:
    personal = {"name", "family_name", "given_name", "birth_date", "email", "phone", "address", "value", "note_text"}
    options = {item.name for item in ALL[path].params if isinstance(item, click.Option) and not item.is_flag}
    assert not options & personal


def words() -> Iterator[StrEnum]:
    for one in ALL.values():
        for item in one.params:
            if isinstance(item.type, Word):
                yield from item.type.members


def test_every_word_that_may_be_typed_is_explained() -> None:
    unexplained = {f"{type(word).__name__}.{word.name}" for word in words()} - set(LABELS)
    assert unexplained == set()


def test_labels_are_of_words_that_exist() -> None:
    for found in walk_packages(ledger.__path__, "ledger."):  # every closed list must be defined to be found
        import_module(found.name)
    kinds = {kind.__name__: kind for kind in _subclasses(StrEnum)}
    for key in LABELS:
        name, _, member = key.partition(".")
        assert member in kinds[name].__members__, key


def _subclasses(kind: type[StrEnum]) -> Iterator[type[StrEnum]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def test_a_word_is_read_whatever_its_case_and_hyphens() -> None:
    mode = Word("ledger.policies.vocabulary:Mode")
    assert {mode.convert(typed, None, None) for typed in ("act-for", "ACT_FOR", "Act_For")} == {mode.members[1]}
    assert spelled(mode.members[1]) == "act-for"
    assert label(mode.members[1]) == "au nom de la personne"
    with pytest.raises(click.BadParameter):
        mode.convert("both", None, None)


def test_words_are_completed_by_the_shell() -> None:
    mode = Word("ledger.policies.vocabulary:Mode")
    context = click.Context(program())
    assert [item.value for item in mode.shell_complete(context, program().params[0], "act")] == ["act-for"]
