"""
Click's classes, made to speak our catalogue.

Help is declared in English with `mark` and translated when it is shown, so that importing a command reads no catalogue.
A `Noun` is a group ("mandate"), a `Verb` a command of it ("sign"). Every verb also takes the shared options, so that
`ledger mandate list --json` and `ledger --json mandate list` are the same; `--key` exists on verbs that write, never on
those that read, since a repeated reading must leave a second record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._forms import Form
from ledger.translation import mark, translate

Chapters = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Titles with their nouns and what each noun is about; all marked source texts."""


class _Spoken:
    """Holds help texts in the source language and gives them in the user's."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self._source: dict[str, str | None] = {}
        super().__init__(*arguments, **settings)

    def _say(self, name: str) -> str | None:
        text = self._source.get(name)
        return translate(text) if text else text

    @property
    def help(self) -> str | None:
        """The help text, translated."""
        return self._say("help")

    @help.setter
    def help(self, text: str | None) -> None:
        self._source["help"] = text

    @property
    def metavar(self) -> str | None:
        """The name of the value in the help, translated."""
        return self._say("metavar")

    @metavar.setter
    def metavar(self, text: str | None) -> None:
        self._source["metavar"] = text


def _with_words(text: str, kind: click.ParamType[Any]) -> str:
    """Add the words of a closed list to a help text."""
    if not isinstance(kind, Word):
        return text
    choices = translate("One of: {words}.").format(words=kind.explained)
    return f"{text} {choices}"


class Option(_Spoken, click.Option):
    """An option with translated help."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Give the option and its help, with the words that it takes."""
        record = super().get_help_record(ctx)
        return record and (record[0], _with_words(record[1], self.type))


class Argument(_Spoken, click.Argument):
    """An argument with translated help."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Give the argument and its help, with the words that it takes."""
        name, text = super().get_help_record(ctx)
        return name, _with_words(text, self.type)


def option(*names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an option; `help` and `metavar` are marked source texts."""
    return click.option(*names, cls=Option, **settings)


def argument(*names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an argument; `help` and `metavar` are marked source texts."""
    return click.argument(*names, cls=Argument, **settings)


def _keep(name: str, const: Any) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Make the callback that keeps a shared option on the session when it was given."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value:
            context.ensure_object(Session).choose(name, value if const is None else const)

    return keep


def _shared(name: str, *declarations: str, const: Any = None, **settings: Any) -> Option:
    if const is not None:
        settings["is_flag"] = True
    return Option([*declarations], expose_value=False, callback=_keep(name, const), **settings)


def shared_options(*, environment: bool = False) -> list[Option]:
    """Make the options that every command takes; only the program itself reads the environment for them."""
    return [
        _shared(
            "home",
            "--ledger",
            metavar=mark("FOLDER"),
            envvar="LEDGER_HOME" if environment else None,
            show_envvar=environment,
            help=mark("The folder of the ledger."),
        ),
        _shared("form", "--json", const=Form.JSON, help=mark("Write JSON (JSON Lines for a list), for programs.")),
        _shared("form", "--csv", const=Form.CSV, help=mark("Write CSV, for a spreadsheet.")),
        _shared(
            "acting_as",
            "--as",
            metavar=mark("AGENT"),
            help=mark("Act as this agent; only in a ledger made as a sandbox."),
        ),
    ]


def key_option() -> Option:
    """Make the option by which a command that writes can be repeated and still happen once."""
    return _shared(
        "key",
        "--key",
        type=click.UUID,
        metavar="UUID",
        help=mark("An id you choose: the same command with the same id happens once and gives the same answer."),
    )


def version_option() -> Option:
    """Make the option that says which version this is."""

    def show(context: click.Context, parameter: click.Parameter, asked: bool) -> None:
        if asked and not context.resilient_parsing:
            from importlib.metadata import PackageNotFoundError, version

            try:
                click.echo(f"ledger {version('france-services-ledger')}")
            except PackageNotFoundError:  # a checkout that nobody installed
                click.echo("ledger (source)")
            context.exit()

    return Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=mark("Show the version and exit."),
    )


