"""
The notification of a breach as a person keys it into the CNIL's form: its sections and questions, in its order.

The CNIL has no other door than its form, so this says what goes where. What is missing comes first: a complete
notification must answer every question that applies to it, an initial one needs to say who notifies, whom to call and
since when the house is aware (GDPR 33(3), 33(4)); the rest follows without undue delay. Nothing here decides: the
answers are what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.errors import Refused
from ledger.policies.breach_vocabulary import CategoryCount, Occurrence, WhyNotTold
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.cnil import (
    BreachCause,
    BreachNature,
    BreachOrigin,
    Consequence,
    FormType,
    Gravity,
    InformationOfPeople,
    PeopleBand,
)
from ledger.translation import mark


class FormSection(StrEnum):
    """A section of the CNIL's form, in its order."""

    TYPE = "type"
    ORGANISATION = "organisation"
    PROCESSORS = "processors"
    DISCOVERY = "discovery"
    NATURE = "nature"
    ORIGIN = "origin"
    CAUSE = "cause"
    PEOPLE = "people"
    DATA = "data"
    MEASURES_BEFORE = "measures-before"
    CONSEQUENCES = "consequences"
    MEASURES_AFTER = "measures-after"
    INFORMATION = "information"
    ABROAD = "abroad"
    ATTACHMENTS = "attachments"


class FormQuestion(StrEnum):
    """A question of the form, in its order."""

    FORM_TYPE = "form-type"
    INITIAL_NUMBER = "initial-number"
    DELAY_REASONS = "delay-reasons"
    ORGANISATION = "organisation"
    CONTACT = "contact"
    DPO = "dpo"
    PROCESSORS = "processors"
    OCCURRENCE = "occurrence"
    FIRST_SIGNAL = "first-signal"
    AWARE_AT = "aware-at"
    DISCOVERY = "discovery"
    CIRCUMSTANCES = "circumstances"
    NATURES = "natures"
    ORIGINS = "origins"
    CAUSES = "causes"
    PEOPLE = "people"
    PEOPLE_BAND = "people-band"
    MINORS = "minors"
    PROTECTED = "protected"
    CATEGORIES = "categories"
    SENSITIVE = "sensitive"
    RECORDS = "records"
    MEASURES_BEFORE = "measures-before"
    CONSEQUENCES = "consequences"
    CONSEQUENCES_TEXT = "consequences-text"
    GRAVITY = "gravity"
    MEASURES_AFTER = "measures-after"
    INFORMATION = "information"
    INFORMED_AT = "informed-at"
    INFORM_BY = "inform-by"
    INFORMED_PEOPLE = "informed-people"
    INFORMATION_MEANS = "information-means"
    MESSAGE = "message"
    NOT_TOLD_WHY = "not-told-why"
    NOT_TOLD_REASON = "not-told-reason"
    ABROAD = "abroad"
    ATTACHMENTS = "attachments"


Q, S = FormQuestion, FormSection
SECTIONS: Mapping[FormSection, tuple[FormQuestion, ...]] = {
    S.TYPE: (Q.FORM_TYPE, Q.INITIAL_NUMBER, Q.DELAY_REASONS),
    S.ORGANISATION: (Q.ORGANISATION, Q.CONTACT, Q.DPO),
    S.PROCESSORS: (Q.PROCESSORS,),
    S.DISCOVERY: (Q.OCCURRENCE, Q.FIRST_SIGNAL, Q.AWARE_AT, Q.DISCOVERY, Q.CIRCUMSTANCES),
    S.NATURE: (Q.NATURES,),
    S.ORIGIN: (Q.ORIGINS,),
    S.CAUSE: (Q.CAUSES,),
    S.PEOPLE: (Q.PEOPLE, Q.PEOPLE_BAND, Q.MINORS, Q.PROTECTED),
    S.DATA: (Q.CATEGORIES, Q.SENSITIVE, Q.RECORDS),
    S.MEASURES_BEFORE: (Q.MEASURES_BEFORE,),
    S.CONSEQUENCES: (Q.CONSEQUENCES, Q.CONSEQUENCES_TEXT, Q.GRAVITY),
    S.MEASURES_AFTER: (Q.MEASURES_AFTER,),
    S.INFORMATION: (
        Q.INFORMATION, Q.INFORMED_AT, Q.INFORM_BY, Q.INFORMED_PEOPLE, Q.INFORMATION_MEANS, Q.MESSAGE,
        Q.NOT_TOLD_WHY, Q.NOT_TOLD_REASON,
    ),
    S.ABROAD: (Q.ABROAD,),
    S.ATTACHMENTS: (Q.ATTACHMENTS,),
}  # fmt: skip
"""Which questions each section asks."""


