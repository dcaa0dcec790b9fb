"""
Nothing about anybody leaks: every command is given values that stand nowhere else, and then everything is searched.

In success, and in every kind of failure: answers that can't be read, refusals, a key store that is gone, a database
that can't be written, a bug. No file of the ledger, no log, no error and no temporary file may hold such a value in any
disguise, and no answer may unless the command exists to show it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
import psycopg
import pytest

from ledger import limits
from ledger.commands._program import program
from ledger.rules.law import load_law
from ledger.sealing.openers import KeyringOpener
from ledger.store import engine
from ledger.store.streams import LedgerStreams
from tests.integration.commands.leaks_markers import PERSONAL, Search, disguises
from tests.integration.commands.leaks_places import (
    Places,
    Written,
    files_of,
    files_of_server,
    kept_open,
    log_everything,
    rows_of_files,
    rows_of_server,
)
from tests.integration.commands.leaks_story import (
    COVERED_ELSEWHERE,
    FACTS,
    Answer,
    Line,
    Story,
    Teller,
    again,
    leaves,
    one,
)
from tests.postgres import running

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = Search.for_people()
LEAST_CODE = 8
"""A shorter code of the catalogue is found by chance, or is a word of the program."""

MAY_SHOW = {
    "subject show": {
        "family name", "given name", "birth date", "phone", "mail", "address", "new phone", "new mail", "new address",
    },
    "mandate print": {"family name", "given name", "birth date", "agent"},
    "agent list": {"delegate", "second delegate", "agent", "officer", "leaver"},
    "agent show": {"delegate", "agent", "agent's login"},
    "house contacts": {"referent", "referent's phone", "referent's mail"},
    "access request": {"kept value"},
    "procedure disclose": {"kept value"},
    "breach register": {
        "account of the breach", "grounds of the breach", "reason of a decision", "remedy of the breach"
    },
    "breach form": {"account of the breach", "remedy of the breach"},
    "breach message": {"remedy of the breach"},
}  # fmt: skip
"""The commands that exist to show something about somebody, and what; no other command shows anything."""


def codes() -> dict[str, tuple[str, ...]]:
    """Give every code that would tell what a case is about: procedures, acts, fields, partners, outcomes."""
    law = load_law()
    found = {*law.catalogue.vocabulary, *law.partners.files}
    for entry in law.catalogue.all_versions():
        found |= {entry.code, *entry.recipients, *(act.code for act in entry.acts)}
        found |= {request.code for request in entry.data_requests}
    found |= {"formality-done", "withdrawn-by-person", "judicial-requisition"}
    known: dict[str, tuple[str, ...]] = {code: (code,) for code in found if len(code) >= LEAST_CODE}
    return known | FACTS


@dataclass
class Told:
    """The story once it is told, on SQLite, with the files as they stood before and after the destruction."""

    home: Path
    story: Story
    answers: list[Answer]
    written: Written
    temporary: Path
    before: Places
    after: Places

    @property
    def lines(self) -> list[Line]:
        """One line for each command, the last that was given."""
        return list({line.path: line for line in self.story.lines}.values())


class WatchedStory(Story):
    """The story, which looks at the files of the ledger before anything is destroyed."""

    before: Places

    def _destruction(self, procedure: str, house: str) -> None:
        self.before = {**files_of(self.teller.home), **rows_of_files(self.teller.home)}
        super()._destruction(procedure, house)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once; whoever breaks something does it to a copy."""
    folder, patched = tmp_path_factory.mktemp("leaks"), pytest.MonkeyPatch()
    temporary = folder / "temporary"
    temporary.mkdir()
    patched.setenv("TMPDIR", str(temporary))
    patched.setattr(tempfile, "tempdir", None)
    teller, written = Teller(folder / "ledger"), Written()
    teller.home.mkdir(mode=0o700)
    story = WatchedStory(teller, folder / "outside")
    with written.noted():
        story.tell()
    after = {**files_of(teller.home), **rows_of_files(teller.home)}
    patched.undo()
    return Told(teller.home, story, teller.answers, written, temporary, story.before, after)