class _Formatter(click.HelpFormatter):
    """Writes headings with the colon of the user's language."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{'':>{self.current_indent}}{heading}{translate(': ').rstrip(' ')}\n")


class _Context(click.Context):
    formatter_class = _Formatter


class _SpokenCommand(_Spoken):
    context_class: type[click.Context] = _Context
    examples: tuple[str, ...] = ()

    def collect_usage_pieces(self, context: click.Context) -> list[str]:
        """Give the pieces of the usage line, in the user's language."""
        pieces: list[str] = super().collect_usage_pieces(context)  # type: ignore[misc]  # click's, by way of a mixin
        return [translate(piece) for piece in pieces]

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, which are commands and therefore the same in every language."""
        if self.examples:
            with formatter.section(translate("Examples")):
                formatter.write("".join(f"{'':>{formatter.current_indent}}{line}\n" for line in self.examples))


class Verb(_SpokenCommand, click.Command):
    """One command. Its function gets the session first, then the parameters by name."""

    def __init__(self, *, writes: bool = False, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(options_metavar=mark("[OPTIONS]"), **settings)
        self.examples = tuple(examples)
        self.own = tuple(self.params)
        self.params = [*self.params, *([key_option()] if writes else []), *shared_options()]

    def invoke(self, ctx: click.Context) -> Any:
        """Call the function with the session first."""
        assert self.callback is not None
        session = ctx.ensure_object(Session)
        session.begin(ctx.command_path.partition(" ")[2], ctx.params)
        return ctx.invoke(self.callback, session, **ctx.params)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then the shared ones."""
        own = [record for item in self.own if isinstance(item, click.Option) and (record := item.get_help_record(ctx))]
        rest = [
            record
            for item in self.get_params(ctx)
            if isinstance(item, click.Option) and item not in self.own and (record := item.get_help_record(ctx))
        ]
        if own:
            with formatter.section(translate("Options")):
                formatter.write_dl(own)
        with formatter.section(translate("Shared options")):
            formatter.write_dl(rest)


def verb(
    name: str, *, help: str, writes: bool = False, examples: Sequence[str] = (), hidden: bool = False
) -> Callable[[Callable[..., Any]], Verb]:
    """Make a command of a function; `help` is a marked source text, `examples` whole command lines."""
    return click.command(name, cls=Verb, help=help, writes=writes, examples=examples, hidden=hidden)


def _module_of(command: click.Command) -> str:
    return str(getattr(command.callback, "__module__", ""))


def _first_sentence(text: str) -> str:
    paragraph = text.partition("\n\n")[0]
    sentence, stop, _ = paragraph.partition(". ")
    return f"{sentence}." if stop else paragraph


class Noun(_SpokenCommand, click.Group):
    """A group of verbs about one thing."""

    def __init__(self, name: str, *, help: str) -> None:
        super().__init__(
            name=name, help=help, options_metavar=mark("[OPTIONS]"), subcommand_metavar=mark("COMMAND [ARGUMENTS]...")
        )

    def verb(
        self, name: str, *, help: str, writes: bool = False, examples: Sequence[str] = ()
    ) -> Callable[[Callable[..., Any]], Verb]:
        """Make a command of a function and enter it in this group."""

        def enter(function: Callable[..., Any]) -> Verb:
            made = verb(name, help=help, writes=writes, examples=examples)(function)
            self.add_command(made)
            return made

        return enter

    def in_the_order_of(self, *modules: ModuleType) -> None:
        """Order the verbs by the modules that add them, whichever was imported first."""
        places = {module.__name__: place for place, module in enumerate(modules)}
        self.commands = dict(sorted(self.commands.items(), key=lambda item: places[_module_of(item[1])]))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the verbs in the order of the work, which is the order they were written in."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs, each with its whole first sentence."""
        rows = [(name, _first_sentence(self.commands[name].help or "")) for name in self.list_commands(ctx)]
        with formatter.section(translate("Commands")):
            formatter.write_dl(rows)


class Program(_SpokenCommand, click.Group):
    """The whole program: nouns named by module, imported only when one of them is asked for."""

    def __init__(self, name: str, *, chapters: Chapters, **settings: Any) -> None:
        super().__init__(
            name=name, options_metavar=mark("[OPTIONS]"), subcommand_metavar=mark("COMMAND [ARGUMENTS]..."), **settings
        )
        self.chapters = chapters

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all nouns, chapter by chapter."""
        return [name for _, nouns in self.chapters for name, _ in nouns]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a noun, which is where its verbs are."""
        if cmd_name not in self.list_commands(ctx):
            return self.commands.get(cmd_name)
        found = import_module(f"ledger.commands.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the nouns by chapter, without importing any."""
        for title, nouns in self.chapters:
            with formatter.section(translate(title)):
                formatter.write_dl([(name, translate(line)) for name, line in nouns])