class FormIncomplete(Refused):
    """A form that must say everything, or say why, does not."""

    sentence = mark("A notification of this type can't be made yet; missing: {missing}.")
    unnamed = mark("A notification of this type can't be made yet: answers are missing.")
    advice = mark(
        "Record what is missing, or send an initial notification first: it needs little, and the rest follows."
    )


class FormContradiction(StrEnum):
    """Two answers that can't both be true."""

    TOLD_NOBODY = "told-nobody"
    """People were told, and no person is concerned."""
    TOLD_MORE = "told-more"
    """More people were told than are concerned."""
    SENSITIVE_NEGLIGIBLE = "sensitive-negligible"
    """Special categories (GDPR 9) are readable, and the gravity is negligible."""
    RECORDS_WITHOUT_PEOPLE = "records-without-people"
    """Records of people are concerned, and nobody is."""
    UNINTELLIGIBLE_BUT_READ = "unintelligible-but-read"
    """The people are not told because nobody can read the data, and some records could be read."""
    ACCIDENTAL_ATTACK = "accidental-attack"
    """It came of hacking, and every cause is accidental."""
    INFORMATION_DECIDED_AND_GIVEN = "information-no-and-given"
    """The decision is not to tell the people, and they were told."""


class FormContradicts(Refused):
    """A form whose answers contradict each other."""

    sentence = mark("Answers of this form contradict each other: {contradictions}.")
    unnamed = mark("Answers of this form contradict each other.")
    advice = mark("Correct what was recorded wrong, then ask for the form again.")


@dataclass(frozen=True, repr=False)
class FormFacts:
    """What was recorded of a breach, as far as the form asks for it; None, or nothing, is not known."""

    form_type: FormType
    aware_at: datetime
    signalled_at: datetime
    occurrence: Occurrence | None
    is_late: bool
    """Whether it would be sent at or after the legal end (GDPR 33(1))."""
    initial_number: str = ""
    delay_reasons: str = ""
    organisation: str = ""
    contact: str = ""
    dpo: str = ""
    processors: tuple[str, ...] | None = ()
    """None where it is not known whether there are any."""
    discovery: str = ""
    circumstances: str = ""
    natures: tuple[BreachNature, ...] = ()
    origins: tuple[BreachOrigin, ...] = ()
    causes: tuple[BreachCause, ...] = ()
    people: int | None = None
    minors: int | None = None
    protected: int | None = None
    categories: tuple[CategoryCount, ...] = ()
    records: int | None = None
    measures_before: str = ""
    consequences: tuple[Consequence, ...] = ()
    consequences_text: str = ""
    gravity: Gravity | None = None
    measures_after: tuple[str, ...] = ()
    information: InformationOfPeople = InformationOfPeople.UNDETERMINED
    informed_at: datetime | None = None
    inform_by: datetime | None = None
    informed_people: int | None = None
    means: tuple[ContactMeans, ...] = ()
    message: str = ""
    not_told_why: WhyNotTold | None = None
    not_told_reason: str = ""
    abroad: str = ""
    attachments: tuple[str, ...] = ()


Answer = str | int | datetime | StrEnum | Occurrence | tuple[str, ...] | tuple[StrEnum, ...] | None
"""What a question is answered with; codes are the CNIL's, texts are as they were written."""