@pytest.fixture
def copy(told: Told, tmp_path: Path) -> Teller:
    """Give a copy of the ledger of the story, to be broken."""
    shutil.copytree(told.home, tmp_path / "ledger")
    return Teller(tmp_path / "ledger")


def searched(places: Mapping[str, bytes], search: Search = PEOPLE) -> dict[str, set[str]]:
    """Give what was found, by place; nothing is left of the places where nothing was."""
    return {name: found for name, content in places.items() if (found := search.found(content))}


def shown(answers: list[Answer]) -> dict[str, set[str]]:
    """Give what answers show beyond what their lines may show, by command."""
    found: dict[str, set[str]] = {}
    for answer in answers:
        beyond = {name for name in PEOPLE.found(answer.out) if not _allowed(name, answer.line.shows)}
        beyond |= PEOPLE.found(answer.err)
        if beyond:
            found.setdefault(answer.line.path, set()).update(beyond)
    return found


def _allowed(name: str, shows: frozenset[str]) -> bool:
    """Say whether a value may be shown: as itself, or as a word of one that may."""
    return name in shows or any(name in value for each in shows for value in PERSONAL.get(each, ()))


def errors_of(answers: list[Answer]) -> Places:
    """
    Give all that the exceptions of failed lines say: their words, their details and their tracebacks.

    Click's own are left out: they name what was typed, end as usage errors, and are never logged.
    """
    return {
        f"{answer.line.path}: {type(error).__name__}": "\n".join(
            [str(error), repr(error), repr(error.args), *traceback.format_exception(error)]
        ).encode()
        for answer in answers
        for error in answer.failures
        if not isinstance(error, click.ClickException)
    }


def nothing_leaked(teller: Teller, *, errors: bool = True) -> None:
    """Search all that a broken ledger said, logged and stored; unless a bug said it, exceptions too."""
    assert shown(teller.answers) == {}
    assert searched(files_of(teller.home)) == {}
    if errors:
        assert searched(errors_of(teller.answers)) == {}


# The controls: a search that finds nothing proves something only if it finds what is there.


@pytest.mark.parametrize("name", PERSONAL)
def test_a_value_is_found_in_every_disguise(name: str) -> None:
    search = Search({name: PERSONAL[name]})
    hidden = [
        disguise
        for value in PERSONAL[name]
        for disguise, content in disguises(value)
        if not search.found(b"\x00\xff\n" + content + b"\x00before and after")
    ]
    assert hidden == []
    assert search.found(os.urandom(10_000)) == set()


def test_every_value_was_given_and_is_found_in_what_was_given(told: Told) -> None:
    given = b"".join(line.input for line in told.story.lines)
    assert PEOPLE.found(given) >= set(PERSONAL)


def test_what_is_shown_is_found_in_the_pages_that_show_it(told: Told) -> None:
    for path, names in MAY_SHOW.items():
        page = b"".join(answer.out for answer in told.answers if answer.line.path == path)
        assert PEOPLE.found(page) >= names, path


def test_a_value_that_is_put_in_a_file_is_found_there(told: Told, copy: Teller) -> None:
    with (copy.home / "events.sqlite3").open("ab") as file:
        file.write(one("kept value").encode("utf-16-le"))
    (copy.home / f"{one('family name')}.txt").touch()
    found = searched(files_of(copy.home))
    assert found["events.sqlite3"] == {"kept value"}
    assert "family name" in found["(names)"]


# The story itself.


def test_the_story_gives_every_command(told: Told) -> None:
    assert leaves() - {line.path for line in told.story.lines} == set()
    nouns = {name for _, chapter in program().chapters for name, _ in chapter}
    assert set(COVERED_ELSEWHERE) <= nouns
    assert all(COVERED_ELSEWHERE.values())


