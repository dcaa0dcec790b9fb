"""`ledger receive`: a person at the counter, from the welcome to the first look, one question at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from ledger.commands._choices import Word, spelled
from ledger.commands._context import Session
from ledger.commands._input import (
    AnswersNeeded,
    Kind,
    Question,
    UnknownKeys,
    answers,
    read_answer,
    read_object,
)
from ledger.commands._shared import from_option
from ledger.commands._words import option, verb
from ledger.errors import Conflict, Misconfigured
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.policies.vocabulary import Mode
    from ledger.rules.catalogue import ProcedureEntry
    from ledger.usecases.ports import Command
    from ledger.usecases.receive import Reception, Wanted

M = TypeVar("M", bound=StrEnum)

_SHOWN_AT_MOST = 6


class ReceptionPaused(Conflict):
    """The person, or the agent, said no to a step that can't be left out."""

    sentence = mark("The reception stops here: {stage}. What was done is recorded under {reference}.")
    advice = mark("Go on when you are both ready: `ledger receive --resume {reference}`.")


class SeveralPeople(Conflict):
    """Homonyms: the answers read from a file don't say which one is here."""

    sentence = mark("Several people bear this name and birth date: {references}.")
    advice = mark('Say which one is here: add "person" with the reference. `ledger subject find --tell-apart` helps.')


class PaperNotWritten(Misconfigured):
    """The mandate can't be written where it was to go."""

    sentence = mark("The mandate can't be written to this file.")
    advice = mark("Choose a folder that you may write in, then go on with `ledger receive --resume {reference}`.")


@verb(
    "receive",
    writes=True,
    help=mark(
        "Receive a person: who, for which procedure, is the person here, who acts; and where a mandate is needed, its "
        "identity check, information, printing and signatures.\n\n"
        "One question at a time, ten at most, three for a visit without identity. Each step is recorded as soon as it "
        "is confirmed: a reception that is cut short goes on with --resume. With --from the answers are read as JSON: "
        "family_name, given_name, birth_date, person, procedure, present, mode (assist, act-for), informed, identity, "
        "signed."
    ),
    examples=(
        "ledger receive",
        "ledger receive --paper mandat.pdf",
        "ledger receive --from visite.json --json",
        "ledger receive --resume 1a2b3c4d",
    ),
)
@option("--resume", metavar=mark("PROCEDURE"), help=mark("Go on with a reception that was cut short."))
@option("--paper", type=Path, metavar=mark("FILE"), help=mark("Write the originals of the mandate to this PDF file."))
@option(
    "--days", type=int, default=31, show_default=True, metavar="N", help=mark("How long the mandate lasts, in days.")
)
@option("--act", "acts", multiple=True, metavar=mark("CODE"), help=mark("An act of the mandate; all of them if none."))
@option("--data-request", "requests", multiple=True, metavar=mark("CODE"), help=mark("A data request of the mandate."))
@option(
    "--kept-in",
    type=Word("ledger.policies.vocabulary:PaperPlace"),
    default="locked-cabinet",
    show_default=True,
    help=mark("Where the house keeps its original."),
)
@option("--capacity-checked", is_flag=True, help=mark("The check that the person's capacity calls for was made."))
@from_option()
def command(session: Session, resume: str | None, source: str | None, **options: Any) -> None:
    """Receive a person."""
    from ledger.aggregates.procedure import Procedure
    from ledger.usecases import receive

    counter = _Counter(session, source, options)
    if resume is not None:
        procedure = session.reference(Procedure, resume, name="--resume")
        reception = receive.resume(session.desk, session.command, procedure)
        counter.subject = receive.subject_of(session.desk, procedure)
    else:
        reception = counter.begin()
    counter.go_on(reception)


