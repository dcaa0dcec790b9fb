"""
Bad luck that takes real processes: repeats, races, keys and databases gone or broken, a full disk, a held lock.

Each command runs in a process of its own. Whatever happens ends with the documented exit code and leaves nothing half
done: positions without a gap, and a root that a reading of every byte gives again.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.bootstrap import Ledger, open_ledger
from ledger.store.verification import check_log
from tests.integration.commands.apart import ROOT, Ended, How, Parent, parent
from tests.integration.commands.leaks_story import Answer, Line, Story, Teller

FILE = "FTI02-carte-grise:file"
ENTRY = "FTI02-carte-grise"
ALINE = {"family_name": "Exemple", "given_name": "Aline", "birth_date": "31/12/1980"}
BERTHE = {"family_name": "Exemple", "given_name": "Berthe", "birth_date": "30/11/1970"}
VISIT = {
    **BERTHE, "procedure": ENTRY, "present": True, "mode": "act-for", "identity": "passport", "informed": True,
    "signed": True,
}  # fmt: skip
READINGS = {"reading.recorded.1", "reading.refused.1"}
BOTH_WAIT_SECONDS = 0.6
"""How long two processes are given to come to the lock; should one be slower, it is merely told later."""


@dataclass(frozen=True)
class Office:
    """A sandbox in which two agents of one house receive people, with a person, a procedure and a live mandate."""

    home: Path
    house: str = ""
    subject: str = ""
    procedure: str = ""
    mandate: str = ""

    def typed(self, *words: str, who: str = "bob", key: str = "") -> list[str]:
        """Give a whole command line."""
        acting = ["--as", who] if who else []
        return ["--ledger", str(self.home), *acting, *words, *(["--key", key] if key else []), "--json"]

    def moved(self, folder: Path) -> Office:
        """Give a copy of this ledger in another folder."""
        shutil.copytree(self.home, folder)
        return replace(self, home=folder)


def established(home: Path) -> Office:
    """Make the sandbox."""
    teller = Teller(home)

    def ok(*words: str, answers: Mapping[str, Any] | None = None, who: str = "bob") -> dict[str, Any]:
        answer = teller.give(Line(words, answers, who))
        assert answer.code == 0, (words, answer.err.decode())
        return answer.row

    ok("init", "--sandbox", answers={"name": "Chloé Modèle"}, who="")
    house = ok("house", "register", "loiron", who="")["house"]
    for name, account in (("Bob Fictif", "bob"), ("Eve Factice", "eve")):
        enrol = ("agent", "enrol", "--role", "agent", "--house", house)
        agent = ok(*enrol, answers={"name": name, "account": account}, who="")["agent"]
        ok("agent", "undertake", agent, who="")
        ok("agent", "train", agent, "interieur", "--until", "31/12/2099", who="")
    subject = ok("subject", "register", answers=ALINE)["subject"]
    opening = ("procedure", "open", "--subject", subject, "--mode", "act-for")
    procedure = ok(*opening, answers={"entry": ENTRY})["procedure"]
    mandate = ok("mandate", "draft", "--person", subject, "--act", FILE, "--days", "31")["mandate"]
    ok("mandate", "verify-identity", mandate, "--person", subject, "--method", "passport")
    ok("mandate", "inform", mandate, "--all")
    ok("mandate", "sign", mandate, "--everybody")
    ok("mandate", "originals", mandate, "--count", "2")
    ok("procedure", "attach", procedure, "--mandate", mandate)
    return Office(home, house, subject, procedure, mandate)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    """Give what runs commands in processes of their own."""
    with parent(tmp_path_factory.mktemp("processes")) as made:
        yield made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give the sandbox that every test has a copy of."""
    return established(tmp_path_factory.mktemp("office") / "ledger")


@pytest.fixture
def office(kept: Office, tmp_path: Path) -> Office:
    """Give a sandbox of one's own, on SQLite."""
    return kept.moved(tmp_path / "ledger")


