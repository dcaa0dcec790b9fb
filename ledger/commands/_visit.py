"""What is asked of a visit: one question at a time at the terminal, or all answers at once from a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from ledger.commands._choices import member_meant, shown
from ledger.commands._context import Session
from ledger.commands._identity_checks import checked_at_once
from ledger.commands._input import (
    AnswerInvalid,
    AnswerMissing,
    AnswersNeeded,
    Kind,
    Question,
    UnknownKeys,
    answers,
    read_answer,
    read_object,
)
from ledger.errors import Conflict, Invalid, Refused
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.policies.vocabulary import IdentityMethod, Mode, Signatory
    from ledger.rules.catalogue import DataRequestEntry, ProcedureEntry
    from ledger.rules.law import Law
    from ledger.usecases.subject.find import Found
    from ledger.usecases.subject.register import PersonTyped

Codes = tuple[str, ...]
M = TypeVar("M", bound=StrEnum)

_SHOWN_AT_MOST = 6


class SeveralPeople(Conflict):
    """Homonyms: the answers read from a file don't say which one is here."""

    sentence = mark("Several people bear this name and birth date: {references}.")
    advice = mark('Say which one is here: add "person" with the reference. `ledger subject find --tell-apart` helps.')


class AnotherPerson(Invalid):
    """A file gives the reference of somebody who does not bear the name and birth date that it gives too."""

    sentence = mark("The person under this reference does not bear this name and birth date.")
    advice = mark('Leave out "person", or correct it: `ledger subject find` gives the reference. Nothing was recorded.')


class DeathRecorded(Refused):
    """Nothing is begun in the name of somebody whose death is recorded (Code civil 2003)."""

    sentence = mark("The death of this person is recorded here: nothing is begun in their name. Nothing was recorded.")
    advice = mark(
        "Receive whoever is here under their own name; an act begun before that can't wait is completed with --urgent."
    )


