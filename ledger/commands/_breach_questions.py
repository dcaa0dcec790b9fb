"""What a declaration asks, step by step, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast
from uuid import UUID, uuid5

from ledger import limits
from ledger.commands._choices import member_meant, shown, spelled
from ledger.commands._input import AnswerInvalid, Kind, Question
from ledger.policies.breach_vocabulary import Declarant, Line, Occurrence, OccurrenceKind
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin, DataCategory
from ledger.translation import mark, translate
from ledger.usecases.breach.declare import Awareness, ByProcessor, Declaration, Estimate, Kinds
from ledger.usecases.breach.declaring import DeclarationStep
from ledger.usecases.ports import Command

W = TypeVar("W", bound=StrEnum)

_TEXT = limits.NARRATIVE_CHARACTERS
_LISTED = 20
ACCOUNT = Question("account", mark("What happened, in a few words, without any name or number"), limit=_TEXT)
FIRST_SIGNAL = Question("first_signal", mark("When was it first noticed (09/06/2026 14:20)"), Kind.INSTANT)
OCCURRED = Question(
    "occurred", mark("Is it over, still going on, or is it unknown when it occurred"), Kind.CHOICE,
    choices=tuple(spelled(each) for each in OccurrenceKind),
)  # fmt: skip
BEGAN = Question("began_at", mark("When did it begin (leave empty if unknown)"), Kind.INSTANT, required=False)
ENDED = Question("ended_at", mark("When did it end"), Kind.INSTANT, required=False)
NAME = Question("name", mark("Whom can we call about it (leave empty if nobody)"), required=False)
CONTACT = Question("contact", mark("At which number or address"), required=False)
PROCESSOR = Question(
    "processor", mark("Which processor told the house of it (leave empty if none did)"), required=False
)
PROCESSOR_TOLD = Question(
    "processor_told_at", mark("When did it tell the house (09/06/2026 14:20)"), Kind.INSTANT, required=False
)
PROCESSOR_AWARE = Question(
    "processor_aware_at", mark("Since when did it know itself (leave empty if it does not say)"), Kind.INSTANT,
    required=False,
)  # fmt: skip
CERTAIN = Question("certain", mark("Is it reasonably certain that personal data are compromised (yes/no)"), Kind.YES_NO)
AWARE = Question("aware_at", mark("Since when is it certain (09/06/2026 14:20)"), Kind.INSTANT, required=False)
GROUNDS = Question(
    "grounds", mark("What makes it certain (leave empty if nothing to add)"), required=False, limit=_TEXT
)  # fmt: skip


def _listed(name: str, ask: str, words: type[StrEnum]) -> Question:
    def check(typed: object) -> None:
        _words(name, typed, words)

    return Question(name, ask, Kind.WORDS, required=False, limit=_LISTED, check=check)


NATURES = _listed("natures", mark("What was violated: confidentiality, integrity, availability"), BreachNature)
ORIGINS = _listed(
    "origins", mark("How it came about, such as wrong-recipient or hacking (empty if unknown)"), BreachOrigin
)
CAUSES = _listed("causes", mark("Who caused it, such as internal-accidental (empty if unknown)"), BreachCause)
ATTACK = Question(
    "attack_known_at", mark("Since when is it known that a system was attacked"), Kind.INSTANT, required=False
)  # fmt: skip
PEOPLE = Question(
    "people", mark("How many people do you think are concerned (empty if unknown)"), Kind.NUMBER, required=False
)
RECORDS = Question("records", mark("How many records (empty if unknown)"), Kind.NUMBER, required=False)
CATEGORIES = _listed(
    "categories", mark("Which data, such as civil-status, contact, health (empty if unknown)"), DataCategory
)

_WHO_AND_WHEN = mark("a processor that told is named, with the instant at which it told")

DECLARATION = (
    ACCOUNT, FIRST_SIGNAL, OCCURRED, BEGAN, ENDED, NAME, CONTACT, PROCESSOR, PROCESSOR_TOLD, PROCESSOR_AWARE, AWARE,
    GROUNDS, NATURES, ORIGINS, CAUSES, ATTACK, PEOPLE, RECORDS, CATEGORIES,
)  # fmt: skip

Asked = Callable[[Mapping[str, Any]], bool]


def _always(_: Mapping[str, Any]) -> bool:
    return True


def _if_certain(said: Mapping[str, Any]) -> bool:
    return bool(said.get("certain"))


def _if_told(said: Mapping[str, Any]) -> bool:
    return bool(said.get("processor"))


OF_STEP: Mapping[DeclarationStep, Sequence[tuple[Question, Asked]]] = {
    DeclarationStep.SIGNAL: (
        (ACCOUNT, _always),
        (FIRST_SIGNAL, _always),
        (OCCURRED, _always),
        (BEGAN, lambda said: said.get("occurred") in ("over", "ongoing")),
        (ENDED, lambda said: said.get("occurred") == "over"),
        (NAME, _always),
        (CONTACT, lambda said: bool(said.get("name"))),
    ),
    DeclarationStep.PROCESSOR: (
        (PROCESSOR, _always),
        (replace(PROCESSOR_TOLD, required=True), _if_told),
        (PROCESSOR_AWARE, _if_told),
    ),
    DeclarationStep.AWARENESS: (
        (CERTAIN, lambda said: said.get("aware_at") is None),
        (replace(AWARE, required=True), _if_certain),
        (GROUNDS, _if_certain),
    ),
    DeclarationStep.KINDS: (
        (NATURES, _always),
        (ORIGINS, _always),
        (CAUSES, _always),
        (ATTACK, lambda said: "hacking" in [str(each) for each in said.get("origins") or ()]),
    ),
    DeclarationStep.ESTIMATE: ((PEOPLE, _always), (RECORDS, _always), (CATEGORIES, _always)),
}
"""The questions of each step, each with whether it is asked, after those before it."""

_INSTANTS = (
    "first_signal", "occurred", "began_at", "ended_at", "processor_told_at", "processor_aware_at", "aware_at",
    "certain", "attack_known_at",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Told:
    """The answers that were given, and what they mean."""

    said: Mapping[str, Any]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told that would be recorded."""
        return not any(value for name, value in self.said.items() if name != "certain")

    @property
    def instants(self) -> tuple[str, ...]:
        """The answers that are instants, or say what is known of them."""
        return tuple(name for name in _INSTANTS if self.said.get(name) is not None)

    @property
    def without_instants(self) -> Mapping[str, Any]:
        """Every other answer."""
        return {name: value for name, value in self.said.items() if name not in _INSTANTS}

    @property
    def kinds(self) -> Kinds:
        """What was violated, how and through whom."""
        said = self.said.get
        return Kinds(
            _words("natures", said("natures"), BreachNature),
            _words("origins", said("origins"), BreachOrigin),
            _words("causes", said("causes"), BreachCause),
        )

    @property
    def estimate(self) -> Estimate:
        """What is thought to be concerned."""
        said = self.said.get
        return Estimate(said("people"), said("records"), _words("categories", said("categories"), DataCategory))

    @property
    def by_processor(self) -> ByProcessor | None:
        """
        What a processor told; None where none did.

        :raises AnswerInvalid: for an instant without the processor, or a processor without the instant
        """
        processor, told_at, aware_at = (
            self.said.get(name) for name in ("processor", "processor_told_at", "processor_aware_at")
        )
        if not processor and told_at is None and aware_at is None:
            return None
        for name, answer in (("processor", processor), ("processor_told_at", told_at)):
            if not answer:
                raise AnswerInvalid(name=name, label=name, expected=translate(_WHO_AND_WHEN))
        return ByProcessor(processor or "", cast("datetime", told_at), aware_at)

    @property
    def attack_line(self) -> Line:
        """The line that an attack on a system opens."""
        return Line.INSURANCE

    def attack(self, command: Command) -> Command:
        """Give the command that opens it, once, whichever step it comes with."""
        return replace(command, id=uuid5(command.id, "attack"))

    def declaration(self, *, loss: UUID | None, house: UUID | None) -> Declaration:
        """Give all of it as one declaration."""
        said = self.said.get
        aware_at: datetime | None = said("aware_at")
        return Declaration(
            signalled_at=self.said["first_signal"],
            occurrence=occurrence_in(self.said),
            account=self.said["account"],
            declarant=Declarant(said("name") or "", said("contact") or ""),
            house=house,
            loss=loss,
            awareness=Awareness(aware_at, said("grounds") or "") if aware_at else None,
            kinds=self.kinds,
            estimate=self.estimate,
            by_processor=self.by_processor,
            attack_known_at=said("attack_known_at"),
        )


def occurrence_in(said: Mapping[str, Any]) -> Occurrence:
    """Give when it occurred, as it was said."""
    return Occurrence(OccurrenceKind(said["occurred"]), said.get("began_at"), said.get("ended_at"))


def _words(name: str, typed: Any, words: type[W]) -> tuple[W, ...]:
    """
    Read several words of a closed list.

    :raises AnswerInvalid: if one is not in the list
    """
    found = []
    for each in typed or ():
        member = member_meant(str(each), tuple(words))
        if member is None:
            raise AnswerInvalid(name=name, label=name, expected=shown(words))
        found.append(member)
    return tuple(dict.fromkeys(found))
