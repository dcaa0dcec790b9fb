"""`ledger catalogue`: the procedures as law, the vocabulary of fields, the partners, and their confirmation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._shared import from_option
from ledger.commands._words import Noun, argument, option
from ledger.errors import ExitCode
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from collections.abc import Collection

    from ledger.rules.catalogue import ProcedureEntry
    from ledger.rules.law import Law

command = Noun("catalogue", help=mark("Show the procedures as law, check the files of law, confirm their defaults."))


@command.verb(
    "show",
    help=mark(
        "Show the procedures: all, those that everyday words mean, or one by its code.\n\n"
        "Without a ledger, the packaged catalogue is shown. An entry is a default until the controller's delegate "
        "confirms it with the data protection officer's opinion."
    ),
    examples=(
        "ledger catalogue show",
        "ledger catalogue show carte grise",
        "ledger catalogue show CNAF01-rsa",
        "ledger catalogue show --partners",
    ),
)
@argument("words", nargs=-1, metavar=mark("[WORD]..."), help=mark("A code, or everyday words."))
@option("--on", "day", type=Day(), help=mark("As it is on this day, if not today."))
@option("--fields", is_flag=True, help=mark("Show the vocabulary of fields instead."))
@option("--partners", is_flag=True, help=mark("Show the partners instead."))
def show(session: Session, words: tuple[str, ...], day: date | None, fields: bool, partners: bool) -> None:
    """Show the catalogue, or one of its vocabularies."""
    law, on = _law(session), day or session.at.date()
    if fields:
        _show_fields(session, law)
    elif partners:
        _show_partners(session, law, on=on)
    elif len(found := _found(law, words, on=on)) == 1 and words:
        _show_entry(session, law, found[0], on=on)
    else:
        _show_entries(session, law, found, on=on)


@command.verb(
    "check",
    help=mark("Check a file of law: catalogue, partners, profile or house. Every problem is told with its line."),
    examples=("ledger catalogue check ./catalogue.toml",),
)
@argument("file", metavar=mark("FILE"), help=mark("The file to check."))
def check(session: Session, file: str) -> int:
    """Check a file of law; the exit code says whether it can be used."""
    from ledger.commands._failures import FileUnreadable
    from ledger.commands._output import Column
    from ledger.rules.reader import check_file

    if not Path(file).is_file():
        raise FileUnreadable  # a path that leads nowhere is not repeated: it may be a name, typed in the wrong place
    problems = check_file(Path(file), law=_law(session))
    columns = [
        Column("file", mark("File")), Column("line", mark("Line")), Column("rule", mark("Rule")),
        Column("message", mark("What is wrong")),
    ]  # fmt: skip
    rows = [problem._asdict() for problem in problems]
    session.output.listing(columns, rows, empty=mark("This file can be used."))
    return int(ExitCode.USAGE if problems else ExitCode.OK)


@command.verb(
    "confirm",
    writes=True,
    help=mark(
        "Confirm an entry, as the controller's delegate, with the opinion of the data protection officer.\n\n"
        "An opinion that is not favourable needs a reason, which is asked for, or read with --from: note."
    ),
    examples=(
        "ledger catalogue confirm CNAF01-rsa --opinion favourable --officer 1a2b3c4d",
        "ledger catalogue confirm CNAF01-rsa --opinion none-within-delay --from avis.json",
    ),
)
@argument("code", metavar=mark("CODE"), help=mark("The code of the entry."))
@option(
    "--opinion", type=Word("ledger.aggregates.confirmation:Opinion"), required=True,
    help=mark("What the data protection officer said."),
)  # fmt: skip
@option("--officer", metavar=mark("AGENT"), help=mark("The data protection officer who said it."))
@option(
    "--digest", metavar=mark("DIGEST"), help=mark("The digest that was looked at, if the entry may have changed since.")
)
@from_option()
def confirm_(
    session: Session, code: str, opinion: Any, officer: str | None, digest: str | None, source: str | None
) -> None:
    """Confirm an entry."""
    from ledger import limits
    from ledger.aggregates.agent import Agent
    from ledger.commands._input import Question, answers
    from ledger.usecases.catalogue.confirm import confirm

    note = ""
    if source is not None or opinion != "favourable":
        reason = Question("note", mark("Reason"), required=False, limit=limits.NOTE_CHARACTERS)
        note = answers(session, (reason,), source=source)["note"] or ""
    recorded = confirm(
        session.desk,
        session.command,
        entry=code,
        digest=digest or session.desk.law.catalogue.procedure(code, on=session.at.date()).digest,
        opinion=opinion,
        officer=session.reference(Agent, officer, name="--officer") if officer else None,
        note=note,
    )
    session.output.done(
        mark("Entry {code} confirmed: {confirmation}."),
        code=code, confirmation=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


def _law(session: Session) -> Law:
    """Give the law of the ledger, or the packaged one where no ledger is named."""
    from ledger.rules.law import load_law

    return session.desk.law if session.home_or_none is not None else load_law()


def _found(law: Law, words: tuple[str, ...], *, on: date) -> list[ProcedureEntry]:
    from ledger.rules.catalogue import UnknownProcedure

    if not words:
        return law.catalogue.entries(on=on)
    if len(words) == 1:
        try:
            return [law.catalogue.procedure(words[0], on=on)]
        except UnknownProcedure:
            pass  # everyday words come next
    return law.catalogue.search(" ".join(words), on=on)


def _show_entries(session: Session, law: Law, entries: list[ProcedureEntry], *, on: date) -> None:
    from ledger.commands._output import Column

    known = _confirmed(session)
    columns = [
        Column("code", mark("Code")), Column("name", mark("Procedure")), Column("partner", mark("Partner")),
        Column("mission", mark("Mission")), Column("confirmed", mark("Confirmed")),
    ]  # fmt: skip
    rows = [
        {
            "code": entry.code,
            "name": entry.name,
            "partner": law.partners.partner(entry.partner, on=on).name,
            "mission": entry.mission,
            "confirmed": entry.digest in known,
        }
        for entry in entries
    ]
    session.output.listing(columns, rows, empty=mark("No procedure comes near these words."))


def _show_entry(session: Session, law: Law, entry: ProcedureEntry, *, on: date) -> None:
    from ledger.commands._output import Column

    columns = [
        Column("code", mark("Code")), Column("name", mark("Procedure")), Column("purpose", mark("Purpose")),
        Column("partner", mark("Partner")), Column("mission", mark("Mission")), Column("modes", mark("Modes")),
        Column("fields", mark("Necessary data")), Column("acts", mark("Acts")),
        Column("data_requests", mark("Data requests")), Column("forbidden_acts", mark("Forbidden acts")),
        Column("recipients", mark("Recipients")), Column("basis", mark("Legal basis")),
        Column("exchanges", mark("Legal exchanges")), Column("art9", mark("Special categories (GDPR 9)")),
        Column("art10", mark("Offences (GDPR 10)")), Column("words", mark("Everyday words")),
        Column("source", mark("Source")), Column("valid_from", mark("Valid from")),
        Column("valid_until", mark("Valid until")), Column("confirmed", mark("Confirmed")),
        Column("digest", mark("Digest")),
    ]  # fmt: skip
    confirmed = entry.digest in _confirmed(session)
    session.output.record(columns, {**_entry_row(session, law, entry, on=on), "confirmed": confirmed})
    if not confirmed:
        session.output.say(mark("These lists are a default: the controller's delegate has not confirmed them."))


def _entry_row(session: Session, law: Law, entry: ProcedureEntry, *, on: date) -> dict[str, Any]:
    from ledger.policies.vocabulary import Mode

    people = session.output.for_people
    return {
        "code": entry.code,
        "name": entry.name,
        "purpose": entry.purpose,
        "partner": law.partners.partner(entry.partner, on=on).name,
        "mission": entry.mission,
        "modes": [Mode(mode) for mode in sorted(entry.modes)],
        "fields": _lines(people, [_need(law, need, people=people) for need in entry.fields]),
        "acts": _lines(people, [f"{act.code}: {act.label}" for act in entry.acts]),
        "data_requests": _lines(people, [f"{request.code}: {request.label}" for request in entry.data_requests]),
        "forbidden_acts": _lines(
            people, [entry.forbidden_labels.get(code, code) for code in sorted(entry.forbidden_acts)]
        ),
        "recipients": _lines(
            people, [f"{body}: {law.partners.recipient(body, on=on).name}" for body in entry.recipients]
        ),
        "basis": f"{entry.basis.text} ({entry.basis.reference})",
        "exchanges": _lines(people, [exchange.reference for exchange in entry.exchanges]),
        "art9": entry.art9,
        "art10": entry.art10,
        "words": list(entry.words),
        "source": entry.source,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        "digest": entry.digest,
    }


def _need(law: Law, need: Any, *, people: bool) -> Any:
    from ledger.commands._labels import label

    field = law.catalogue.field(need.code)
    if not people:
        return {"code": need.code, "label": field.label, "handling": need.handling, "optional": need.optional}
    said = [label(need.handling), *([translate("optional")] if need.optional else [])]
    return f"{need.code}: {field.label} ({', '.join(said)})"


def _lines(people: bool, items: list[Any]) -> Any:
    return "\n".join(items) if people else items


def _confirmed(session: Session) -> Collection[str]:
    """Give the digests of the entries that are confirmed in the ledger; none where no ledger is named."""
    if session.home_or_none is None:
        return ()
    from ledger.usecases.catalogue.confirm import show as shown

    return {entry.digest for entry in shown(session.desk, session.reading()) if entry.confirmed}


def _show_fields(session: Session, law: Law) -> None:
    from ledger.commands._output import Column

    columns = [
        Column("code", mark("Code")), Column("label", mark("Field")), Column("nature", mark("Nature")),
        Column("protection", mark("Protection")), Column("never_kept", mark("Never kept")),
    ]  # fmt: skip
    rows = [
        {
            "code": field.code,
            "label": field.label,
            "nature": field.nature,
            "protection": field.protection,
            "never_kept": field.never_kept,
        }
        for field in law.catalogue.vocabulary.values()
    ]
    session.output.listing(columns, rows)


def _show_partners(session: Session, law: Law, *, on: date) -> None:
    from ledger.commands._output import Column

    columns = [
        Column("id", mark("Id")), Column("name", mark("Name")), Column("national", mark("National")),
        Column("referent_required", mark("Referent required")), Column("training_required", mark("Training required")),
    ]  # fmt: skip
    rows = [
        {
            "id": partner.id,
            "name": partner.name,
            "national": partner.national,
            "referent_required": partner.referent_required,
            "training_required": partner.training_required,
        }
        for partner in law.partners.taking_part(on=on)
    ]
    session.output.listing(columns, rows)
