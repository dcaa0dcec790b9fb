"""
The story that `ledger demo` plays: a day at the house of Loiron, with invented people.

The house, its hours, its partners and the law are the ones that ship with the product.
"""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ledger.clock import SystemClock
from ledger.errors import ExitCode
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.commands._stage import Stage

CHLOE = ("Modèle", "Chloé", "03/02/1980")
"""What is typed to find or register the person of the story."""
CAF_NUMBER = "1234567"
_ZONE = ZoneInfo("Europe/Paris")
_CAR, _CAF = "FTI02-carte-grise", "CNAF05-situation"
_FOR_HER = "--mode act-for --absent"
_SECOND = 1_000_000


@dataclass(frozen=True)
class Cast:
    """The house and the people, by their references."""

    house: str
    aline: str
    dora: str


@dataclass(frozen=True)
class Case:
    """What a reception leaves: the person (where she was known), the procedure, its mandate."""

    subject: str
    procedure: str
    mandate: str


def play(stage: Stage, *, folder: str) -> dict[str, str]:
    """Play the whole story; give the references with which one can go on."""
    stage.say(
        mark(
            "A day at the house of Loiron, in a sandbox: {folder}. The house, its hours and the law are real; the "
            "people are invented. Each line after $ is a command that you can type; below it stands its real answer."
        ),
        folder=folder,
    )
    stage.lines(f"export LEDGER_HOME={shlex.quote(folder)}")
    cast = _open_the_house(stage)
    _prepare_the_law(stage, cast)
    car = _receive(stage, paper=f"{folder}/mandat.pdf")
    _decide_before_reading(stage, car)
    caf = _keep_a_value(stage)
    _revoke(stage, caf)
    _destroy(stage, caf)
    _audit(stage, cast, caf)
    _look_after_the_ledger(stage)
    return {"house": cast.house, "agent": cast.aline, "subject": caf.subject, "procedure": car.procedure,
            "mandate": car.mandate, "destroyed": caf.procedure}  # fmt: skip


def _open_the_house(stage: Stage) -> Cast:
    stage.title(mark("1. The house and its agents"))
    stage.say(
        mark(
            "Camille, the controller's delegate, makes the ledger. In a sandbox, and nowhere else, --as lets one play "
            "several parts."
        )
    )
    stage.type("ledger init --sandbox", "Camille Exemple")
    house = stage.type("ledger house register loiron")[0]
    stage.say(mark("The convention (article 4.2) asks for 24 hours a week over five days: Loiron holds it."))
    stage.type(f"ledger house show {house}")
    stage.say(
        mark(
            "Names are typed at a prompt, never as arguments, which stay in the history of a shell. Aline and Bob are "
            "agents; Dora is the data protection officer, Marc manages the house, and a job destroys at night."
        )
    )
    aline = _enrol(stage, f"--role agent --house {house}", "Aline Exemple", "aline")
    bob = _enrol(stage, f"--role agent --house {house}", "Bob Fictif", "bob")
    dora = _enrol(stage, "--role dpo", "Dora Inventée", "dora")
    _enrol(stage, f"--role manager --house {house}", "Marc Modèle", "marc")
    _enrol(stage, "--role job", "Tâche de nuit", "nuit")
    stage.say(
        mark(
            "No access without an undertaking of secrecy (article 4.6), nor without a training for the partner (5.2). "
            "Bob has signed; only Aline is trained."
        )
    )
    until = f"31/12/{SystemClock().now().year + 1}"
    stage.type(f"ledger agent undertake {aline}")
    stage.type(f"ledger agent undertake {bob}")
    stage.type(f"ledger agent train {aline} interieur --until {until}")
    stage.type(f"ledger agent train {aline} cnaf --until {until}")
    return Cast(house, aline, dora)


def _enrol(stage: Stage, options: str, name: str, login: str) -> str:
    return stage.type(f"ledger agent enrol {options}", name, login)[0]


def _prepare_the_law(stage: Stage, cast: Cast) -> None:
    stage.title(mark("2. The law, as data"))
    stage.say(
        mark(
            "The catalogue says which data each procedure needs, and who receives them. An entry is a default until "
            "the controller's delegate confirms it, with the officer's opinion on record."
        )
    )
    stage.type("ledger catalogue show carte grise")
    stage.type(f"ledger catalogue confirm {_CAR} --opinion favourable --officer {cast.dora}")


def _receive(stage: Stage, *, paper: str) -> Case:
    stage.title(mark("3. At the counter"))
    stage.say(
        mark(
            "Chloé wants the house to ask for her car's registration in her name. That takes a mandate: identity "
            "verified, then informed, then signed here by both, in as many originals as there are parties (article "
            "4.6)."
        )
    )
    case = _reception(stage, f"--act {_CAR}:file --paper {shlex.quote(paper)}", "carte grise")
    stage.say(mark("The mandate lives, for this act and no other."))
    stage.type(f"ledger --as aline mandate show {case.mandate}")
    stage.type(f"ledger --as aline procedure show {case.procedure}")
    stage.say(mark("The next person only wants to know how it works, and gives no name."))
    stage.type("ledger --as aline receive", "", "carte grise")
    return case


def _reception(stage: Stage, options: str, words: str) -> Case:
    """Receive Chloé: she is here, the house acts for her, she shows her identity card, is informed, and signs."""
    found = stage.type(f"ledger --as aline receive {options}", *CHLOE, words, "2", "1", "oui", "oui")
    return Case(subject=found[0], procedure=found[-3], mandate=found[-2])