def test_only_the_commands_on_the_list_show_anything_about_anybody(told: Told) -> None:
    assert shown(told.answers) == {}
    granted: dict[str, set[str]] = {}
    for line in told.story.lines:
        granted.setdefault(line.path, set()).update(line.shows & set(PERSONAL))
    assert {path: names for path, names in granted.items() if names} == MAY_SHOW


def test_no_file_of_the_ledger_holds_anything_about_anybody(told: Told) -> None:
    assert {"events.sqlite3", "views.sqlite3", "keys/keys.sqlite3", "ledger.toml"} <= set(told.before)
    assert searched(told.before) == {}
    assert searched(told.after) == {}


def test_no_file_of_the_ledger_tells_what_a_case_is_about(told: Told) -> None:
    search = Search(codes(), respelled=False)
    assert searched(told.before, search) == {}
    assert searched(told.after, search) == {}
    pages = b"".join(answer.out for answer in told.answers)
    assert {"CNAF05-situation", "CNAF05-situation:update"} <= search.found(pages), "the control: pages do tell it"


def test_write_ahead_logs_are_searched_as_well(told: Told, copy: Teller) -> None:
    with kept_open(copy.home):
        for path in ("subject register", "subject contact", "procedure open", "house contact", "receive"):
            copy.give(_of(told, path))
        found = files_of(copy.home)
    assert [answer.code for answer in copy.answers].count(0) > 3
    assert {"events.sqlite3-wal", "events.sqlite3-shm", "keys/keys.sqlite3-wal"} <= set(found)
    assert len(found["events.sqlite3-wal"]) > 0
    assert searched(found) == {}
    assert searched(found, Search(codes(), respelled=False)) == {}


def test_nothing_is_written_outside_the_ledger_but_what_was_asked_for(told: Told) -> None:
    places = {str(told.home), str(told.story.outside)}
    strange = {path for path in told.written.paths if not any(path.startswith(f"{place}/") for place in places)}
    assert strange - {"/dev/null"} == set()
    assert any(path.endswith(".pdf") for path in told.written.paths), "the control: what is written is noted"
    assert list(told.temporary.iterdir()) == []
    assert told.written.programs == []


@pytest.mark.parametrize("form", ["", "--csv"])
def test_tables_and_spreadsheets_show_no_more_than_json(told: Told, copy: Teller, form: str) -> None:
    reading = ("list", "show", "find", "plan", "status", "trail", "counts", "audit", "request", "doctor")
    for line in told.lines:
        if any(word in line.words for word in reading):
            copy.give(again(line, form=(form,) if form else ()))
    assert len(copy.answers) > 15
    assert shown(copy.answers) == {}


# Everything that can go wrong.


def _of(told: Told, path: str, **changes: Any) -> Line:
    return again(next(line for line in told.lines if line.path == path), **changes)


def _malformed(line: Line) -> bytes:
    return line.input[:-1] + b', "note": ' + one("note of the opening").encode()


def _strange_keys(line: Line) -> bytes:
    return json.dumps({**(line.answers or {}), one("family name"): 1, one("kept value"): 2}).encode()


def _doubled_keys(line: Line) -> bytes:
    return line.input[:-1] + b", " + line.input[1:]


def _oversized(line: Line) -> bytes:
    return json.dumps({**(line.answers or {}), "note": one("family name") * limits.INPUT_BYTES}).encode()


def _too_long(line: Line) -> bytes:
    return json.dumps({name: f"{value} " * 600 for name, value in (line.answers or {}).items()}).encode()


def _of_another_type(line: Line) -> bytes:
    return json.dumps({name: [{str(value): value}] for name, value in (line.answers or {}).items()}).encode()


def _not_utf8(line: Line) -> bytes:
    return b"\xff\xfe" + line.input.decode().encode("utf-16-le")