@pytest.fixture
def anywhere(
    backend: str, kept: Office, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Office, How]:
    """Give a sandbox of one's own on each database, and how processes reach it."""
    if backend == "sqlite":
        return kept.moved(tmp_path / "ledger"), How()
    url: str = request.getfixturevalue("postgres_url")
    monkeypatch.setenv("LEDGER_DATABASE_URL", url)
    return established(tmp_path / "ledger"), How(environment={"LEDGER_DATABASE_URL": url})


@contextmanager
def opened(office: Office) -> Iterator[Ledger]:
    """Open the ledger of a sandbox in this process."""
    ledger = open_ledger(office.home)
    try:
        yield ledger
    finally:
        ledger.close()


def topics(office: Office) -> list[str]:
    """Give the topics of the log, once every byte of it has been read again; the records of readings are left out."""
    with opened(office) as ledger:
        check = check_log(ledger.database)
        assert check.whole, check.breaks
        assert check.root == ledger.log.head().root()
        logged = list(ledger.log.each())
    assert [each.position for each in logged] == list(range(1, check.size + 1))
    return [each.header.topic for each in logged if each.header.topic not in READINGS]


# The same command twice.


class Repeating(Teller):
    """Gives every command that writes a key, and sends it again from another process; then the key with other input."""

    def __init__(self, home: Path, run: Parent) -> None:
        super().__init__(home)
        self._run = run
        self.repeated: dict[str, tuple[Answer, Ended, Ended]] = {}

    def give(self, line: Line) -> Answer:
        """Give a line; the first of each command that writes is repeated."""
        if line.path in self.repeated or not _writes(line):
            return super().give(line)
        keyed = replace(line, words=(*line.words, "--key", str(uuid4())))
        first = super().give(keyed)
        again = self._sent(keyed)
        other = self._sent(_changed(keyed))
        self.repeated[line.path] = first, again, other
        return first

    def _sent(self, line: Line) -> Ended:
        size = _size(self.home)
        ended = self._run.run(line.typed(self.home), given=line.input)
        assert _new_topics(self.home, size) <= READINGS, line.words
        return ended


def _writes(line: Line) -> bool:
    from tests.unit.commands.test_every_command import ALL

    return any(item.name == "key" for item in ALL[line.path].params)


def _changed(line: Line) -> Line:
    """Give the same command with something else asked."""
    if line.path in CHANGED:
        return replace(line, words=tuple(word for word in line.words if word != "--vacuum") + CHANGED[line.path])
    if line.answers:
        name = next(iter(line.answers))
        changed = [*line.answers[name], "x"] if isinstance(line.answers[name], list) else f"{line.answers[name]} bis"
        return replace(line, answers={**line.answers, name: changed})
    return replace(line, words=(*line.words, "--effective-at", "01/01/2026 09:00"))


def _size(home: Path) -> int:
    with closing(sqlite3.connect(home / "events.sqlite3")) as database:
        return int(database.execute("SELECT size FROM log_head").fetchone()[0])


def _new_topics(home: Path, after: int) -> set[str]:
    with closing(sqlite3.connect(home / "events.sqlite3")) as database:
        return {topic for (topic,) in database.execute("SELECT topic FROM events WHERE position > ?", (after,))}


CHANGED = {
    "agent roles": ("--role", "manager"), "access request": ("--informed",), "retention run": (), "keys rotate": (),
    "keys settle": (), "hold review": ("--next", "01/06/2038"), "hold release": (),
    "keys export": ("--holder", "autre"), "keys retire": ("--reason", "autre"), "loss declare": ("--count", "3"),
    "slip draft": (), "slip submit": (), "slip visa": ("--reference", "X"), "slip hand-over": ("--receipt", "X"),
    "proof rotate-key": ("--lost",), "proof new-origin": (),
    "breach describe": ("--nature", "integrity"), "breach processor": ("--aware-since", "01/01/2026 09:00"),
    "breach inform": ("--by", "mail"), "breach open-line": ("--about", "X"), "breach link": ("--tie", "follows"),
    "erasure confirm": (), "subject erase": ("--received", "01/01/2026 09:00"),
}  # fmt: skip
"""What to add to commands that take no date, so that they ask something else."""
ALWAYS_THE_SAME = {
    "procedure attach", "procedure reopen", "subject merge", "keys rotate", "keys settle", "hold release",
    "erasure confirm", "slip draft", "slip submit", "proof new-origin",
}  # fmt: skip
"""Commands of which only references could be changed, or nothing."""


