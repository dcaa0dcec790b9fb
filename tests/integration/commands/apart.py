"""
Commands in processes of their own, which start at once: forked from one that has imported all and opened nothing.

Each is a process like any other, with its own exit code, standard streams, environment and limits, and can be killed.
`python -m tests.integration.commands.apart` is the process they are forked from; it reads requests as lines of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FOREIGN = ("LEDGER_", "LANG", "LC_", "SUDO_", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
IMPATIENT_SECONDS = 0.3


@dataclass(frozen=True)
class Ended:
    """How a command ended; the exit code of a killed one is minus the number of its signal."""

    code: int
    out: bytes
    err: bytes

    @property
    def row(self) -> dict[str, Any]:
        """The first JSON object of the answer."""
        row: dict[str, Any] = json.loads(self.out.splitlines()[0])
        return row

    @property
    def error(self) -> str:
        """The code of the error, told as JSON."""
        return str(json.loads(self.err.splitlines()[-1])["error"])


@dataclass(frozen=True)
class How:
    """What is special about a process."""

    environment: Mapping[str, str] | None = None
    file_bytes: int = 0
    """The largest file that it may write."""
    impatient: bool = False
    """Whether it waits for a lock for a moment only."""
    terminal: str = ""
    """The terminal at which its answers are typed."""


PLAINLY = How()


class Process:
    """A command that runs beside this process."""

    def __init__(self, parent: Parent, pid: int, folder: Path) -> None:
        self._parent = parent
        self.pid = pid
        self._folder = folder

    def kill(self) -> None:
        """Kill it at once; it is still to be waited for, so that its number is nobody else's yet."""
        os.kill(self.pid, signal.SIGKILL)

    def said(self) -> bytes:
        """Give what it has written to standard error so far."""
        return (self._folder / "err").read_bytes()

    def wait(self) -> Ended:
        """Wait until it ends."""
        code = self._parent.ask({"wait": self.pid})["code"]
        return Ended(code, (self._folder / "out").read_bytes(), (self._folder / "err").read_bytes())


class Parent:
    """The process that commands are forked from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
        )  # fmt: skip

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and give its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def start(self, typed: Sequence[str], *, given: bytes | None = None, how: How = PLAINLY) -> Process:
        """Start a command with these bytes on its standard input."""
        self._count += 1
        folder = self._folder / f"process-{self._count}"
        folder.mkdir()
        for name in ("in", "out", "err"):
            (folder / name).write_bytes(given or b"" if name == "in" else b"")
        asked = {
            "typed": list(typed), "folder": str(folder), "environment": dict(how.environment or {}),
            "file_bytes": how.file_bytes, "impatient": how.impatient, "terminal": how.terminal,
        }  # fmt: skip
        return Process(self, self.ask(asked)["pid"], folder)

    def run(self, typed: Sequence[str], *, given: bytes | None = None, how: How = PLAINLY) -> Ended:
        """Run a command to its end."""
        return self.start(typed, given=given, how=how).wait()

    def close(self) -> None:
        """End the process; commands that still run are its children, and end with nobody waiting."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


@contextmanager
def parent(folder: Path) -> Iterator[Parent]:
    """Keep a process to fork commands from, for the length of a block."""
    made = Parent(folder)
    try:
        yield made
    finally:
        made.close()


# What follows runs in the parent and in its children.


def _serve() -> None:
    from ledger.commands import _program

    _import_everything()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = {"code": os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])}
        else:
            pid = os.fork()
            if not pid:
                _become(request)
                _end_as(_program.run(request["typed"]))
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)


def _import_everything() -> None:
    """Import what the commands import when they are used, so that a child does not have to."""
    from importlib import import_module
    from pkgutil import walk_packages

    import ledger

    for module in walk_packages(ledger.__path__, "ledger."):
        import_module(module.name)


def _become(request: Mapping[str, Any]) -> None:
    """Take the standard streams, the environment and the limits of one command."""
    folder = Path(request["folder"])
    for number, place, flags in (
        (0, Path(request["terminal"] or folder / "in"), os.O_RDONLY | os.O_NOCTTY),
        (1, folder / "out", os.O_WRONLY),
        (2, folder / "err", os.O_WRONLY),
    ):
        opened = os.open(place, flags)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process lives
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process lives
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115  # the same
    os.environ.update(request["environment"])
    if request["file_bytes"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes"], request["file_bytes"]))
    if request["impatient"]:
        _lose_patience()


def _lose_patience() -> None:
    """Wait for a lock a moment only."""
    from ledger.bootstrap import projecting
    from ledger.sealing import database as keys
    from ledger.store import engine

    wait = timedelta(seconds=IMPATIENT_SECONDS)
    for module in (engine, keys, projecting):
        module.LOCK_WAIT = wait  # type: ignore[attr-defined]
    before = f"PRAGMA busy_timeout = {keys._WAIT_MS}"
    after = f"PRAGMA busy_timeout = {int(1000 * IMPATIENT_SECONDS)}"
    engine._SQLITE_PRAGMAS = tuple(text.replace(before, after) for text in engine._SQLITE_PRAGMAS)  # type: ignore[assignment]
    keys._PRAGMAS = tuple(text.replace(before, after) for text in keys._PRAGMAS)  # type: ignore[assignment]


def _end_as(code: int) -> None:
    """End as the interpreter would, but for what the parent has opened."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve()