@pytest.mark.parametrize(
    "spoil", [_malformed, _strange_keys, _doubled_keys, _oversized, _too_long, _of_another_type, _not_utf8]
)
def test_answers_that_can_not_be_read_are_told_without_being_repeated(
    told: Told, copy: Teller, spoil: Callable[[Line], bytes]
) -> None:
    before = rows_of_files(copy.home)
    asking = [line for line in told.lines if line.answers is not None and line.path != "init"]
    assert len(asking) > 12
    for line in asking:
        assert copy.give(again(line, stdin=spoil(line))).code == 2, line.path
    assert rows_of_files(copy.home)["events.sqlite3: events"] == before["events.sqlite3: events"]
    nothing_leaked(copy)


NAMING_FILES = {"catalogue check", "mandate print"}
"""These repeat the path that they were given, and `mandate print` makes it."""
MAKING_FILES = {"witness init", "proof request-cosignature", "proof receipt", "proof pack", "proof show"}
"""These make whatever file or folder they are told to."""
TYPED_BY_MISTAKE = (one("family name"), "Xylophemarque", "0698715432", one("note of the opening"))


@pytest.mark.parametrize("typed", TYPED_BY_MISTAKE)
def test_what_is_typed_in_the_wrong_place_is_told_without_being_repeated(told: Told, copy: Teller, typed: str) -> None:
    for line in told.lines:
        first = len(line.path.split())
        copy.give(again(line, words=(*line.words, typed)))
        copy.give(again(line, words=(*line.words[: first - 1], typed)))
        takes_any = line.path in {"catalogue show", "mandate print", "backup", *MAKING_FILES}
        for place in range(first, len(line.words)):
            if not line.words[place].startswith("--") and not takes_any:
                copy.give(again(line, words=(*line.words[:place], typed, *line.words[place + 1 :])))
        copy.give(again(line, words=(*line.words, f"--{typed}")))
    nothing_leaked(copy)


def test_refusals_repeat_nothing(told: Told, copy: Teller) -> None:
    answers = {"name": "Nadia Nulle-Part", "account": "nadia"}
    enrolled = copy.give(Line(("agent", "enrol", "--role", "job"), answers))
    assert enrolled.code == 0, enrolled.err
    codes_given = {line.path: copy.give(again(line, who="nadia", shows=frozenset())).code for line in told.lines}
    refused = {path for path, code in codes_given.items() if code == 3}
    unasked = {path for path, code in codes_given.items() if code == 0 and not path.startswith("clock ")}
    assert len(refused) > 40
    assert unasked <= {
        "agent show", "house list", "house show", "catalogue check", "catalogue show", "doctor", "projection status",
        "projection rebuild", "retention plan", "retention run", "retention explain",
        "authority list", "mandate revoke", "loss declare", "breach declare", "breach severity",
        "breach calendar", "breach remind", "keys status", "keys holders", "proof checkpoint", "proof origins",
        "proof log-key", "proof policy",
        "proof verify", "proof checkpoints", "proof show",
        "proof check", "proof request-cosignature", "proof attach-cosignature", "proof timestamp", "witness trust",
        "witness cosign", "witness show",
    }, "what anybody may do, a job, or whoever is told that a mandate is withdrawn"  # fmt: skip
    nothing_leaked(copy)


def test_without_its_keys_a_ledger_says_nothing_about_anybody(told: Told, copy: Teller) -> None:
    (copy.home / "keys").rename(copy.home.parent / "keys-elsewhere")
    given = {line.path: copy.give(again(line, shows=frozenset())).code for line in told.lines}
    without = {path for path in given if path.startswith("clock ")}
    without |= {"catalogue check", "init", "projection status", "projection rebuild", "mandate print", "slip extract"}
    without |= {"backup", "breach severity"}  # a folder that is there already; a calculator
    without.add("proof origins")  # nothing was signed, for all it knows
    without.add("proof verify")  # what was signed is kept with the keys, and gone: that is told, with code 7
    without.add("proof check")  # it takes the keys that the ledger published, and here there are none
    without |= {"proof request-cosignature", "proof attach-cosignature", "proof policy", "proof timestamp"}
    without |= {path for path in given if path.startswith("witness ")}  # they need no ledger
    assert {path: code for path, code in given.items() if code not in {8, 9} and path not in without} == {}
    nothing_leaked(copy)