@dataclass(frozen=True, repr=False)
class NotificationForm:
    """A notification: the answers by question, what is missing, and what will follow."""

    form_type: FormType
    answers: Mapping[FormQuestion, Answer]
    missing: tuple[FormQuestion, ...]
    """What this type must say, and doesn't."""
    to_follow: tuple[FormQuestion, ...]
    """What applies and is not known yet; an initial notification says that it will follow (GDPR 33(4))."""
    contradictions: tuple[FormContradiction, ...]

    def must_be_ready(self) -> None:
        """
        Take a form that can be keyed in as it is.

        :raises FormContradicts: if answers contradict each other
        :raises FormIncomplete: if this type must say more
        """
        if self.contradictions:
            raise FormContradicts(contradictions=", ".join(self.contradictions))
        if self.missing:
            raise FormIncomplete(missing=", ".join(self.missing))


def fill(facts: FormFacts) -> NotificationForm:
    """Put what is known in the form's order, and say what is missing."""
    answers = {question: _ANSWERS[question](facts) for question in FormQuestion}
    open_questions = tuple(
        question for question in FormQuestion if _is_blank(answers[question]) and _applies(question, facts)
    )
    must = _MUST[facts.form_type]
    return NotificationForm(
        form_type=facts.form_type,
        answers=answers,
        missing=tuple(question for question in open_questions if must is None or question in must),
        to_follow=() if must is None else tuple(question for question in open_questions if question not in must),
        contradictions=tuple(each for each, holds in _CONTRADICTIONS.items() if holds(facts)),
    )


_ALWAYS = frozenset({Q.FORM_TYPE, Q.ORGANISATION, Q.CONTACT, Q.AWARE_AT, Q.DELAY_REASONS})
_MUST: Mapping[FormType, frozenset[FormQuestion] | None] = {
    FormType.INITIAL: _ALWAYS,
    FormType.COMPLEMENTARY: _ALWAYS | {Q.INITIAL_NUMBER},
    FormType.COMPLETE: None,
}
"""What each type must answer, as far as it applies; None is everything."""

_OPTIONAL = frozenset({Q.ATTACHMENTS, Q.SENSITIVE, Q.PEOPLE_BAND, Q.CONSEQUENCES_TEXT, Q.FIRST_SIGNAL, Q.PROCESSORS})
"""What may stay empty: it follows from another answer, or there is none."""


def _applies(question: FormQuestion, facts: FormFacts) -> bool:
    """Say whether the form needs an answer, given the others."""
    told, information = facts.information is InformationOfPeople.YES, facts.information
    conditions: Mapping[FormQuestion, bool] = {
        Q.INITIAL_NUMBER: facts.form_type is FormType.COMPLEMENTARY,
        Q.DELAY_REASONS: facts.is_late and facts.form_type is not FormType.COMPLEMENTARY,
        Q.INFORMATION: information is InformationOfPeople.UNDETERMINED,
        Q.INFORMED_AT: told,
        Q.INFORM_BY: information is InformationOfPeople.WILL_BE,
        Q.INFORMED_PEOPLE: told,
        Q.INFORMATION_MEANS: told or information is InformationOfPeople.WILL_BE,
        Q.MESSAGE: told,
        Q.NOT_TOLD_WHY: information is InformationOfPeople.NO,
        Q.NOT_TOLD_REASON: information is InformationOfPeople.NO and facts.not_told_why is not WhyNotTold.NO_HIGH_RISK,
        Q.PROCESSORS: facts.processors is None,
    }
    return conditions.get(question, question not in _OPTIONAL)


def _is_blank(answer: Answer) -> bool:
    return answer is None or answer in ("", (), InformationOfPeople.UNDETERMINED)


