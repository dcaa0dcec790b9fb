"""Make the notification of a breach ready to be keyed into the CNIL's form: its facts and texts, opened on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.breach import Breach
from ledger.aggregates.house import House
from ledger.personal import Personal
from ledger.policies.breach_refusals import NotAwareYet
from ledger.policies.breach_scope import may_measure
from ledger.policies.breach_vocabulary import BreachText
from ledger.policies.notification_form import FormFacts, NotificationForm, fill
from ledger.rules.breach_clock import BreachClock, breach_clock
from ledger.rules.cnil import FormType, InformationOfPeople, always
from ledger.rules.houses import Channels, Territory
from ledger.rules.personal_numbers import screen_narrative
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk
from ledger.usecases.subject.opening import Opened, opened_after


@dataclass(frozen=True)
class Stated:
    """What whoever keys the form in says, because no record holds it; empty takes what the house says of itself."""

    organisation: str = ""
    contact: str = ""
    dpo: str = ""
    initial_number: str = ""
    delay_reasons: str = ""
    attachments: tuple[str, ...] = ()

    def texts(self) -> tuple[str, ...]:
        """Give all that was typed."""
        own = (self.organisation, self.contact, self.dpo, self.initial_number, self.delay_reasons)
        return (*own, *self.attachments)


@dataclass(frozen=True, repr=False)
class FormReady:
    """The form, with the clock that it is measured by."""

    breach: UUID
    form: NotificationForm
    clock: BreachClock


def notification(desk: Desk, command: Command, breach_id: UUID, *, form_type: FormType, stated: Stated) -> FormReady:
    """
    Fill the form with what is recorded; whoever may see the scope of the breach may see it, and the look is recorded.

    It is late from the legal end of the oldest clock for which nothing was sent yet (GDPR 33(1)).

    :raises NotFound: if there is no such breach
    :raises NotAwareYet: if nobody is aware of it yet
    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE
    :raises ShownOnce: if the command was used before
    :raises LedgerError: what `screen_narrative` raises for what was typed
    """
    for text in stated.texts():
        screen_narrative(text)
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        breach = desk.streams.load(Breach, breach_id)
        refusal = may_measure(breach.house, own=actor.agent.house, powers=actor.powers)
        actor.allow(refusal, Power.READ_JOURNAL, Power.ADVISE, Power.DECIDE, Power.RECEIVE, Power.ENROL)
        if not breach.clocks:
            raise NotAwareYet
        facts = _Facts(desk, judgement, breach)
        clock = facts.clock()
        known = facts.known(form_type, stated, is_late=bool(breach.unanswered) and clock.is_late(command.at))
        texts = facts.texts()
        recorded = judgement.read("breach.form", rows=1)
    opened = dict(zip(texts, opened_after(desk, command, recorded, list(texts.values())), strict=True))
    return FormReady(breach_id, fill(_with_texts(known, opened, stated)), clock)


class _Facts:
    """Opens the facts of one breach that the form asks for."""

    def __init__(self, desk: Desk, opener: FactOpener, breach: Breach) -> None:
        self._desk = desk
        self._opener = opener
        self._breach = breach

        self.start = next(iter(breach.unanswered), breach.clocks[-1])
        """The oldest awareness for which nothing was sent, or the latest."""

    def clock(self) -> BreachClock:
        """Give the clock by which this notification is late or not."""
        return breach_clock(
            self.start.aware_at,
            zone=ZoneInfo(self._opener.known(self.start.zone) or "Europe/Paris"),
            territory=Territory(self._opener.known(self.start.territory) or Territory.METROPOLE),
            packs=self._desk.law.clocks,
        )

    def known(self, form_type: FormType, stated: Stated, *, is_late: bool) -> FormFacts:
        """Give what the facts answer; texts are opened after."""
        breach, known = self._breach, self._opener.known
        organisation, channels = self._house()
        reach = " / ".join(filter(None, (channels.phone, channels.email, channels.address)))
        described = breach.descriptions[-1] if breach.descriptions else None
        figures = known(breach.scopes[-1].figures) if breach.scopes else None
        assessed = known(breach.assessments[-1].assessment) if breach.assessments else None
        told = [each for each in breach.people_told if each.clock == breach.clock_number]
        initial = breach.last_initial
        return FormFacts(
            form_type=form_type,
            aware_at=self.start.aware_at,
            signalled_at=breach.signalled_at,
            occurrence=known(breach.occurrence),
            is_late=is_late,
            initial_number=stated.initial_number or (known(initial.receipt) or "" if initial else ""),
            organisation=stated.organisation or organisation,
            contact=stated.contact or reach,
            dpo=stated.dpo,
            processors=tuple(filter(None, (known(each.processor) for each in breach.processors))),
            natures=(known(described.natures) or ()) if described else (),
            origins=(known(described.origins) or ()) if described else (),
            causes=(known(described.causes) or ()) if described else (),
            people=figures.people if figures else None,
            minors=figures.minors if figures else None,
            protected=figures.protected if figures else None,
            categories=figures.categories if figures else (),
            records=figures.records if figures else None,
            consequences=always(assessed.consequences if assessed else ()),
            gravity=assessed.gravity if assessed else None,
            information=self._information(bool(told)),
            informed_at=min((each.told_at for each in told), default=None),
            inform_by=known(decided.due_at) if (decided := breach.people_decision) else None,
            informed_people=sum(known(each.people) or 0 for each in told) if told else None,
            means=tuple(dict.fromkeys(means for each in told for means in known(each.means) or ())),
            not_told_why=known(decided.why) if decided else None,
            attachments=stated.attachments,
        )

    def texts(self) -> dict[str, Personal[str]]:
        """Give the texts that the form asks for, sealed, by the name of their part; the last of each counts."""
        breach, found = self._breach, dict[str, Personal[str]]()
        for narrated in breach.narratives:
            part = self._opener.known(narrated.part)
            if part is not None:
                found[part] = narrated.text
        found |= {f"{_MEASURE}{number}": each.measures for number, each in enumerate(breach.remedies)}
        if breach.people_decision is not None:
            found[_NOT_TOLD] = breach.people_decision.reason
        return {"": breach.account} | found

    def _information(self, told: bool) -> InformationOfPeople:
        """Say what the form is told of the people: what was decided, or, without a decision, what was done."""
        if self._breach.people_decision is not None:
            return self._breach.people_decision.information
        return InformationOfPeople.YES if told else InformationOfPeople.UNDETERMINED

    def _house(self) -> tuple[str, Channels]:
        """Give who notifies, the same for every house of a ledger, and how the house is reached."""
        houses = [self._breach.house] if self._breach.house else self._desk.streams.linked(REGISTER, LinkKind.HOUSE)
        if not houses:
            return "", Channels()
        house = self._desk.streams.load(House, houses[0])
        return self._opener.known(house.manager) or "", self._opener.known(house.channels) or Channels()


_MEASURE = "measure "
_NOT_TOLD = "not told"


def _with_texts(facts: FormFacts, opened: Mapping[str, Opened], stated: Stated) -> FormFacts:
    """Add the texts; one that is destroyed is as if it had not been written."""
    texts = {name: value.expose() for name, value in opened.items() if isinstance(value, Personal)}
    return replace(
        facts,
        delay_reasons=stated.delay_reasons,
        discovery=texts.get(BreachText.DISCOVERY, ""),
        circumstances=texts.get(BreachText.CIRCUMSTANCES, texts.get("", "")),
        measures_before=texts.get(BreachText.MEASURES_BEFORE, ""),
        consequences_text=texts.get(BreachText.CONSEQUENCES, ""),
        measures_after=tuple(text for name, text in texts.items() if name.startswith(_MEASURE)),
        message=texts.get(BreachText.MESSAGE, ""),
        not_told_reason=texts.get(_NOT_TOLD, ""),
        abroad=texts.get(BreachText.ABROAD, ""),
    )