def _decide_before_reading(stage: Stage, case: Case) -> None:
    stage.title(mark("4. Every look is decided, and recorded, before it is read"))
    look = f"access request {case.procedure}"
    portal = f"{look} --place portal {_FOR_HER} --act {_CAR}"
    stage.say(mark("Chloé has gone. Under her mandate, Aline goes on in the partner's site."))
    stage.type(f"ledger --as aline {portal}:file")
    stage.say(mark("Her income is not needed for a registration."))
    stage.type(f"ledger --as aline {look} --field tax.rfr", ends=ExitCode.REFUSED)
    stage.say(mark("Declaring the sale of a car is another act: the mandate does not list it."))
    stage.type(f"ledger --as aline {portal}:declare-sale", ends=ExitCode.REFUSED)
    stage.say(mark("Bob acts under the same mandate, without a training for this partner."))
    stage.type(f"ledger --as bob {portal}:file", ends=ExitCode.REFUSED)


def _keep_a_value(stage: Stage) -> Case:
    stage.title(mark("5. A value that is kept"))
    stage.say(
        mark(
            "Chloé comes back: she has moved, and the CAF must know. Values pass through the partner's site and are "
            "not kept; the catalogue makes an exception, with its reason, for her CAF number."
        )
    )
    case = _reception(stage, f"--act {_CAF}:update", "changement de situation")
    acting = f"{_FOR_HER} --act {_CAF}:update"
    stage.type(f"ledger --as aline procedure collect {case.procedure} no.caf {acting}", CAF_NUMBER)
    stage.say(mark("Presence opens nothing that is kept here; the mandate does."))
    look = f"ledger --as aline access request {case.procedure} --place stored --field no.caf"
    stage.type(look, ends=ExitCode.REFUSED)
    stage.type(f"{look} {acting}")
    stage.say(mark("What went to the CAF is recorded. Sent is not resolved: the procedure stays open."))
    stage.type(
        f"ledger --as aline procedure transmit {case.procedure} --to caf --field no.caf --field ct.postal {acting}"
    )
    return case


def _revoke(stage: Stage, case: Case) -> None:
    stage.title(mark("6. Chloé changes her mind"))
    told_at = _next_second()
    stage.say(
        mark(
            "At {time} she phones the house and withdraws her mandate. Aline does not know it yet, and looks once more."
        ),
        time=told_at.strftime("%H:%M:%S"),
    )
    look = f"ledger --as aline access request {case.procedure} {_FOR_HER} --act {_CAF}:update"
    late = stage.type(f"{look} --place portal --field ct.postal")[0]
    stage.say(
        mark(
            "The withdrawal binds from the call, not from its recording: what was done in between is marked for "
            "review, and from now on nothing is opened under the mandate."
        )
    )
    stage.type(f'ledger --as aline mandate revoke {case.mandate} --known-at "{told_at:%d/%m/%Y %H:%M:%S}"')
    stage.type(f"{look} --place portal --field ct.postal", ends=ExitCode.REFUSED)
    stage.say(mark("The CAF is bound once it is told (Code civil 2005); an account is due to Chloé (1993)."))
    stage.type("ledger --as aline duty list")
    stage.type(f"ledger --as aline mandate tell {case.mandate} cnaf phone")
    stage.type(f"ledger --as aline mandate account {case.mandate} phone")
    stage.say(mark("Dora reviews the look that came too late: Aline could not know."))
    stage.type(f"ledger --as dora access review {late} cleared")
    stage.type("ledger --as aline duty list")


def _next_second() -> datetime:
    """Wait for the next whole second, so that what came before it lies before it for certain; give it."""
    now = SystemClock().now()
    time.sleep((_SECOND - now.microsecond) / _SECOND)
    return SystemClock().now().astimezone(_ZONE).replace(microsecond=0)


def _destroy(stage: Stage, case: Case) -> None:
    stage.title(mark("7. What was kept is destroyed, and not before the archives agree"))
    stage.say(mark("The CAF has changed Chloé's address: she has what she came for."))
    stage.type(f"ledger --as aline procedure resolve {case.procedure} formality-done", "oui")
    stage.say(
        mark(
            "These are public archives: without an authority (Code du patrimoine L212-3) what is due is put out of "
            "reach, not destroyed."
        )
    )
    stage.type("ledger --as nuit retention run")
    look = f"access request {case.procedure} --place stored --field no.caf {_FOR_HER} --act {_CAF}:update"
    stage.type(f"ledger --as aline {look}", ends=ExitCode.REFUSED)
    stage.say(mark("With a standing agreement of the archives, the next run destroys the key, and the value with it."))
    first_day = f"01/01/{SystemClock().now().year}"
    stage.type(f'ledger authority grant working-data --from-day {first_day} --reference "AD53 {first_day[-4:]}-014"')
    stage.type("ledger --as nuit retention run --vacuum")
    stage.type(f"ledger --as aline {look}", ends=ExitCode.ERASED)
    stage.type(f"ledger --as aline procedure show {case.procedure}")


def _audit(stage: Stage, cast: Cast, case: Case) -> None:
    stage.title(mark("8. Who saw what"))
    stage.say(
        mark(
            "The audit trail is whole, although the value is gone: Dora sees who, when, what, why and under what, "
            "refusals included. She sees no value."
        )
    )
    stage.type(f"ledger --as dora audit subject {case.subject}")
    stage.say(mark("By agent, with how often the agent acted in people's names."))
    stage.type(f"ledger --as dora audit agent {cast.aline} --limit 12")
    stage.say(mark("Bob may not read other people's journal, and Dora's own reading is in it."))
    stage.type(f"ledger --as bob audit subject {case.subject}", ends=ExitCode.REFUSED)
    stage.type("ledger --as dora audit trail --limit 4")


def _look_after_the_ledger(stage: Stage) -> None:
    stage.title(mark("9. Looking after the ledger"))
    stage.type("ledger projection status")
    stage.type("ledger doctor", ends=None)