_ANSWERS: Mapping[FormQuestion, Callable[[FormFacts], Answer]] = {
    Q.FORM_TYPE: lambda facts: facts.form_type,
    Q.INITIAL_NUMBER: lambda facts: facts.initial_number,
    Q.DELAY_REASONS: lambda facts: facts.delay_reasons,
    Q.ORGANISATION: lambda facts: facts.organisation,
    Q.CONTACT: lambda facts: facts.contact,
    Q.DPO: lambda facts: facts.dpo,
    Q.PROCESSORS: lambda facts: facts.processors,
    Q.OCCURRENCE: lambda facts: facts.occurrence,
    Q.FIRST_SIGNAL: lambda facts: facts.signalled_at,
    Q.AWARE_AT: lambda facts: facts.aware_at,
    Q.DISCOVERY: lambda facts: facts.discovery,
    Q.CIRCUMSTANCES: lambda facts: facts.circumstances,
    Q.NATURES: lambda facts: facts.natures,
    Q.ORIGINS: lambda facts: facts.origins,
    Q.CAUSES: lambda facts: facts.causes,
    Q.PEOPLE: lambda facts: facts.people,
    Q.PEOPLE_BAND: lambda facts: None if facts.people is None else PeopleBand.of(facts.people),
    Q.MINORS: lambda facts: facts.minors,
    Q.PROTECTED: lambda facts: facts.protected,
    Q.CATEGORIES: lambda facts: tuple(each.category for each in facts.categories if not each.category.is_sensitive()),
    Q.SENSITIVE: lambda facts: tuple(each.category for each in facts.categories if each.category.is_sensitive()),
    Q.RECORDS: lambda facts: facts.records,
    Q.MEASURES_BEFORE: lambda facts: facts.measures_before,
    Q.CONSEQUENCES: lambda facts: facts.consequences,
    Q.CONSEQUENCES_TEXT: lambda facts: facts.consequences_text,
    Q.GRAVITY: lambda facts: facts.gravity,
    Q.MEASURES_AFTER: lambda facts: facts.measures_after,
    Q.INFORMATION: lambda facts: facts.information,
    Q.INFORMED_AT: lambda facts: facts.informed_at,
    Q.INFORM_BY: lambda facts: facts.inform_by,
    Q.INFORMED_PEOPLE: lambda facts: facts.informed_people,
    Q.INFORMATION_MEANS: lambda facts: facts.means,
    Q.MESSAGE: lambda facts: facts.message,
    Q.NOT_TOLD_WHY: lambda facts: facts.not_told_why,
    Q.NOT_TOLD_REASON: lambda facts: facts.not_told_reason,
    Q.ABROAD: lambda facts: facts.abroad,
    Q.ATTACHMENTS: lambda facts: facts.attachments,
}


def _is_sensitive(facts: FormFacts) -> bool:
    return any(each.category.is_sensitive() and each.records for each in facts.categories)


_CONTRADICTIONS: Mapping[FormContradiction, Callable[[FormFacts], bool]] = {
    FormContradiction.TOLD_NOBODY: lambda facts: bool(facts.informed_people) and facts.people == 0,
    FormContradiction.TOLD_MORE: lambda facts: (
        bool(facts.people) and (facts.informed_people or 0) > (facts.people or 0)
    ),
    FormContradiction.SENSITIVE_NEGLIGIBLE: lambda facts: facts.gravity is Gravity.NEGLIGIBLE and _is_sensitive(facts),
    FormContradiction.RECORDS_WITHOUT_PEOPLE: lambda facts: facts.people == 0 and bool(facts.records),
    FormContradiction.UNINTELLIGIBLE_BUT_READ: lambda facts: (
        facts.not_told_why is WhyNotTold.UNINTELLIGIBLE and bool(facts.records)
    ),
    FormContradiction.ACCIDENTAL_ATTACK: lambda facts: (
        BreachOrigin.HACKING in facts.origins
        and bool(facts.causes)
        and set(facts.causes) <= {BreachCause.INTERNAL_ACCIDENTAL, BreachCause.EXTERNAL_ACCIDENTAL}
    ),
    FormContradiction.INFORMATION_DECIDED_AND_GIVEN: lambda facts: (
        facts.information is InformationOfPeople.NO and bool(facts.informed_people)
    ),
}