class _Counter:
    """One reception at the terminal, or from a file: asks only for what the next step needs."""

    def __init__(self, session: Session, source: str | None, options: Mapping[str, Any]) -> None:
        self._session = session
        self._options = options
        self._given = _from_source(session, source)
        self.subject: UUID | None = None

    @property
    def _command(self) -> Command:
        """The command of the step that is being confirmed: the same reception, at the instant of this very step."""
        return replace(self._session.command, at=self._session.now())

    def ask(self, question: Question) -> Any:
        """Get one answer: from the file where there is one, else at the terminal."""
        if self._given is not None:
            return read_answer(question, self._given.get(question.name), zone=self._session.zone)
        return answers(self._session, (question,), source=None)[question.name]

    def say(self, text: str, **values: object) -> None:
        """Tell the agent something, at the terminal only."""
        if self._given is None:
            self._session.output.say(text, **values)

    def begin(self) -> Reception:
        """Open the procedure, once it is known who is here and for what."""
        from ledger.usecases import receive

        wanted = self.wanted()
        return receive.begin(self._session.desk, self._command, wanted)

    def wanted(self) -> Wanted:
        """Ask who is here and for what."""
        from ledger.policies.vocabulary import Mode
        from ledger.usecases.receive import Wanted

        read = self._read_all() if self._given is not None else None
        self.subject = self._person()
        entry = read or self._entry()
        if self.subject is None:
            return Wanted(entry.code)
        present = bool(self.ask(_question("present")))
        mode = self._mode(entry, present=present)
        informed = mode is Mode.ASSIST and bool(self.ask(_question("informed")))
        return self._wanted(entry.code, present=present, mode=mode, informed=informed)

    def _read_all(self) -> ProcedureEntry:
        """Read every answer of a file before anything is recorded: what is wrong with one is told at the door."""
        from ledger.policies.vocabulary import IdentityMethod, Mode

        entry = self._entry()
        if self.ask(_question("family_name")) is None:
            return entry
        self.ask(_question("given_name"))
        self.ask(_question("birth_date"))
        mode = self._mode(entry, present=bool(self.ask(_question("present"))))
        self.ask(_question("informed"))
        if mode is Mode.ACT_FOR:
            self._picked("identity", tuple(IdentityMethod))
            self.ask(_question("signed"))
        return entry

    def _wanted(self, entry: str, *, present: bool, mode: Mode, informed: bool) -> Wanted:
        from ledger.usecases.receive import Wanted

        return Wanted(
            entry,
            self.subject,
            present=present,
            mode=mode,
            informed=informed,
            acts=tuple(self._options["acts"]),
            requests=tuple(self._options["requests"]),
            term_days=self._options["days"],
            capacity_checked=self._options["capacity_checked"],
        )

    def _person(self) -> UUID | None:
        from ledger.aggregates.subject import Subject
        from ledger.usecases.receive import step
        from ledger.usecases.subject.find import find
        from ledger.usecases.subject.register import PersonTyped, register

        family_name = self.ask(_question("family_name"))
        if family_name is None:
            return None
        typed = PersonTyped(family_name, self.ask(_question("given_name")), self.ask(_question("birth_date")))
        desk, command = self._session.desk, self._command
        found = find(
            desk, self._session.reading(), family_name=typed.family_name, given_name=typed.given_name,
            birth_date_typed=typed.birth_date,
        )  # fmt: skip
        if not found:
            registered = register(desk, step(command, "person"), person=typed).streams[0]
            self.say(mark("Not known here yet: registered."))
            return registered
        if len(found) == 1:
            self.say(mark("Known here, under {reference}."), reference=found[0].reference)
            return found[0].reference
        if self._given is not None:
            if not self._given.get("person"):
                raise SeveralPeople(references=", ".join(one.reference.hex[:8] for one in found))
            return self._session.reference(Subject, str(self._given["person"]), name="person")
        return found[
            self._chosen([f"{one.reference.hex[:8]}  {one.registered_at:%d/%m/%Y}" for one in found])
        ].reference

    def _entry(self) -> ProcedureEntry:
        from ledger.commands._entries import WordsUnknown, entry_meant

        law, on = self._session.desk.law, self._session.at.astimezone(self._session.zone).date()
        words = self.ask(_question("procedure"))
        if self._given is not None:
            return entry_meant(law, words, on=on)
        found: list[ProcedureEntry] = law.catalogue.search(words, on=on)[:_SHOWN_AT_MOST]
        if not found:
            raise WordsUnknown
        return found[self._chosen([f"{entry.name} ({entry.code})" for entry in found])] if len(found) > 1 else found[0]

    def _chosen(self, lines: list[str]) -> int:
        for number, line in enumerate(lines, start=1):
            self._session.output.say(mark("{number}. {line}"), number=number, line=line)
        while not 1 <= (number := int(self.ask(_question("number")))) <= len(lines):
            self._session.output.say(mark("There is no choice {number}: give one of the numbers shown."), number=number)
        return number - 1

    def _picked(self, name: str, members: Sequence[M]) -> M:
        """Get one of a closed list: by its number at the terminal, by its word from a file."""
        from ledger.commands._labels import label

        if self._given is None:
            self.say(_question(name).ask)
            return members[self._chosen([label(member) for member in members])]
        word = Question(name, "", Kind.CHOICE, choices=tuple(spelled(member) for member in members))
        typed = str(self._given.get(name) or "").replace("_", "-")
        chosen = read_answer(word, typed, zone=self._session.zone)
        return next(member for member in members if spelled(member) == chosen)

    def _mode(self, entry: ProcedureEntry, *, present: bool) -> Mode:
        from ledger.policies.vocabulary import Mode

        offered = [mode for mode in Mode if mode in entry.modes]
        if not present or len(offered) == 1:
            return Mode.ACT_FOR if Mode.ACT_FOR in offered else offered[0]
        return self._picked("mode", offered)

    def go_on(self, reception: Reception) -> None:
        """Take every step that is left, then say how it ended."""
        from ledger.policies.refusals import RefusedByRule
        from ledger.policies.vocabulary import RefusalCode
        from ledger.usecases import receive
        from ledger.usecases.receive import Stage

        steps = {
            Stage.MANDATE: self._draw_up,
            Stage.IDENTITY: self._identify,
            Stage.INFORMATION: self._tell,
            Stage.SIGNATURES: self._sign,
            Stage.ORIGINALS: self._file,
        }
        while reception.stage in steps:
            reception = steps[reception.stage](reception)
        answer = receive.first_look(self._session.desk, self._command, reception) if self.subject is not None else None
        if answer is not None and isinstance(answer.decision, RefusalCode):
            self.say(mark("The procedure is open under {procedure}."), procedure=reception.procedure)
            raise RefusedByRule(answer.decision)
        self._session.output.done(
            mark("Procedure open: {procedure}. Mandate: {mandate}. First look allowed until {until}: {access}.")
            if reception.mandate is not None
            else mark("Procedure open: {procedure}. First look allowed until {until}: {access}.")
            if answer is not None
            else mark("Visit recorded, without identity: {procedure}."),
            procedure=reception.procedure,
            mandate=reception.mandate,
            access=None if answer is None else answer.access_id,
            until=None if answer is None else answer.until,
            repeated=False if answer is None else answer.repeated,
        )

    def _draw_up(self, reception: Reception) -> Reception:
        from ledger.usecases import receive

        wanted = self._wanted(reception.entry, present=reception.present, mode=reception.mode, informed=False)
        drawn = receive.draw_up(self._session.desk, self._command, reception, wanted)
        self.say(mark("Mandate drafted: {mandate}. It takes {count} originals."), mandate=drawn.mandate,
                 count=receive.originals_of(drawn))  # fmt: skip
        return drawn

    def _identify(self, reception: Reception) -> Reception:
        from ledger.policies.vocabulary import IdentityMethod
        from ledger.usecases import receive

        profile = self._session.desk.law.profile
        method = self._picked("identity", [IdentityMethod(word) for word in profile.identity_methods(reception.on)])
        return receive.identify(self._session.desk, self._command, reception, method)

    def _tell(self, reception: Reception) -> Reception:
        from ledger.documents.mandate import template_version
        from ledger.usecases import receive

        self.say(mark("Tell the person: what becomes of their data; their rights; the procedures that will be done."))
        self._must(reception, _question("informed"), mark("the person was not informed"))
        return receive.tell(self._session.desk, self._command, reception, notice=template_version())

    def _sign(self, reception: Reception) -> Reception:
        from ledger.usecases import receive

        self._print(reception)
        self._must(reception, _question("signed"), mark("the mandate is not signed"))
        return receive.sign_all(self._session.desk, self._command, reception)

    def _file(self, reception: Reception) -> Reception:
        from ledger.documents.mandate import template_digest, template_version
        from ledger.usecases import receive

        return receive.file_originals(
            self._session.desk, self._command, reception, paper=self._options["kept_in"],
            template=template_version(), template_sha256=template_digest(),
        )  # fmt: skip

    def _print(self, reception: Reception) -> None:
        from ledger.bootstrap.papers import mandate_paper
        from ledger.commands._printing import write_originals

        file = self._options["paper"]
        if file is None or reception.mandate is None:
            self.say(
                mark("Print the originals: `ledger mandate print {mandate} > mandat.pdf`."), mandate=reception.mandate
            )
            return
        paper = mandate_paper(self._session.ledger, self._command, reception.mandate)
        try:
            write_originals(paper, file, at=self._session.at)
        except OSError as trouble:
            raise PaperNotWritten(reference=reception.procedure.hex[:8]) from trouble
        self.say(mark("Originals written to {file}."), file=str(file))

    def _must(self, reception: Reception, question: Question, stage: str) -> None:
        if not self.ask(question):
            raise ReceptionPaused(stage=translate(stage), reference=reception.procedure.hex[:8])