def test_every_command_that_writes_happens_once_however_often_it_is_sent(run: Parent, tmp_path: Path) -> None:
    teller = Repeating(tmp_path / "ledger", run)
    Story(teller, tmp_path / "outside").tell()
    assert len(teller.repeated) > 40
    not_repeated = {path: again.err for path, (first, again, _) in teller.repeated.items() if not _same(first, again)}
    assert not_repeated == {}
    taken = {path: other.err for path, (_, _, other) in teller.repeated.items() if not _told_of_another(other)}
    assert {path: err for path, err in taken.items() if path not in ALWAYS_THE_SAME} == {}
    assert topics(Office(tmp_path / "ledger"))


def _same(first: Answer, again: Ended) -> bool:
    """Say whether the second answer is the first, but for saying that it is repeated."""
    if again.code:
        return False
    told = first.row["repeated"], again.row["repeated"]
    return told == (False, True) and _reference(first.row) == _reference(again.row)


def _told_of_another(other: Ended) -> bool:
    return other.code == 5 and other.error == "COMMAND_ID_REUSED"


def _reference(row: Mapping[str, Any]) -> Any:
    """Give what the first column of an answer refers to."""
    return next(iter(row.values()))


def test_one_command_sent_twice_at_once_happens_once(run: Parent, anywhere: tuple[Office, How]) -> None:
    office, how = anywhere
    before = topics(office)
    line = office.typed("subject", "register", "--from", "-", key=str(uuid4()))
    both = _at_once(run, office, how, [(line, BERTHE), (line, BERTHE)])
    assert [each.code for each in both] == [0, 0], [each.err for each in both]
    assert both[0].row["subject"] == both[1].row["subject"]
    assert sorted(each.row["repeated"] for each in both) == [False, True]
    assert topics(office)[len(before) :] == ["subject.registered.1"]


# Two at once.


def _at_once(
    run: Parent, office: Office, how: How, lines: list[tuple[list[str], Mapping[str, Any] | None]]
) -> list[Ended]:
    """Start commands while the write lock is held, let them come to it, then let them go."""
    with opened(office) as ledger, ledger.database.writing():
        processes = [run.start(typed, given=json.dumps(answers or {}).encode(), how=how) for typed, answers in lines]
        time.sleep(BOTH_WAIT_SECONDS)
    return [process.wait() for process in processes]


def test_two_agents_end_one_mandate_and_one_of_them_is_told(run: Parent, anywhere: tuple[Office, How]) -> None:
    office, how = anywhere
    line = ("mandate", "revoke", office.mandate)
    both = _at_once(run, office, how, [(office.typed(*line, who="bob"), None), (office.typed(*line, who="eve"), None)])
    assert sorted(each.code for each in both) in ([0, 5], [0, 3]), [each.err for each in both]
    told = next(each for each in both if each.code)
    assert told.error in {"STREAM_MOVED_ON", "MANDATE_ALREADY_ENDED"}
    assert topics(office).count("mandate.revoked.1") == 1


def test_no_grant_follows_the_revocation_that_it_races(run: Parent, anywhere: tuple[Office, How]) -> None:
    office, how = anywhere
    look = ("access", "request", office.procedure, "--place", "portal", "--mode", "act-for", "--absent", "--act", FILE)
    asking, ending = office.typed(*look), office.typed("mandate", "revoke", office.mandate, who="eve")
    asked, ended = _at_once(run, office, how, [(asking, None), (ending, None)])
    assert (asked.code, ended.code) in {(0, 0), (5, 0), (3, 0)}, (asked.err, ended.err)
    log = topics(office)
    assert log.count("mandate.revoked.1") == 1
    if asked.code == 0:
        assert log.index("access.granted.1") < log.index("mandate.revoked.1")


