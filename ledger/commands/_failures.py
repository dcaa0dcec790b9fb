"""
What a person, or a program, is told when a command fails, and with which exit code.

A known error says its sentence and the next step. An unknown one says only that something unexpected happened, with the
reference of an incident: its message and its variables may hold personal values, so neither is ever shown or written;
the names of the types and the lines of code go to the log of the ledger.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import click

from ledger.errors import ExitCode, LedgerError, Misconfigured, Unavailable
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from pathlib import Path

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells expect."""
PIPE_CLOSED = 141
"""Exit code when the reader of our output went away: 128 + SIGPIPE."""

WORTH_LOGGING = {ExitCode.UNEXPECTED, ExitCode.INTEGRITY, ExitCode.UNAVAILABLE, ExitCode.MISCONFIGURED}
"""What the person who runs the ledger must be able to read afterwards; the rest concerns whoever typed the command."""

_LEAST_LETTERS = 3
_PACKAGE = __file__.rpartition("/commands/")[0]


class AnswerLost(Unavailable):
    """The command was done, but its answer couldn't be written out."""

    sentence = mark("The answer could not be written out: the place it goes to is full or closed.")
    advice = mark(
        "The command may have been recorded. Make room, then repeat it with the same --key, or look at the list."
    )


class StorageFull(Unavailable):
    """No room is left on the device."""

    sentence = mark("There is no room left on the disk.")
    advice = mark("Make room, then try again with the same --key, so that nothing happens twice.")


class StorageForbidden(Misconfigured):
    """The files of the ledger can't be read or written by this account."""

    sentence = mark("This account may not read or write the files of the ledger.")
    advice = mark("Use the account that the ledger belongs to (usually through sudo), or run `ledger doctor`.")


class StorageTroubled(Unavailable):
    """The database, or the file system, refused an operation."""

    sentence = mark("The storage of the ledger refused an operation; nothing was recorded.")


class FileUnreadable(LedgerError):
    """A file named by the person can't be read or written."""

    exit_code = ExitCode.USAGE
    sentence = mark("A file named in this command can't be read or written.")
    advice = mark("Check its path and its permissions.")


_OF_OPERATING_SYSTEM: dict[int, type[LedgerError]] = {
    errno.ENOSPC: StorageFull,
    errno.EDQUOT: StorageFull,
    errno.EFBIG: StorageFull,
    errno.EACCES: StorageForbidden,
    errno.EPERM: StorageForbidden,
    errno.EROFS: StorageForbidden,
    errno.ENOENT: FileUnreadable,
    errno.EISDIR: FileUnreadable,
    errno.ENOTDIR: FileUnreadable,
}

_DATABASE_TROUBLES = {"OperationalError", "InterfaceError", "DBAPIError", "DisconnectionError", "TimeoutError"}


@dataclass(frozen=True)
class Failure:
    """How a failed command ends: its code for programs, its words for people, its exit code."""

    code: str
    message: str
    next_step: str
    exit_code: int
    incident: str = ""
    place: str = ""
    kinds: tuple[str, ...] = ()

    def as_json(self) -> str:
        """Give the failure as one line of JSON."""
        import json

        shown = {
            "error": self.code,
            "message": self.message,
            "next_step": self.next_step,
            "exit_code": self.exit_code,
            **({"incident": self.incident} if self.incident else {}),
        }
        return json.dumps(shown, ensure_ascii=False)

    def write(self, *, as_json: bool, stream: IO[str], color: bool | None = None) -> None:
        """Tell the failure on `stream`, in colours where it is a terminal, unless `color` says otherwise."""
        if as_json:
            click.echo(self.as_json(), file=stream)
            return
        label, _, rest = translate("Error: {message}").partition("{message}")
        click.echo(f"{click.style(label.rstrip(), fg='red')} {self.message}{rest}", file=stream, color=color)
        if self.next_step:
            click.echo(self.next_step, file=stream)


def failure_of(error: BaseException, *, typed: Sequence[str] = ()) -> Failure:
    """Put an exception in words, without its message unless it is ours; what was `typed` is not repeated."""
    if isinstance(error, LedgerError):
        return _known(error)
    if isinstance(error, click.ClickException):
        return _misused(error, typed)
    if isinstance(error, OSError) and (kind := _OF_OPERATING_SYSTEM.get(error.errno or 0)) is not None:
        return _known(kind())
    if type(error).__name__ in _DATABASE_TROUBLES:
        return _known(StorageTroubled())
    return _unknown(error)


