"""
What each refusal code means: a sentence, what to do next, and the article that says so.

The table is closed like the codes are; a test compares the two, and the reference page with both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.errors import Refused
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.translation import mark, translate


@dataclass(frozen=True)
class Meaning:
    """A refusal for people: source texts, and the articles (the same in every language)."""

    sentence: str
    advice: str
    article: str


class RefusedByRule(Refused):
    """A rule of the closed list says no; a subclass may say more of why than the sentences of its code do."""

    sentence = ""
    advice = ""

    def __init__(self, refusal: RefusalCode, **details: object) -> None:
        self.refusal = refusal
        super().__init__(**details)

    @property
    def decision(self) -> RefusalCode:
        """The code that a header may show."""
        return self.refusal.shown

    @property
    def code(self) -> str:
        """The exact code, for the person who asked."""
        return self.refusal.value

    @property
    def article(self) -> str:
        """The articles that say so."""
        return REFUSALS[self.refusal].article

    def explain(self) -> str:
        """Say what is refused, in the user's language."""
        return translate(self.sentence or REFUSALS[self.refusal].sentence).format(**self.details)

    def next_step(self) -> str:
        """Say what the user can do now, in the user's language."""
        return translate(self.advice or REFUSALS[self.refusal].advice).format(**self.details)


class OtherRole(RefusedByRule):
    """No role of whoever acts lets them do this; the law of the day says whose it is."""

    advice = mark("Ask somebody whose role it is: {roles}.")

    def __init__(self, roles: Iterable[Role]) -> None:
        super().__init__(RefusalCode.ROLE_NOT_ALLOWED)
        self._roles = tuple(roles)

    def next_step(self) -> str:
        """Name the roles, where one has it."""
        if not self._roles:
            return translate(REFUSALS[self.refusal].advice)
        return translate(self.advice).format(roles=", ".join(translate(ROLE_WORDS[role]) for role in self._roles))


class OwnRoles(RefusedByRule):
    """Somebody would take away their own roles, or leave by their own hand: then nobody might be left who decides."""

    sentence = mark("Nobody changes their own roles, or records their own departure.")
    advice = mark(
        "Ask somebody else who enrols; the only controller's delegate first has another one enrolled, who then does it."
    )


class StepMissing(RefusedByRule):
    """A step of a mandate comes before the one that it follows, and nothing is signed yet that would be void."""

    advice = mark("Nothing is signed yet, and nothing is void: record the missing step first, {step}.")

    def __init__(self, step: str) -> None:
        super().__init__(RefusalCode.WRONG_ORDER, step=step)


ROLE_WORDS: Mapping[Role, str] = {
    Role.AGENT: mark("agent"),
    Role.DPO: mark("data protection officer"),
    Role.MANAGER: mark("house manager"),
    Role.DELEGATE: mark("controller's delegate"),
    Role.JOB: mark("automatic job"),
}
"""How people call the roles."""


