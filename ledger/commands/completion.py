"""`ledger completion`: what makes the shell complete commands."""

from __future__ import annotations

import click

from ledger.commands._context import Session
from ledger.commands._words import argument, verb
from ledger.translation import mark

_WHERE = {
    "bash": 'eval "$(ledger completion bash)"  # ~/.bashrc',
    "zsh": 'eval "$(ledger completion zsh)"  # ~/.zshrc',
    "fish": "ledger completion fish | source  # ~/.config/fish/config.fish",
}


@verb(
    "completion",
    help=mark(
        "Print what makes the shell complete `ledger` commands.\n\n"
        "Only commands and options are completed; the ledger itself is never opened for it."
    ),
    examples=tuple(_WHERE.values()),
)
@argument("shell", type=click.Choice(tuple(_WHERE)), help=mark("The shell that you use."))
def command(session: Session, shell: str) -> None:
    """Print the completion script of one shell."""
    from click.shell_completion import get_completion_class

    from ledger.commands._program import program

    kind = get_completion_class(shell)
    assert kind is not None
    session.output.verbatim(kind(program(), {}, "ledger", "_LEDGER_COMPLETE").source())