def test_an_act_is_done_once_by_two_agents_who_do_it_at_once(run: Parent, anywhere: tuple[Office, How]) -> None:
    office, how = anywhere
    act = ("procedure", "act", office.procedure, "--mode", "act-for", "--absent", "--act", FILE)
    both = _at_once(run, office, how, [(office.typed(*act, who="bob"), None), (office.typed(*act, who="eve"), None)])
    assert sorted(each.code for each in both) in ([0, 5], [0, 3]), [each.err for each in both]
    assert topics(office).count("mandate.act-done.1") == 1


# A reception of which one answer is wrong.


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"identity": "library-card"}, "ANSWER_INVALID"),
        ({"signed": "perhaps"}, "ANSWER_INVALID"),
        ({"informed": None}, "ANSWER_MISSING"),
        ({"present": 7}, "ANSWER_INVALID"),
        ({"mode": "both"}, "ANSWER_INVALID"),
        ({"procedure": "xyzzy"}, "WORDS_UNKNOWN"),
        ({"birth_date": "30/02/1970"}, "VALUE_MALFORMED"),
    ],
)
def test_a_reception_with_a_wrong_answer_records_nothing_at_all(
    wrong: dict[str, Any], error: str, run: Parent, office: Office
) -> None:
    before = topics(office)
    ended = run.run(office.typed("receive", "--from", "-"), given=json.dumps({**VISIT, **wrong}).encode())
    assert (ended.code, ended.error) == (4 if error == "WORDS_UNKNOWN" else 2, error), ended.err
    assert topics(office) == before


# What is gone, broken or somebody else's.


def _another(office: Office, folder: Path) -> Path:
    """Make another ledger."""
    teller = Teller(folder)
    assert teller.give(Line(("init", "--sandbox"), {"name": "Dominique Décideur"})).code == 0
    return folder


def _remove(name: str) -> Callable[[Office, Path], None]:
    def break_it(office: Office, tmp_path: Path) -> None:
        target = office.home / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    return break_it


def _write(name: str, content: bytes) -> Callable[[Office, Path], None]:
    def break_it(office: Office, tmp_path: Path) -> None:
        (office.home / name).write_bytes(content)

    return break_it