REFUSALS: Mapping[RefusalCode, Meaning] = {
    RefusalCode.AGENT_DEPARTED: Meaning(
        mark("This agent had left the house."),
        mark("Act under your own name; a departed agent is enrolled again if they come back."),
        "Convention 4.6",
    ),
    RefusalCode.NO_UNDERTAKING: Meaning(
        mark("This agent has not signed the undertaking of professional secrecy."),
        mark("Have the undertaking signed and recorded before any access."),
        "Convention 4.6; Code pénal 226-13",
    ),
    RefusalCode.ROLE_NOT_ALLOWED: Meaning(
        mark("This is not for somebody with your role."),
        mark("Ask a person whose role it is; roles are given by the manager of the house."),
        "Convention 4.6; RGPD 38(6), 39",
    ),
    RefusalCode.NO_TITLE: Meaning(
        mark("Whoever asks has no title to these data: being present in the house is none."),
        mark("Tell them to ask the person, or to send the controller a request that names its legal ground."),
        "Convention 4.6; Code pénal 226-13",
    ),
    RefusalCode.OTHER_HOUSE: Meaning(
        mark("This case belongs to another house."),
        mark("Let the other house go on with it, or receive the person here for a case of its own."),
        "Convention 4.6",
    ),
    RefusalCode.NOT_TRAINED: Meaning(
        mark("This agent has no valid training for this partner, and nobody trained is named to supervise."),
        mark("Name a trained colleague who supervises you, or let them take over."),
        "Convention 5.2.2",
    ),
    RefusalCode.PROCEDURE_CLOSED: Meaning(
        mark("This procedure is closed."),
        mark(
            "If it was a mistake, undo its end with `ledger procedure reopen`, as long as its data still exist; else "
            "open a new procedure."
        ),
        "Convention 4.6; RGPD 5(1)(e)",
    ),
    RefusalCode.RESTRICTED: Meaning(
        mark("These data are past their term: no agent reads them any more."),
        mark("Nothing is to be done at the counter; the data protection officer can say why."),
        "RGPD 5(1)(e), 18; Code du patrimoine L212-3",
    ),
    RefusalCode.ANONYMOUS_VISIT: Meaning(
        mark("A visit without identity is for information only."),
        mark("Register the person first, if they agree, and open a procedure for them."),
        "Convention 2.1, 4.6; RGPD 5(1)(c)",
    ),
    RefusalCode.MODE_NOT_OFFERED: Meaning(
        mark("This procedure is not done in this way: the person does it, or the house can't help with it so."),
        mark("Look at the ways that the catalogue offers for this procedure."),
        "Convention 4.6",
    ),
    RefusalCode.OUTCOME_DOES_NOT_FIT: Meaning(
        mark("This outcome does not fit what the procedure is for: nobody is merely redirected."),
        mark("Give the outcome that the person obtained, or abandon the procedure and say why."),
        "Convention, préambule et 2.1",
    ),
    RefusalCode.NOT_RESOLVED: Meaning(
        mark("This procedure is not resolved."),
        mark("Being sent to the partner is not a resolution: wait for the outcome, then record it."),
        "Convention, préambule et 4.6",
    ),
    RefusalCode.NOT_NECESSARY: Meaning(
        mark("The procedure does not need these data."),
        mark("Ask only for fields that the catalogue lists for it; if one is missing there, tell the controller."),
        "Convention 4.6; RGPD 5(1)(c)",
    ),
    RefusalCode.NOT_KEPT: Meaning(
        mark("This value is not kept here: it passes through the partner's portal."),
        mark("Have it shown by the person, or type it straight into the portal."),
        "Convention 4.6; RGPD 5(1)(c)",
    ),
    RefusalCode.NEVER_STORED: Meaning(
        mark("Data of this nature are never stored here."),
        mark("Type it straight into the partner's portal; write it nowhere else."),
        "RGPD 9; décret 2019-341; loi 78-17, art. 30",
    ),
    RefusalCode.NO_GATEWAY: Meaning(
        mark("Nothing opens these data in this way: no presence, no mandate, no legal exchange, no back office."),
        mark("Have the person show them, or draw up a mandate that names what you need to do."),
        "Convention 4.6",
    ),
    RefusalCode.NOT_INFORMED: Meaning(
        mark("What the person must be told, or agree to, for this use is not recorded."),
        mark("Tell the person who uses their data, for what and with which rights; record it, then ask again."),
        "Convention 4.6; RGPD 13; loi 78-17, art. 48",
    ),
    RefusalCode.NO_REFERENCE: Meaning(
        mark("No text or agreement in the catalogue opens these data for this procedure."),
        mark("Give the reference as the catalogue names it; a legal basis alone opens nothing."),
        "Convention 4.6; CRPA L114-8",
    ),
    RefusalCode.NO_MANDATE: Meaning(
        mark("Acting for the person, or without them, takes a mandate, and this procedure has none."),
        mark("Draw up a mandate with the person, on site, and attach it to the procedure."),
        "Convention 4.6; Code civil 1984",
    ),
    RefusalCode.MANDATE_NOT_LIVE: Meaning(
        mark("The mandate is not complete yet."),
        mark("Finish it: identity, information, every signature, all originals."),
        "Convention 4.6; Code civil 1375",
    ),
    RefusalCode.MANDATE_ENDED: Meaning(
        mark("The mandate has ended: nothing is done under it any more."),
        mark("Tell the partners that were dealt with; go on with the person present, or draw up a new mandate."),
        "Convention 4.6; Code civil 2003, 2004, 2005",
    ),
    RefusalCode.NOT_THE_MANDATARY: Meaning(
        mark("The mandate was not given to you."),
        mark("Let an agent whom the mandate names act, or draw up a mandate for the house."),
        "Code civil 1984, 1994",
    ),
    RefusalCode.OUT_OF_SCOPE: Meaning(
        mark("The mandate does not list this."),
        mark("A mandate covers what it lists and nothing else: draw up one that names this act."),
        "Convention 4.6; Code civil 1989",
    ),
    RefusalCode.NO_DATA_REQUEST_SCOPE: Meaning(
        mark("The mandate lists acts, but not this request for data."),
        mark("Draw up a mandate that also names the data to be asked for."),
        "Convention 4.6",
    ),
    RefusalCode.FORBIDDEN_ACT: Meaning(
        mark("This act is barred whatever a mandate says."),
        mark("The person does it, with your help if they wish."),
        "Convention 4.6; règles du partenaire",
    ),
    RefusalCode.NOT_A_RECIPIENT: Meaning(
        mark("The catalogue does not name this recipient for this procedure."),
        mark("Send only to the recipients that the catalogue lists."),
        "Convention 4.6; RGPD 13(1)(e)",
    ),
    RefusalCode.CONSENT_MISSING: Meaning(
        mark("This use takes the person's express consent, and none is recorded for it."),
        mark("Ask the person; without an express yes it is not done."),
        "Convention 4.6; RGPD 9(2)(a)",
    ),
    RefusalCode.NO_DECISION: Meaning(
        mark("Giving these data takes a decision of the controller's delegate, who has decided nothing here."),
        mark("Send the request to the controller's delegate; only an urgent danger does not wait."),
        "Code pénal 226-14; code de procédure pénale 40, 60-1",
    ),
    RefusalCode.SOLE_BENEFIT: Meaning(
        mark("These data were exchanged to open the person's rights: they never serve to look for fraud."),
        mark("Refuse, and tell the controller's delegate who asked."),
        "Convention 4.6; CRPA L114-8, II",
    ),
    RefusalCode.WRONG_ORDER: Meaning(
        mark("The steps are not in order: identity, then information, then the signatures."),
        mark("Record the paper as void and sign a new one in the right order."),
        "Convention 4.6",
    ),
    RefusalCode.BACKDATED: Meaning(
        mark("This would be dated before it could happen."),
        mark("Give the true time; a late entry is marked late and is worth as much."),
        "Convention 4.6; Code civil 1377",
    ),
    RefusalCode.IN_THE_FUTURE: Meaning(
        mark("This has not happened yet."),
        mark("Check the date and time; record it once it has happened."),
        "Convention 4.6",
    ),
    RefusalCode.IDENTITY_METHOD_REFUSED: Meaning(
        mark("The convention of this house does not take this way of verifying an identity."),
        mark("Ask for one of the documents that the profile of the house lists; keep no copy."),
        "Convention 4.6; profil de la maison",
    ),
    RefusalCode.INFORMATION_INCOMPLETE: Meaning(
        mark("The person was not told everything: the use of their data, their rights, and the procedures."),
        mark("Go through all three topics with the person, then record it."),
        "Convention 4.6; RGPD 13; loi 78-17, art. 48",
    ),
    RefusalCode.SIGNATURE_NOT_ON_SITE: Meaning(
        mark("A mandate is signed on site, by both, together."),
        mark("Have it signed in the house, or where the house receives people."),
        "Convention 4.6",
    ),
    RefusalCode.SIGNATURE_MEANS_REFUSED: Meaning(
        mark("The convention of this house does not take this means of signature."),
        mark("Print the mandate and have it signed on paper."),
        "Convention 4.6",
    ),
    RefusalCode.SIGNATURE_MISSING: Meaning(
        mark("Somebody has not signed yet."),
        mark("Have every party sign, representatives and curators included."),
        "Convention 4.6",
    ),
    RefusalCode.NOT_A_PARTY: Meaning(
        mark("This person has nothing to sign or show for this mandate."),
        mark("Check who the mandate names, and in which quality."),
        "Convention 4.6; Code civil 1984",
    ),
    RefusalCode.ORIGINALS_MISSING: Meaning(
        mark("There must be as many originals as there are parties, and each must bear their number."),
        mark("Print and sign the originals that are missing; mark the number on each."),
        "Convention 4.6; Code civil 1375",
    ),
    RefusalCode.TERM_NOT_OFFERED: Meaning(
        mark("A mandate is not given for this long."),
        mark("Choose one of the durations that the profile of the house offers."),
        "Convention 4.6; profil de la maison",
    ),
    RefusalCode.NOT_A_SPECIAL_MANDATE: Meaning(
        mark("A mandate lists the acts, or the requests for data, that it is given for: this one lists none we know."),
        mark("Choose acts and requests from the catalogue, at least one, for procedures in force."),
        "Convention 4.6; Code civil 1987, 1989",
    ),
    RefusalCode.REPRESENTATIVE_NEEDED: Meaning(
        mark("This person does not sign alone: the representative signs, and none is known."),
        mark("Register the representative, check their identity and quality, and have them sign."),
        "Code civil 388-1-1, 473, 494-1",
    ),
    RefusalCode.CURATOR_NEEDED: Meaning(
        mark("This person signs with their curator beside them, and none is known."),
        mark("Register the curator, check their identity and quality, and have both sign."),
        "Code civil 467",
    ),
    RefusalCode.CAPACITY_CHECK_NEEDED: Meaning(
        mark("The person is under safeguard of justice: something must be checked first."),
        mark("Check that nobody else was appointed for this act, then confirm it."),
        "Code civil 435",
    ),
    RefusalCode.CAPACITY_REFUSED: Meaning(
        mark("This house takes no mandate from a person in this legal situation."),
        mark("Help the person, with their representative present, to do it themselves."),
        "Code civil 425; profil de la maison",
    ),
    RefusalCode.MANDATE_ALREADY_ENDED: Meaning(
        mark("This mandate had ended already."),
        mark("There is nothing to end; look at the mandate to see how and when it did."),
        "Code civil 2003",
    ),
    RefusalCode.MANDATE_ALREADY_LIVE: Meaning(
        mark("This mandate is live: what it says is settled."),
        mark("To change it, have it revoked and draw up a new one."),
        "Convention 4.6; Code civil 1103",
    ),
    RefusalCode.MANDATE_VOID: Meaning(
        mark("This paper was recorded void: it has no effect."),
        mark("Draw up a new mandate and sign it in the right order."),
        "Convention 4.6",
    ),
    RefusalCode.NOT_ENDED: Meaning(
        mark("This mandate has not ended: there is no end to tell of."),
        mark("Record how it ended first."),
        "Code civil 2003, 2005",
    ),
    RefusalCode.MANDATE_OF_ANOTHER_PERSON: Meaning(
        mark("This mandate was given by somebody else."),
        mark("Attach a mandate that was given by the person of this procedure."),
        "Convention 4.6; Code civil 1984",
    ),
    RefusalCode.MANDATE_OF_ANOTHER_PROCEDURE: Meaning(
        mark("This mandate was not given for this procedure."),
        mark("A mandate covers the procedures that it lists: draw up one that names this one."),
        "Convention 4.6; Code civil 1989",
    ),
}