class Visit:
    """The answers of one visit; nothing that is asked here is recorded here, but the search for the person."""

    def __init__(self, session: Session, source: str | None) -> None:
        self._session = session
        self._given = _from_source(session, source)
        self.subject: UUID | None = None
        self.died = False
        """Whether the death of that person is recorded."""
        self.homonym = False
        """Whether it is somebody else than all who bear this name and birth date here."""

    def ask(self, question: Question) -> Any:
        """Get one answer: from the file where there is one, else at the terminal."""
        if self._given is not None:
            return read_answer(question, self._given.get(question.name), zone=self._session.zone)
        return answers(self._session, (question,), source=None)[question.name]

    def say(self, text: str, **values: object) -> None:
        """Tell the agent something, at the terminal only."""
        if self._given is None:
            self._session.output.say(text, **values)

    @property
    def from_file(self) -> bool:
        """Whether the answers come from a file, all at once."""
        return self._given is not None

    @property
    def _law(self) -> Law:
        law: Law = self._session.desk.law
        return law

    @property
    def today(self) -> date:
        """The day by which the law is chosen."""
        return self._session.at.astimezone(self._session.zone).date()

    def read_all(self) -> ProcedureEntry:
        """Read every answer of a file before anything is recorded: what is wrong with one is told at the door."""
        from ledger.policies.vocabulary import Mode

        entry = self.entry()
        needed = {"present", "informed"}
        named = self.ask(question("family_name")) is not None
        if not named:
            needed.clear()
        else:
            self.ask(question("given_name"))
            self.ask(question("birth_date"))
            if self.mode(entry, present=bool(self.ask(question("present")))) is Mode.ACT_FOR:
                needed |= {"identity", "signed"}
        self._read(needed)
        if not named and self._about_somebody():
            raise AnswerMissing(name="family_name", label=question("family_name").label(as_json=True))
        return entry

    def _about_somebody(self) -> bool:
        """Say whether a file tells of a person, or of a mandate, whom or which a visit without identity has not."""
        from ledger.policies.vocabulary import Mode

        told = any(self._said(name) for name in ("given_name", "birth_date", "person", *_OF_A_MANDATE))
        return told or (self._said("mode") and self.picked("mode", tuple(Mode)) is Mode.ACT_FOR)

    def _read(self, needed: set[str]) -> None:
        """Read what is needed, and what is there though nobody needs it: who wrote it meant something."""
        from ledger.policies.vocabulary import Mode

        for name in ("present", "informed", "signed"):
            if name in needed or self._said(name):
                self.ask(question(name))
        for name in ("identity", "identity_beside"):
            if name in needed or self._said(name):
                self.picked(name, self.identity_methods(self.today))
        if self._said("mode"):
            self.picked("mode", tuple(Mode))

    def _said(self, name: str) -> bool:
        """Say whether the file answers this."""
        return bool((self._given or {}).get(name))

    def person(self) -> PersonTyped | None:
        """Find the person (`subject`); give what was typed of somebody who is not known here yet."""
        from ledger.usecases.subject.find import find
        from ledger.usecases.subject.register import PersonTyped, registrable

        family_name = self._identity_answer("family_name")
        if family_name is None:
            return None
        typed = PersonTyped(family_name, self._identity_answer("given_name"), self._identity_answer("birth_date"))
        desk = self._session.desk
        found = find(
            desk, self._session.reading(), family_name=typed.family_name, given_name=typed.given_name,
            birth_date_typed=typed.birth_date,
        )  # fmt: skip
        if found or self._said("person"):
            self.subject = self._one_of(found)
            self.homonym = self.subject is None
        if self.subject is not None:
            self.died = any(one.reference == self.subject and one.died_at is not None for one in found)
            return None
        registrable(desk.law.profile, typed, on=self.today)
        return typed

    def _identity_answer(self, name: str) -> Any:
        return self.ask(checked_at_once(question(name), on=self.today))

    def _one_of(self, found: Sequence[Found]) -> UUID | None:
        """
        Give which of those who bear the name is here; None where the agent says that it is none of several.

        A file that names somebody else is wrong about one of them.
        """
        from ledger.aggregates.subject import Subject
        from ledger.usecases.subject.persons import standing

        references = [one.reference for one in found]
        if self._given is not None and self._said("person"):
            named = self._session.reference(Subject, str(self._given["person"]), name="person")
            if (one := standing(self._session.desk.streams, named).id) not in references:
                raise AnotherPerson
            return one
        if len(found) == 1:
            self.say(mark("Known here, under {reference}."), reference=references[0])
            return references[0]
        if self._given is not None:
            raise SeveralPeople(references=", ".join(reference.hex[:8] for reference in references))
        number = self._chosen([_line(one) for one in found], none=mark("somebody else: register a new person"))
        return None if number is None else references[number]

    def entry(self) -> ProcedureEntry:
        """Get the procedure: at the terminal its name is always shown, and what is not its own words is a question."""
        from ledger.commands._entries import entry_meant

        if self._given is not None:
            return entry_meant(self._law, self.ask(question("procedure")), on=self.today)
        while (entry := self._entry_of(self.ask(question("procedure")))) is None:
            self.say(mark("Say it in other words; `ledger catalogue show` lists every procedure."))
        self.say(mark("Procedure: {name} ({code})"), name=entry.name, code=entry.code)
        return entry

    def _entry_of(self, words: str) -> ProcedureEntry | None:
        """Give the entry that words mean; where others come near, or the words are not its own, let the agent say."""
        from ledger.commands._entries import WordsUnknown

        catalogue, on = self._law.catalogue, self.today
        found = catalogue.search(words, on=on)[:_SHOWN_AT_MOST]
        if not found:
            self.say(WordsUnknown.sentence)
            return None
        if len(found) == 1 and catalogue.named(words, on=on) is found[0]:
            return found[0]
        number = self._chosen([f"{entry.name} ({entry.code})" for entry in found], none=mark("none of these"))
        return None if number is None else found[number]

    def scope(self, entry: ProcedureEntry, *, acts: Codes, requests: Codes) -> tuple[Codes, Codes]:
        """
        Show at the terminal what a mandate for this entry is to list, and get it where no option has said it.

        Nobody signs acts that were not shown; from a file, and where nothing is chosen, none stands for all of them.
        """
        if self.from_file:
            return acts, requests
        said = {*acts, *requests}
        offered = {act.code: act.label for act in entry.acts}
        offered |= {request.code: _asked_for(request) for request in entry.data_requests}
        listed = [code for code in offered if code in said or not said]
        self.say(mark("The mandate lists:"))
        self._number([offered[code] for code in listed])
        if said or len(listed) == 1:
            return acts, requests
        chosen = {listed[number - 1] for number in self._numbers(len(listed))}
        return (
            tuple(act.code for act in entry.acts if act.code in chosen),
            tuple(request.code for request in entry.data_requests if request.code in chosen),
        )

    def _numbers(self, last: int) -> Sequence[int]:
        """Get numbers of a list that was shown; all of them for Enter."""
        while (typed := self.ask(question("listed"))) is not None:
            parts = re.split(r"[\s,;]+", typed.strip())
            if all(part.isdecimal() and 1 <= int(part) <= last for part in parts):
                return [int(part) for part in parts]
            self.say(mark("Give numbers of the list, such as 1,3; or Enter for all of it."))
        return range(1, last + 1)

    def _number(self, lines: Sequence[str]) -> None:
        for number, line in enumerate(lines, start=1):
            self.say(mark("{number}. {line}"), number=number, line=line)

    def _chosen(self, lines: list[str], *, none: str = "") -> int | None:
        """Get the place of the line whose number is chosen; None for 0, where `none` (marked) says what that means."""
        self._number(lines)
        if none:
            self.say(mark("{number}. {line}"), number=0, line=translate(none))
        least = 0 if none else 1
        while not least <= (number := int(self.ask(question("number")))) <= len(lines):
            self.say(mark("There is no choice {number}: give one of the numbers shown."), number=number)
        return number - 1 if number else None

    def _chosen_of(self, lines: list[str]) -> int:
        chosen = self._chosen(lines)
        assert chosen is not None
        return chosen

    def identity(self, quality: Signatory, *, on: date) -> IdentityMethod:
        """Get how the identity of one person was verified; a file may say one way for all who sign."""
        from ledger.policies.vocabulary import Signatory

        beside = quality is not Signatory.PERSON and self._said("identity_beside")
        return self.picked(
            "identity_beside" if beside else "identity", self.identity_methods(on), ask=_VERIFIED[quality]
        )

    def picked(self, name: str, members: Sequence[M], *, ask: str = "") -> M:
        """Get one of a closed list: by its number at the terminal, by its word from a file."""
        from ledger.commands._labels import label

        if self._given is None:
            self.say(ask or question(name).ask)
            return members[self._chosen_of([label(member) for member in members])]
        typed = str(self._given.get(name) or "")
        if not typed:
            raise AnswerMissing(name=name, label=_labelled(name))
        if (chosen := member_meant(typed, members)) is None:
            expected = translate(mark("one of: {choices}")).format(choices=shown(members))
            raise AnswerInvalid(name=name, label=_labelled(name), expected=expected)
        return chosen

    def circumstances(self, entry: ProcedureEntry) -> tuple[bool, Mode]:
        """Get whether the person is here and who does it: at the terminal in one answer, if there is a choice."""
        from ledger.policies.vocabulary import Mode

        if self._given is not None or len(entry.modes) == 1:
            present = bool(self.ask(question("present")))
            return present, self.mode(entry, present=present)
        ways = (
            (mark("the person, with your help"), True, Mode.ASSIST),
            (mark("you, in their name"), True, Mode.ACT_FOR),
            (mark("you, in their name, and they are not here"), False, Mode.ACT_FOR),
        )
        self.say(question("mode").ask)
        _, present, mode = ways[self._chosen_of([translate(text) for text, _, _ in ways])]
        return present, mode

    def mode(self, entry: ProcedureEntry, *, present: bool) -> Mode:
        """Give who does it where that is said, or follows."""
        from ledger.policies.vocabulary import Mode

        offered = [mode for mode in Mode if mode in entry.modes]
        if self._said("mode"):
            return self._mode_read(entry, present=present)
        if not present or len(offered) == 1:
            return Mode.ACT_FOR if Mode.ACT_FOR in offered else offered[0]
        return self.picked("mode", offered)

    def _mode_read(self, entry: ProcedureEntry, *, present: bool) -> Mode:
        """Take the mode that a file gives, or say why it can't be: it is not what would be done without a word."""
        from ledger.policies.refusals import RefusedByRule
        from ledger.policies.vocabulary import Mode, RefusalCode

        mode = self.picked("mode", tuple(Mode))
        if mode not in entry.modes:
            raise RefusedByRule(RefusalCode.MODE_NOT_OFFERED)
        if mode is Mode.ASSIST and not present and Mode.ACT_FOR in entry.modes:
            raise RefusedByRule(RefusalCode.NO_MANDATE)
        return mode

    def identity_methods(self, on: date) -> tuple[IdentityMethod, ...]:
        """Give the ways of verifying an identity that the house takes."""
        from ledger.policies.vocabulary import IdentityMethod

        return tuple(IdentityMethod(word) for word in self._session.desk.law.profile.identity_methods(on))