def test_a_database_that_can_not_be_written_shows_nothing(
    told: Told, copy: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_SQLITE_PRAGMAS", (*engine._SQLITE_PRAGMAS, "PRAGMA query_only = ON"))
    given = {line.path: copy.give(again(line, shows=frozenset())).code for line in told.lines}
    assert list(given.values()).count(9) > 40
    nothing_leaked(copy)


def _fails(*arguments: object, **more: object) -> NoReturn:
    """Raise what a bug or a library might, with everything in its message, and a cause that says it again."""
    everything = {name: values[0] for name, values in PERSONAL.items()}
    raise RuntimeError(json.dumps(everything), everything) from ValueError(f"invalid literal: {everything!r}")


def test_a_bug_is_told_and_logged_without_what_it_says(
    told: Told, copy: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LedgerStreams, "commit", _fails)
    monkeypatch.setattr(KeyringOpener, "open_many", _fails)
    unexpected = [copy.give(again(line, shows=frozenset())).code for line in told.lines].count(1)
    assert unexpected > 40
    assert PEOPLE.found(b"".join(errors_of(copy.answers).values())) >= set(PERSONAL), "the control: the bug says it all"
    nothing_leaked(copy, errors=False)
    log = (copy.home / "log" / "ledger.jsonl").read_text().splitlines()
    assert len([line for line in log if json.loads(line)["code"] == "UNEXPECTED"]) == unexpected


def test_a_driver_that_fails_is_told_and_logged_without_what_it_says(
    told: Told, copy: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(rows: object, head: object, batch: object) -> NoReturn:
        import sqlite3

        raise sqlite3.OperationalError(f"near {one('family name')}: syntax error in {one('kept value')}")

    monkeypatch.setattr("ledger.store.streams.append", fail)
    assert [copy.give(again(line, shows=frozenset())).code for line in told.lines].count(8) > 40
    nothing_leaked(copy, errors=False)
    assert (copy.home / "log" / "ledger.jsonl").exists()


def test_processes_of_their_own_leak_nothing_either(told: Told, copy: Teller, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONTRACEMALLOC": "0"}
    for path, code in (("subject show", 0), ("subject register", 5), ("procedure collect", 3)):
        line = _of(told, path)
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *line.typed(copy.home)],
            input=line.input, capture_output=True, check=False, env=environment, cwd=temporary,
        )  # fmt: skip
        copy.answers.append(Answer(line, done.returncode, done.stdout, done.stderr))
        assert done.returncode == code, done.stderr
    nothing_leaked(copy)
    assert list(temporary.iterdir()) == []


# The same on a server.


def test_a_server_is_given_nothing_about_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(fsync=False) as server, server.fresh_database() as url:
        log_everything(server)
        monkeypatch.setenv("LEDGER_DATABASE_URL", url)
        teller = Teller(tmp_path / "ledger")
        story = Story(teller, tmp_path / "outside")
        story.tell()
        _fail_on_the_server(teller, story, url)
        tables, files = rows_of_server(url), files_of_server(server)
    assert shown(teller.answers) == {}
    assert searched(files_of(teller.home)) == {}
    assert any(name.endswith(".boxes") for name in tables)
    assert searched(tables) == {}
    assert searched(tables, Search(codes(), respelled=False)) == {}
    log = files.pop("log")
    assert b"INSERT INTO boxes" in log, "the control: the server noted every statement"
    assert PEOPLE.found(log) == set()
    assert {name for name, content in files.items() if PEOPLE.found_plainly(content)} == set()


def _fail_on_the_server(teller: Teller, story: Story, url: str) -> None:
    """Give every line that says something about somebody again, while the database can't be written."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        lines = {line.path: line for line in story.lines if line.answers and line.path != "init"}.values()
        refused = [teller.give(again(line, shows=frozenset())).code for line in lines].count(9)
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert refused == len(lines) > 12