def _cut(name: str) -> Callable[[Office, Path], None]:
    def break_it(office: Office, tmp_path: Path) -> None:
        file = office.home / name
        os.truncate(file, file.stat().st_size // 2)

    return break_it


def _exchange(name: str) -> Callable[[Office, Path], None]:
    def break_it(office: Office, tmp_path: Path) -> None:
        shutil.copyfile(_another(office, tmp_path / "another") / name, office.home / name)

    return break_it


def _mode(name: str, mode: int) -> Callable[[Office, Path], None]:
    return lambda office, tmp_path: (office.home / name).chmod(mode)


BROKEN = {
    "no settings": (_remove("ledger.toml"), 4, "LEDGER_ABSENT"),
    "settings that are no TOML": (_write("ledger.toml", b"profile = "), 9, "SETTINGS_INVALID"),
    "no database": (_remove("events.sqlite3"), 9, "STORE_MISSING"),
    "an empty database": (_write("events.sqlite3", b""), 9, "STORE_MISSING"),
    "a database that is none": (_write("events.sqlite3", b"Rapport d'activite\n" * 500), 7, "STORE_CORRUPT"),
    "half a database": (_cut("events.sqlite3"), 7, "STORE_CORRUPT"),
    "the database of another ledger": (_exchange("events.sqlite3"), 9, "FOREIGN_STORE"),
    "no folder of keys": (_remove("keys"), 8, "KEY_STORE_UNAVAILABLE"),
    "no keys": (_remove("keys/keys.sqlite3"), 8, "KEY_STORE_UNAVAILABLE"),
    "keys that are none": (_write("keys/keys.sqlite3", b"Rapport d'activite\n" * 500), 7, "KEY_STORE_DAMAGED"),
    "the keys of another ledger": (_exchange("keys/keys.sqlite3"), 9, "FOREIGN_KEY_STORE"),
    "no root key": (_remove("keys/root-1.key"), 8, "ROOT_KEY_ABSENT"),
    "a root key that is none": (_write("keys/root-1.key", b"0" * 83), 7, "ROOT_KEY_MALFORMED"),
    "the root key of another ledger": (_exchange("keys/root-1.key"), 7, "KEY_STORE_TAMPERED"),
    "a root key that others can read": (_mode("keys/root-1.key", 0o640), 9, "ROOT_KEY_EXPOSED"),
    "a folder of keys that others can enter": (_mode("keys", 0o750), 9, "ROOT_KEY_EXPOSED"),
}
"""What is broken, the exit code that it ends with, and the error."""


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_told_with_its_own_code_and_nothing_is_written(
    what: str, run: Parent, office: Office, tmp_path: Path
) -> None:
    break_it, code, error = BROKEN[what]
    safe = office.moved(tmp_path / "safe")
    break_it(office, tmp_path)
    broken = _contents(office.home)
    for line, answers in (
        (("subject", "register", "--from", "-"), BERTHE),
        (("receive", "--from", "-"), VISIT),
        (("procedure", "resolve", office.procedure, "formality-done"), None),
        (("mandate", "show", office.mandate), None),
    ):
        ended = run.run(office.typed(*line), given=json.dumps(answers).encode())
        assert (ended.code, ended.error) == (code, error), (line, ended.err)
        assert ended.out == b""
        assert b"Traceback" not in ended.err
    assert _contents(office.home) == broken
    for name in ("events.sqlite3", "keys", "ledger.toml"):
        _put_back(safe.home / name, office.home / name)
    before = len(topics(safe))
    assert run.run(office.typed("subject", "register", "--from", "-"), given=json.dumps(BERTHE).encode()).code == 0
    assert topics(office)[before:] == ["subject.registered.1"]


@pytest.mark.parametrize("line", [("procedure", "list"), ("doctor",), ("receive", "--from", "-")])
def test_an_account_that_may_not_enter_the_folder_is_told_so_and_what_to_do(
    office: Office, line: tuple[str, ...]
) -> None:
    office.home.chmod(0)
    try:
        ended = subprocess.run(
            [sys.executable, "cli.py", "--ledger", str(office.home), *line], cwd=ROOT, input=b"{}", check=False,
            capture_output=True, preexec_fn=_without_a_roots_rights, env={"LANGUAGE": "fr", "PATH": os.defpath},
        )  # fmt: skip
    finally:
        office.home.chmod(0o700)
    told = (ended.stdout + ended.stderr).decode()
    assert ended.returncode == 9, told
    assert "sudo" in told
    assert "Traceback" not in told


def _without_a_roots_rights() -> None:
    """Give up what lets root enter any folder (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH), for what is run next."""
    drop_from_bounding_set = 24
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)


def _contents(home: Path) -> dict[str, bytes]:
    """Give the bytes of the databases and of the keys."""
    wanted = [home / "events.sqlite3", *home.glob("keys/*"), home / "ledger.toml"]
    return {path.name: path.read_bytes() for path in wanted if path.is_file()}


def _put_back(safe: Path, place: Path) -> None:
    for ending in ("-wal", "-shm"):
        place.with_name(place.name + ending).unlink(missing_ok=True)
    if place.is_dir():
        shutil.rmtree(place)
    if safe.is_dir():
        shutil.copytree(safe, place)
    else:
        shutil.copyfile(safe, place)
        place.chmod(0o600)


@pytest.mark.parametrize(
    ("ruined", "codes"),
    [
        (_remove("views.sqlite3"), [0]),
        (_write("views.sqlite3", b""), [0]),
        (_write("views.sqlite3", b"Rapport d'activite\n" * 500), [9, 0]),
        (_cut("views.sqlite3"), [9, 0]),
    ],
)
def test_lists_that_are_ruined_are_made_again(
    ruined: Callable[[Office, Path], None], codes: list[int], run: Parent, office: Office, tmp_path: Path
) -> None:
    listed = run.run(office.typed("mandate", "list"))
    assert listed.code == 0
    ruined(office, tmp_path)
    *told, again = [_listed_after_advice(run, office) for _ in codes]
    assert [ended.code for ended in (*told, again)] == codes
    assert [ended.error for ended in told] == ["VIEWS_DAMAGED"] * len(told)
    assert again.row["mandate"] == office.mandate