def _known(error: LedgerError) -> Failure:
    return Failure(error.code, _filled(error, "explain"), _filled(error, "next_step"), int(error.exit_code))


def _filled(error: LedgerError, part: str) -> str:
    """Give a sentence of an error; one whose details are missing says less rather than failing in its turn."""
    try:
        return str(getattr(error, part)())
    except (KeyError, IndexError):
        base = next(kind for kind in type(error).__mro__[1:] if kind.__module__ == LedgerError.__module__)
        return str(getattr(base(reference=""), part)())


def _misused(error: click.ClickException, typed: Sequence[str]) -> Failure:
    hint = ""
    context = getattr(error, "ctx", None)
    if context is not None:
        hint = translate("Try '{command} {option}' for help.").format(command=context.command_path, option="--help")
    names = _names_in(context)
    if isinstance(error, click.BadOptionUsage):  # the option exists, and click does not say where
        names.add(error.option_name)
    message = _unrepeated(error.format_message(), typed, names=names)
    return Failure("USAGE", message, hint, int(ExitCode.USAGE))


def _unrepeated(message: str, typed: Sequence[str], *, names: Collection[str]) -> str:
    """Take out of click's message what was typed, but for names of ours: a misplaced word may be a person's."""
    words = {part for word in typed for part in (word, *word.split("=", 1))} - set(names)
    for word in sorted(words, key=len, reverse=True):
        found = "|".join(re.escape(written) for written in {word, repr(word)[1:-1]})
        if len(word) < _LEAST_LETTERS:  # so short that it may be a word of the message itself
            message = re.sub(rf"(['(]){found}(['),])", r"\1…\2", message) if word else message
        else:
            message = re.sub(rf"(?<!\w)(?:{found})(?!\w)", "…", message)
    return message


def _names_in(context: click.Context | None) -> set[str]:
    """Give the names of the commands and options that led to a place, which may be repeated."""
    names: set[str] = set()
    while context is not None:
        names.add(context.info_name or "")
        names.update(name for item in context.command.params for name in (*item.opts, *item.secondary_opts))
        context = context.parent
    return names


def _unknown(error: BaseException) -> Failure:
    incident = os.urandom(4).hex()
    place = _place(error)
    return Failure(
        code="UNEXPECTED",
        message=translate(mark("Something unexpected happened (incident {incident}, {kind} at {place}).")).format(
            incident=incident, kind=type(error).__name__, place=place
        ),
        next_step=translate(mark("Give the incident number to the person who runs the ledger.")),
        exit_code=int(ExitCode.UNEXPECTED),
        incident=incident,
        place=place,
        kinds=tuple(type(link).__name__ for link in _chain(error)),
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def lines_of(error: BaseException) -> list[str]:
    """Give the lines of code that an exception went through, innermost last: names and numbers, no value."""
    lines = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        lines.append(f"{_shortened(code.co_filename)}:{traceback.tb_lineno}:{code.co_name}")
        traceback = traceback.tb_next
    return lines


def _place(error: BaseException) -> str:
    ours = [line for line in lines_of(error) if line.startswith("ledger/")]
    return ours[-1].rpartition(":")[0] if ours else "?"


def _shortened(file: str) -> str:
    if file.startswith(_PACKAGE):
        return f"ledger{file[len(_PACKAGE) :]}"
    return "/".join(file.rsplit("/", 2)[-2:])


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Say whether a command line asks for JSON, even one that can't be parsed."""
    before_end = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in before_end


def discard_output() -> None:
    """Point standard output nowhere, so that the interpreter doesn't complain of a closed pipe when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def log(failure: Failure, error: BaseException, *, home: Path | None, path: str) -> None:
    """Write a failure to the log of the ledger, if there is a ledger; a log that can't be written stops nothing."""
    if home is None:
        return
    from ledger.commands._logging import log_of

    with suppress(OSError):
        if not (home / "ledger.toml").is_file():
            return
        log_of(home).error(
            "command_failed",
            command=path.replace(" ", "."),
            code=failure.code,
            exit_code=failure.exit_code,
            incident=failure.incident,
            kinds=failure.kinds,
            lines=tuple(lines_of(error)),
        )