def _line(one: Found) -> str:
    """Tell a homonym apart as far as nothing is opened for it."""
    line = f"{one.reference.hex[:8]}  {one.registered_at:%d/%m/%Y}"
    died = translate(mark("deceased"))
    return line if one.died_at is None else f"{line}  {died}"


def _asked_for(request: DataRequestEntry) -> str:
    return translate(mark("data asked of the partner: {label}")).format(label=request.label)


_VERIFIED = {
    "person": mark("How was the identity of the person verified?"),
    "representative": mark("How was the identity of the representative verified?"),
    "curator": mark("How was the identity of the curator verified?"),
}
"""By what somebody who signs is here."""
_SIGNED = mark("Have you all signed every original, here: {signers} and you? (yes/no)")


def signed_by(signers: Sequence[StrEnum]) -> Question:
    """Ask whether everybody signed, each named by what they are here."""
    from ledger.commands._labels import label

    named = translate(_SIGNED).format(signers=", ".join(label(signer) for signer in signers))
    return replace(question("signed"), ask=named)


def _labelled(name: str) -> str:
    """Name an answer of a file for people, with its key."""
    from ledger.policies.vocabulary import Signatory

    asked = {"identity": _VERIFIED[Signatory.PERSON], "identity_beside": _VERIFIED[Signatory.REPRESENTATIVE]}
    return (Question(name, asked[name]) if name in asked else question(name)).label(as_json=True)


def question(name: str) -> Question:
    return {
        "family_name": Question("family_name", mark("Family name (Enter: a visit without identity)"), required=False),
        "given_name": Question("given_name", mark("Given name")),
        "birth_date": Question("birth_date", mark("Date of birth (day/month/year)")),
        "procedure": Question("procedure", mark("What is it about? (in everyday words)")),
        "number": Question("number", mark("Which one? (its number)"), Kind.NUMBER),
        "present": Question("present", mark("Is the person here? (yes/no)"), Kind.YES_NO),
        "mode": Question("mode", mark("Who does it?")),
        "informed": Question("informed", mark("Was the person informed of it? (yes/no)"), Kind.YES_NO),
        "listed": Question("listed", mark("All of it (Enter), or some only (numbers, such as 1,3)"), required=False),
        "signed": Question("signed", _SIGNED, Kind.YES_NO),
    }[name]  # fmt: skip


_OF_A_MANDATE = ("identity", "identity_beside", "signed")
_KEYS = (
    "family_name", "given_name", "birth_date", "person", "procedure", "present", "mode", "informed", "identity",
    "identity_beside", "signed",
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
