"""The program: its chapters, and how one run of it starts and ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from ledger.commands import _failures
from ledger.commands._context import Session
from ledger.commands._failures import AnswerLost
from ledger.commands._words import Program, shared_options, version_option
from ledger.errors import ExitCode
from ledger.translation import bind_default_domain, mark, translate

CHAPTERS = (
    (
        mark("At the counter"),
        (
            ("receive", mark("Receive a person, from the welcome to the first access.")),
            ("subject", mark("The persons: register, find, show.")),
            ("mandate", mark("The mandates: draft, sign, show, revoke.")),
            ("procedure", mark("The procedures: open, transmit, resolve.")),
            ("access", mark("The looks at data: request, list, review.")),
            ("duty", mark("What the law or the convention now asks someone to do.")),
        ),
    ),
    (
        mark("Overseeing"),
        (
            ("breach", mark("The breaches: what they concern, how severe they are.")),
            ("audit", mark("The audit trail: who looked at what, when, why and under what.")),
            ("authority", mark("The disposal authorities of the archives.")),
            ("slip", mark("The elimination slips, and what the archives answered.")),
            ("certificate", mark("The certificates of destruction.")),
            ("hold", mark("What may not be destroyed for now.")),
            ("loss", mark("The losses of data that should live.")),
            ("erasure", mark("The requests for erasure.")),
            ("retention", mark("Destroy what is due.")),
            ("clock", mark("The legal clocks: by when something is told, answered or destroyed.")),
            ("catalogue", mark("The procedures as law: check, show, confirm.")),
        ),
    ),
    (
        mark("Running the ledger"),
        (
            ("init", mark("Make a new ledger.")),
            ("house", mark("The houses: register, list, show.")),
            ("agent", mark("The agents: enrol, train, depart, list.")),
            ("projection", mark("The read models: their lag, and their rebuilding.")),
            ("keys", mark("The key store and the holders of the root key.")),
            ("backup", mark("Copy the ledger while people work.")),
            ("proof", mark("Sign checkpoints, so that an outsider can check the record.")),
            ("witness", mark("Sign the checkpoints of ledgers that others run.")),
            ("restore", mark("Put a backup back.")),
            ("drill", mark("Try to bring back what was erased, and show that it fails.")),
            ("doctor", mark("Check that the ledger is set up correctly.")),
            ("demo", mark("Run the main job on the house of Loiron, in a sandbox.")),
            ("completion", mark("Print what makes the shell complete `ledger` commands.")),
        ),
    ),
)


def program() -> Program:
    """Make the root of all commands."""
    return Program(
        "ledger",
        chapters=CHAPTERS,
        help=mark("The mandate ledger of a France Services house: mandates, accesses, destructions and their proof."),
        params=[*shared_options(environment=True), version_option()],
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def run(
    arguments: Sequence[str] | None = None, *, session: Session | None = None, root: click.Command | None = None
) -> int:
    """Run one command line and give its exit code; whatever goes wrong is told, never thrown."""
    line = list(sys.argv[1:] if arguments is None else arguments)
    bind_default_domain()
    _never_fail_to_encode()
    session = session or Session()
    try:
        code = (root or program()).main(line, prog_name="ledger", standalone_mode=False, obj=session, color=_color())
        _flush_answer()
    except (KeyboardInterrupt, click.Abort):
        click.echo(translate("Interrupted; nothing more is done."), err=True)
        return _failures.INTERRUPTED
    except BrokenPipeError:
        _failures.discard_output()
        return _failures.PIPE_CLOSED
    except click.exceptions.NoArgsIsHelpError as help_:
        help_.show()
        return int(ExitCode.USAGE)
    except Exception as error:  # noqa: BLE001  # the last net: a command must end with words and a code, whatever happened
        return _fail(error, session, line)
    return code if isinstance(code, int) else int(ExitCode.OK)


def _flush_answer() -> None:
    """
    Push out what standard output still holds.

    :raises AnswerLost: if it can't be written
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as trouble:
        raise AnswerLost from trouble


def _never_fail_to_encode() -> None:
    """Let a terminal of another encoding show an escape where it has no such letter, rather than stop the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _color() -> bool | None:
    """Say whether colours are unwanted (https://no-color.org) or can't be shown; else click decides by the terminal."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def _fail(error: BaseException, session: Session, line: Sequence[str]) -> int:
    failure, as_json = _failures.failure_of(error, typed=line), _failures.asks_for_json(line)
    with suppress(OSError):  # nobody can be told that nobody can be told
        if not as_json and isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        failure.write(as_json=as_json, stream=sys.stderr, color=_color())
    if failure.exit_code in _failures.WORTH_LOGGING:
        _failures.log(failure, error, home=session.home_or_none, path=session.path)
    return failure.exit_code