def _listed_after_advice(run: Parent, office: Office) -> Ended:
    """List the mandates; where the file of the lists is damaged, do what one is advised to do: remove it."""
    ended = run.run(office.typed("mandate", "list"))
    if ended.code:
        for path in office.home.glob("views.sqlite3*"):
            path.unlink()
    return ended


def test_a_server_that_is_not_there_is_told(run: Parent, office: Office, tmp_path: Path) -> None:
    how = How(environment={"LEDGER_DATABASE_URL": f"postgresql://ledger@/ledger?host={tmp_path}"})
    ended = run.run(office.typed("mandate", "list"), how=how)
    assert (ended.code, ended.error) == (8, "STORE_UNREACHABLE")
    assert str(tmp_path).encode() not in ended.err


def test_a_key_server_that_is_not_there_is_told(run: Parent, office: Office, tmp_path: Path) -> None:
    how = How(environment={"LEDGER_KEYS_URL": f"postgresql://ledger@/ledger?host={tmp_path}"})
    ended = run.run(office.typed("mandate", "list"), how=how)
    assert (ended.code, ended.error) == (8, "KEY_STORE_UNAVAILABLE")


# A lock that is held for too long.


@pytest.mark.parametrize(
    ("name", "error"),
    [("events.sqlite3", "LEDGER_BUSY"), ("keys/keys.sqlite3", "KEY_STORE_BUSY")],
)
def test_a_database_held_by_another_process_is_told_as_busy(name: str, error: str, run: Parent, office: Office) -> None:
    before, impatient = topics(office), How(impatient=True)
    line = office.typed("subject", "register", "--from", "-", key=str(uuid4()))
    with closing(sqlite3.connect(office.home / name, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE" if name.startswith("keys") else "BEGIN IMMEDIATE")
        ended = run.run(line, given=json.dumps(BERTHE).encode(), how=impatient)
        other.execute("ROLLBACK")
    assert (ended.code, ended.error) == (8, error)
    assert topics(office) == before
    assert run.run(line, given=json.dumps(BERTHE).encode()).code == 0
    assert topics(office) == [*before, "subject.registered.1"]


def test_lists_held_by_another_process_are_told_as_busy(run: Parent, office: Office) -> None:
    listing = office.typed("mandate", "list")
    assert run.run(listing).code == 0
    with closing(sqlite3.connect(office.home / "views.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ended = run.run(listing, how=How(impatient=True))
        other.execute("ROLLBACK")
    assert (ended.code, ended.error) == (8, "VIEWS_UNAVAILABLE")
    assert run.run(listing).row["mandate"] == office.mandate


# A full disk.


def mounted(place: Path, size: int) -> bool:
    """Put a file system of its own at a place, if this account may; say whether it is there."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    line = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place)]
    return subprocess.run(line, check=False, capture_output=True).returncode == 0


@dataclass
class Disk:
    """A disk of its own with a sandbox on it; or, where none can be mounted, a limit on how large a file may grow."""

    office: Office
    place: Path
    is_mounted: bool
    room: int = 0

    def leave(self, room: int) -> How:
        """Fill the disk but for so many bytes, and say how processes must be started for it."""
        self.room = room
        if not self.is_mounted:
            return How(file_bytes=max(room, 1_024))  # what is told takes some room too
        status = os.statvfs(self.place)
        with (self.place / "filler").open("wb") as filler:
            filler.write(b"\0" * max(0, status.f_bavail * status.f_frsize - room))
        return How()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nobody write to the disk, for the length of a block."""
        if self.is_mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(self.place)], check=True)
        elif os.geteuid() == 0:
            pytest.skip("root writes anywhere, and no file system can be mounted here")
        else:
            self._let_write(False)
        try:
            yield
        finally:
            if self.is_mounted:
                subprocess.run(["mount", "-o", "remount,rw", str(self.place)], check=True)
            else:
                self._let_write(True)

    def _let_write(self, allowed: bool) -> None:
        for path in (self.office.home, *self.office.home.rglob("*")):
            path.chmod((0o700 if path.is_dir() else 0o600) if allowed else (0o500 if path.is_dir() else 0o400))

    def empty(self) -> None:
        """Make room again."""
        (self.place / "filler").unlink(missing_ok=True)


@pytest.fixture
def disk(kept: Office, tmp_path: Path) -> Iterator[Disk]:
    """Give a small disk with a sandbox on it."""
    place = tmp_path / "disk"
    place.mkdir()
    is_mounted = mounted(place, 4_000_000)
    try:
        yield Disk(kept.moved(place / "ledger"), place, is_mounted)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


ROOMS = (0, 4_096, 12_288, 24_576, 40_960, 65_536, 98_304, 147_456, 262_144)


def test_a_full_disk_is_told_and_leaves_nothing_half_done(run: Parent, disk: Disk) -> None:
    office, codes = disk.office, []
    for number, room in enumerate(ROOMS):
        before = topics(office)
        line = office.typed("subject", "register", "--from", "-", key=str(uuid4()))
        given = json.dumps({**BERTHE, "given_name": f"Berthe{'abcdefghijk'[number]}"}).encode()
        ended = run.run(line, given=given, how=disk.leave(room))
        codes.append(ended.code)
        disk.empty()
        after = topics(office)
        assert ended.code in {0, 8}, ended.err
        assert after == [*before, *(["subject.registered.1"] if after != before else [])]
        assert not (ended.code == 0 and after == before), "acknowledged, and not there"
        again = run.run(line, given=given)
        assert again.code == 0, again.err
        assert topics(office) == [*before, "subject.registered.1"]
    assert codes[0] == 8
    assert codes[-1] == 0


def test_a_reception_on_a_full_disk_goes_on_when_there_is_room(run: Parent, disk: Disk) -> None:
    office, stopped = disk.office, 0
    for number, room in enumerate(ROOMS):
        key = str(uuid4())
        given = json.dumps({**VISIT, "given_name": f"Carole{'abcdefghijk'[number]}"}).encode()
        line = office.typed("receive", "--from", "-", key=key)
        before = topics(office)
        ended = run.run(line, given=given, how=disk.leave(room))
        disk.empty()
        assert ended.code in {0, 8}, ended.err
        stopped += ended.code == 8
        again = run.run(line, given=given)
        assert again.code == 0, again.err
        new = topics(office)[len(before) :]
        assert sorted(new) == sorted(new_of_a_reception()), "each step once"
    assert stopped >= 2


def test_a_disk_that_can_not_be_written_is_told(run: Parent, disk: Disk) -> None:
    office = disk.office
    before = topics(office)
    with disk.read_only():
        for line, answers in (
            (("subject", "register", "--from", "-"), BERTHE),
            (("mandate", "revoke", office.mandate), None),
            (("mandate", "show", office.mandate), None),
        ):
            ended = run.run(office.typed(*line), given=json.dumps(answers).encode())
            assert ended.code == 9, ended.err
            assert ended.error in {"STORE_READ_ONLY", "KEY_STORE_READ_ONLY"}
            assert ended.out == b""
    assert topics(office) == before


def new_of_a_reception() -> list[str]:
    """Give the topics that one reception adds to the log."""
    return [
        "subject.registered.1", "procedure.opened.1", "mandate.drafted.1", "procedure.mandate-attached.1",
        "mandate.identity-verified.1", "mandate.informed.1", "mandate.signed.1", "mandate.signed.1",
        "mandate.originals-counted.1", "mandate.started.1", "access.granted.1",
    ]  # fmt: skip


# The program itself, started as people start it.


def test_the_program_in_a_fresh_interpreter_does_the_same(office: Office) -> None:
    key = str(uuid4())
    line = [sys.executable, str(ROOT / "cli.py"), *office.typed("subject", "register", "--from", "-", key=key)]
    for answers, code in ((BERTHE, 0), (BERTHE, 0), (ALINE, 5)):
        done = subprocess.run(line, input=json.dumps(answers).encode(), capture_output=True, check=False)
        assert done.returncode == code, done.stderr
    assert topics(office).count("subject.registered.1") == 2