def _question(name: str) -> Question:
    return {
        "family_name": Question("family_name", mark("Family name (Enter: a visit without identity)"), required=False),
        "given_name": Question("given_name", mark("Given name")),
        "birth_date": Question("birth_date", mark("Date of birth (day/month/year)")),
        "procedure": Question("procedure", mark("What is it about? (in everyday words)")),
        "number": Question("number", mark("Which one? (its number)"), Kind.NUMBER),
        "present": Question("present", mark("Is the person here? (yes/no)"), Kind.YES_NO),
        "mode": Question("mode", mark("Who does it?")),
        "informed": Question("informed", mark("Was the person informed of it? (yes/no)"), Kind.YES_NO),
        "identity": Question("identity", mark("How was the identity verified?")),
        "signed": Question("signed", mark("Have you both signed every original, here? (yes/no)"), Kind.YES_NO),
    }[name]  # fmt: skip


_KEYS = (
    "family_name", "given_name", "birth_date", "person", "procedure", "present", "mode", "informed", "identity",
    "signed",
)  # fmt: skip


def _from_source(session: Session, source: str | None) -> dict[str, Any] | None:
    """Read the answers of a file, all at once; None where they are typed."""
    if source is None:
        if not sys.stdin.isatty():
            raise AnswersNeeded(names=", ".join(_KEYS))
        return None
    given = read_object(source)
    strange = [str(number) for number, key in enumerate(given, start=1) if key not in _KEYS]
    if strange:
        raise UnknownKeys(numbers=", ".join(strange), known=", ".join(_KEYS))
    session.answered(given)
    return given
