"""
One story that gives every command of the program, with values that stand nowhere else in the world.

Told once in order, on a fresh ledger; each line can then be given again when something is wrong. What may be shown is
said beside each line: whatever is about a person and is not on that list must not be in the answer.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from ledger.commands import _failures
from ledger.commands._context import Session
from ledger.commands._program import program, run
from tests.integration.commands.leaks_markers import PERSONAL

ENTRY, PARTNER, FIELD = "CNAF05-situation", "cnaf", "no.caf"
UPDATE, FOLLOW_UP = f"{ENTRY}:update", f"{ENTRY}:follow-up"
LAST_DAY = f"{datetime.now(UTC) + timedelta(days=700):%d/%m/%Y}"
NEXT_YEAR = f"{datetime.now(UTC) + timedelta(days=400):%d/%m/%Y} 00:00"
LAST_WEEK = f"{datetime.now(UTC) - timedelta(days=7):%d/%m/%Y} 10:00"

FACTS = {
    "annex": ("annexe guichet-arrière quarante-deux",),
    "visa": ("visa des archives numéro treize-bis",),
    "recipient": ("brigade imaginaire de Saint-Exemple",),
    "text": ("réquisition fictive du parquet de Témoinville",),
    "reference": ("parquet-fictif-2026-zzq",),
    "undertaking": ("engagement-tout-a-fait-particulier",),
    "house": ("France Services de Pure-Invention",),
}
"""What a case, a house or a register is about: pages may show it, no stored file may hold it."""

HOUSE_FILE = f"""
kind = "house"
format = 1
code = "pure-invention"
name = "{FACTS["house"][0]}"
manager = "Communauté de Pure-Invention"
department = "53"
territory = "metropole"
zone = "Europe/Paris"
profile = "mayenne"
local_partners = ["gendarmerie"]
source = "Maison inventée"
mark = "DEF"

[schedule]
monday = ["09:00-12:00", "13:30-17:30"]
tuesday = ["09:00-12:00", "13:30-17:30"]
wednesday = ["09:00-12:00", "13:30-17:30"]
thursday = ["09:00-12:00", "13:30-17:30"]
friday = ["09:00-12:00", "13:30-17:00"]

[channels]
email = "accueil@pure-invention.fr"
phone = "02 43 00 00 01"
address = "1 place de l'Invention, 53999 Pure-Invention"
"""

COVERED_ELSEWHERE = {
    "demo": "makes a ledger of its own with invented people, and its own tests run it",
    "completion": "prints a script that depends on nothing, and opens no ledger",
}
"""Commands that the story leaves out, each with its reason."""


def leaves() -> set[str]:
    """Give the path of every command of the program, but for those that are covered elsewhere."""
    root = program()
    context = click.Context(root, info_name="ledger")
    found: set[str] = set()
    for noun in root.list_commands(context):
        if noun in COVERED_ELSEWHERE:
            continue
        command = root.get_command(context, noun)
        assert command is not None
        found |= {f"{noun} {verb}" for verb in command.commands} if isinstance(command, click.Group) else {noun}
    return found


@dataclass(frozen=True)
class Line:
    """One command as it is typed; `answers` go to standard input as JSON. `shows` is what its answer may hold."""

    words: tuple[str, ...]
    answers: Mapping[str, Any] | None = None
    who: str = ""
    shows: frozenset[str] = frozenset()
    stdin: bytes | None = None
    form: tuple[str, ...] = ("--json",)

    @property
    def path(self) -> str:
        """The words of the command itself, such as "mandate sign"; empty where the line names none."""
        known = leaves_once()
        return next((path for path in (" ".join(self.words[:2]), self.words[0]) if path in known), "")

    def typed(self, home: Path) -> list[str]:
        """Give the whole command line."""
        acting = ["--as", self.who] if self.who else []
        source = ["--from", "-"] if self.answers is not None or self.stdin is not None else []
        return ["--ledger", str(home), *acting, *self.words, *source, *self.form]

    @property
    def input(self) -> bytes:
        """What goes to standard input."""
        return self.stdin if self.stdin is not None else json.dumps(self.answers or {}).encode()


@dataclass(frozen=True)
class Answer:
    """What one line gave: its exit code, both outputs, and the exceptions that made it fail."""

    line: Line
    code: int
    out: bytes
    err: bytes
    failures: tuple[BaseException, ...] = ()

    @property
    def row(self) -> dict[str, Any]:
        """The first JSON object of the answer."""
        row: dict[str, Any] = json.loads(self.out.splitlines()[0])
        return row

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All JSON objects of the answer."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> str:
        """The code of the error, told as JSON."""
        return str(json.loads(self.err.splitlines()[-1])["error"])


class Teller:
    """Types lines in this process, as `ledger` would run them, and keeps every answer."""

    def __init__(self, home: Path, *, session: Callable[[], Session] = Session) -> None:
        self.home = home
        self.answers: list[Answer] = []
        self._session = session

    def give(self, line: Line) -> Answer:
        """Run one line."""
        failures: list[BaseException] = []
        explained = _failures.failure_of

        def noted(error: BaseException, **more: Any) -> _failures.Failure:
            failures.append(error)
            return explained(error, **more)

        with _streams(line.input) as (out, err), patch.object(_failures, "failure_of", noted):
            code = run(line.typed(self.home), session=self._session())
        answer = Answer(line, code, out.getvalue(), err.getvalue(), tuple(failures))
        self.answers.append(answer)
        return answer


@contextmanager
def _streams(content: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Put other standard streams in place, whose bytes can be read afterwards."""
    out, err = io.BytesIO(), io.BytesIO()
    wrapped = [io.TextIOWrapper(each, encoding="utf-8", write_through=True) for each in (out, err)]
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, (sys.stdout, sys.stderr) = io.TextIOWrapper(io.BytesIO(content)), wrapped
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for each in wrapped:
            each.flush()
            each.detach()


@dataclass
class Story:
    """The story as it is told: its lines in their order, each with its references."""

    teller: Teller
    outside: Path
    """A folder that is not the ledger's, for what is printed and for files of law."""
    lines: list[Line] = field(default_factory=list)

    def give(
        self, *words: str, answers: Mapping[str, Any] | None = None, who: str = "", shows: str = "", code: int = 0
    ) -> Answer:
        """Give a line that must succeed, or end with the code that tells something."""
        line = Line(words, answers, who, frozenset(filter(None, shows.split(", "))))
        answer = self.teller.give(line)
        assert answer.code == code, (line.typed(Path("L")), answer.err.decode())
        self.lines.append(line)
        return answer

    def tell(self) -> None:
        """Tell the whole story."""
        self.outside.mkdir(exist_ok=True)
        house = self._house()
        bob, dora = self._staff(house)
        aline = self._people()
        procedure, mandate = self._mandate(aline, house)
        self._work(procedure, dora)
        self._other_mandates(aline, bob)
        self._end(aline, procedure, mandate, dora)
        self._reception()
        self._oversight(house, bob, aline)
        self._breaches(dora)
        self._slips()
        self._destruction(procedure, aline)

    def _house(self) -> str:
        give = self.give
        file = self.outside / "maison.toml"
        file.write_text(HOUSE_FILE, encoding="utf-8")
        give("init", "--sandbox", answers={"name": one("delegate")})
        with (self.teller.home / "ledger.toml").open("a", encoding="utf-8") as settings:
            settings.write('\n[reminders]\nby = "file"\nfile = "rappels.jsonl"\n')
        house: str = give("house", "register", str(file)).row["house"]
        told = ("--told", "prefect", "--told", "partners", "--told", "public")
        give("house", "schedule", house, str(file), "--effective-at", NEXT_YEAR, "--announced-at", LAST_WEEK, *told)
        give("house", "cover", house, PARTNER, "--means", "back-office", "--reference", FACTS["annex"][0])
        referent = {"name": one("referent"), "phone": one("referent's phone"), "email": one("referent's mail")}
        give("house", "contact", house, "--function", "referent", "--partner", PARTNER, answers=referent)
        give("house", "list")
        contact = give("house", "show", house).row["contacts"][0]["reference"]
        give("house", "contacts", house, shows="referent, referent's phone, referent's mail")
        give("house", "contact-end", house, contact)
        give("catalogue", "check", str(file))
        give("clock", "breach", "2026-06-09T14:20", "--territory", "metropole")
        give("clock", "answer", "2026-06-08T10:00", "--house", "loiron")
        give("clock", "rights", "2026-06-01", "--extended")
        give("clock", "retention", "mandate-proof", "2026-06-15T16:20")
        give("clock", "opening", "--house", "loiron")
        return house

    def _staff(self, house: str) -> tuple[str, str]:
        give, login = self.give, PERSONAL
        names = {"bob": ("agent", "agent's login"), "gus": ("leaver", "leaver's login")}
        agents = {}
        for short, (name, account) in names.items():
            answers = {"name": one(name), "account": one(account)}
            agents[short] = give("agent", "enrol", "--role", "agent", "--house", house, answers=answers).row["agent"]
            give("agent", "undertake", agents[short], "--text", FACTS["undertaking"][0])
        answers = {"name": one("officer"), "account": login["officer's login"][0]}
        dora = give("agent", "enrol", "--role", "dpo", answers=answers).row["agent"]
        give("agent", "train", agents["bob"], PARTNER, "--until", LAST_DAY)
        give("agent", "roles", agents["gus"], "--role", "agent", "--role", "manager")
        give("agent", "depart", agents["gus"])
        second = {"name": one("second delegate"), "account": one("second delegate's login")}
        give("agent", "enrol", "--role", "delegate", answers=second)
        give("agent", "list", shows="delegate, second delegate, agent, officer, leaver")
        give("agent", "show", agents["bob"], shows="agent, agent's login")
        give("agent", "show", shows="agent, agent's login", who=one("agent's login"))
        return agents["bob"], dora

    def _people(self) -> str:
        give, bob = self.give, one("agent's login")
        contact = {"phone": one("phone"), "email": one("mail"), "address": f"{one('address')}, 53320 Loiron"}
        aline: str = give("subject", "register", answers={**identity(), **contact}, who=bob).row["subject"]
        helper = {**identity(), "family_name": one("representative")}
        representative = give("subject", "register", answers=helper, who=bob).row["subject"]
        twice = {**identity(), "family_name": one("duplicate")}
        duplicate = give("subject", "register", answers=twice, who=bob).row["subject"]
        give("subject", "find", answers=identity(), who=bob)
        give("subject", "find", "--tell-apart", answers=identity(), who=bob)
        whole = "family name, given name, birth date, phone, mail, address"
        give("subject", "show", aline, "--purpose", "answer", shows=whole)
        corrected = {**identity(), "family_name": one("corrected name"), "birth_date": one("corrected birth date")}
        give("subject", "correct", aline, answers=corrected, who=bob)
        give("subject", "correct", aline, answers=identity(), who=bob)
        address = f"{one('new address')}, 53320 Loiron"
        moved = {"phone": one("new phone"), "email": one("new mail"), "address": address}
        give("subject", "contact", aline, answers=moved, who=bob)
        assisted = ("curatorship", "--representative", representative)
        give("subject", "capacity", duplicate, *assisted, who=bob)
        give("subject", "capacity", duplicate, "adult", who=bob)
        give("subject", "merge", duplicate, "--into", aline, who=bob)
        give("subject", "death", representative, who=bob)
        return aline

    def _mandate(self, aline: str, house: str) -> tuple[str, str]:
        give, bob = self.give, one("agent's login")
        opening = {"entry": ENTRY, "note": one("note of the opening")}
        case = ("procedure", "open", "--subject", aline, "--mode", "act-for")
        procedure: str = give(*case, answers=opening, who=bob).row["procedure"]
        moved_to = "family name, given name, birth date, new phone, new mail, new address"
        give("subject", "show", aline, "--purpose", "reach", who=bob, shows=moved_to)
        mandate = self.made(aline, UPDATE, FOLLOW_UP)
        give("procedure", "attach", procedure, "--mandate", mandate, who=bob)
        give("mandate", "strike", mandate, "--act", FOLLOW_UP, who=bob)
        give("mandate", "list", who=bob)
        give("mandate", "show", mandate, who=bob)
        return procedure, mandate

    def made(self, aline: str, *acts: str, agent: str = "") -> str:
        """Make a mandate, step by step."""
        give, bob = self.give, one("agent's login")
        answers = {"acts": list(acts), "days": 31}
        named = ("--agent", agent) if agent else ()
        mandate: str = give("mandate", "draft", "--person", aline, *named, answers=answers, who=bob).row["mandate"]
        give("mandate", "verify-identity", mandate, "--person", aline, "--method", "identity-card", who=bob)
        give("mandate", "inform", mandate, "--all", who=bob)
        printed = "family name, given name, birth date, agent"
        give("mandate", "print", mandate, "--text", who=bob, shows=printed)
        give("mandate", "print", mandate, "--to", str(self.outside / f"{mandate[:8]}.pdf"), who=bob)
        give("mandate", "sign", mandate, "--everybody", who=bob)
        give("mandate", "originals", mandate, "--count", "2", who=bob)
        return mandate

    def _work(self, procedure: str, dora: str) -> None:
        give, bob = self.give, one("agent's login")
        doing = ("--mode", "act-for", "--absent", "--act", UPDATE)
        give("access", "request", procedure, "--place", "portal", *doing, who=bob)
        kept = {"value": one("kept value")}
        give("procedure", "collect", procedure, FIELD, *doing, answers=kept, who=bob)
        stored = ("--field", FIELD, "--place", "stored")
        access = give("access", "request", procedure, *stored, *doing, who=bob, shows="kept value").row["access"]
        give("access", "list", "--procedure", procedure, who=bob)
        give("access", "review", access, "flagged", answers={"note": one("note of the review")}, who="login-doraline")
        give("procedure", "transmit", procedure, "--to", "caf", "--field", FIELD, *doing, who=bob)
        give("procedure", "note", procedure, answers={"note": one("note of the work")}, who=bob)
        give("procedure", "contact", procedure, "phone", answers={"note": one("note of the contact")}, who=bob)
        delegate = give("agent", "show", shows="delegate").row["agent"]
        texts = {name: FACTS[name][0] for name in ("recipient", "text", "reference")}
        given = {**texts, "note": one("note of the disclosure")}
        decided = ("judicial-requisition", "--decided-by", delegate, "--field", FIELD, "--open-stored")
        give("procedure", "disclose", procedure, *decided, answers=given, who=bob, shows="kept value")
        give("procedure", "show", procedure, who=bob)
        opinion = ("--opinion", "unfavourable", "--officer", dora)
        give("catalogue", "confirm", ENTRY, *opinion, answers={"note": one("note of the confirmation")})
        give("catalogue", "show", ENTRY)

    def _end(self, aline: str, procedure: str, mandate: str, dora: str) -> None:
        give, bob = self.give, one("agent's login")
        give("subject", "death", aline, who=bob)
        urgent = ("--urgent", "--mode", "act-for", "--absent", "--act", UPDATE)
        give("procedure", "act", procedure, *urgent, answers={"note": one("reason of the urgency")}, who=bob)
        give("mandate", "tell", mandate, PARTNER, "email", who=bob)
        give("mandate", "account", mandate, "counter", who=bob)
        duties = give("duty", "list", who=bob).rows
        closing = next(duty["duty"] for duty in duties if duty["kind"] == "close-procedure")
        aside = ("--set-aside", "--opinion", "favourable", "--officer", dora)
        give("duty", "done", closing, *aside, answers={"note": "by-mistake"})
        give("procedure", "resolve", procedure, "formality-done", who=bob)
        give("procedure", "reopen", procedure, who=bob)
        give("procedure", "resolve", procedure, "formality-done", who=bob)
        give("procedure", "list", who=bob)

    def _other_mandates(self, aline: str, agent: str) -> None:
        give, bob = self.give, one("agent's login")
        other = give("procedure", "open", "--subject", aline, answers={"entry": ENTRY}, who=bob).row["procedure"]
        give("procedure", "abandon", other, "withdrawn-by-person", who=bob)
        give("mandate", "end", self.made(aline, UPDATE), "superseded", who=bob)
        give("mandate", "revoke", self.made(aline, UPDATE), who=bob)
        give("mandate", "renounce", self.made(aline, UPDATE, agent=agent), who=bob)
        line = ("mandate", "draft", "--person", aline, "--act", UPDATE, "--days", "31")
        mandate = give(*line, who=bob).row["mandate"]
        give("mandate", "void", mandate, "--reason", "wrong-order", who=bob)

    def _reception(self) -> None:
        visit = {
            **identity("received "), "procedure": ENTRY, "present": True, "mode": "act-for", "identity": "passport",
            "informed": True, "signed": True,
        }  # fmt: skip
        self.give("receive", answers=visit, who=one("agent's login"))

    def _oversight(self, house: str, bob: str, aline: str) -> None:
        give, dora = self.give, one("officer's login")
        give("audit", "trail", "--house", house, who=dora)
        give("audit", "subject", aline, who=dora)
        give("audit", "counts", "--house", house, who=dora)
        give("audit", "agent", bob, who=dora)
        give("projection", "rebuild")
        give("projection", "status")
        self.lines.append(self.teller.give(Line(("doctor",))).line)  # how healthy the machine is does not matter here

    def _breaches(self, dora: str) -> None:
        give, bob = self.give, one("agent's login")
        what = {
            "account": one("account of the breach"), "first_signal": LAST_WEEK, "occurred": "unknown",
            "name": one("who told of the breach"), "contact": one("number of who told"), "people": 2,
        }  # fmt: skip
        decided = {"reason": one("reason of a decision")}
        breach = give("breach", "declare", answers=what, who=bob).row["breach"]
        grounds = {"grounds": one("grounds of the breach")}
        give("breach", "aware", breach, "--at", LAST_WEEK, answers=grounds, who=bob)
        give("breach", "board", who=bob, code=11)
        give("breach", "calendar", who=bob)
        give("breach", "remind", who=bob)
        kinds = ("--nature", "confidentiality", "--origin", "equipment-lost-or-stolen", "--cause", "unknown")
        give("breach", "describe", breach, *kinds, who=bob)
        give("breach", "narrate", breach, "discovery", answers={"text": one("account of the breach")}, who=bob)
        give("breach", "processor", breach, "Hébergeur Exemple", "--told-at", LAST_WEEK, who=bob)
        give("breach", "correct", breach, "--at", LAST_WEEK, answers=decided)
        sent = ("--type", "initial", "--receipt", "2026-1")
        give("breach", "sent", breach, *sent, answers={"reasons": one("reason of a decision")}, who=bob)
        measure = ("--dpc", "1", "--ei", "0.25", "--cb", "0", "--gravity", "limited")
        give("breach", "assess", breach, *measure, "--risk", "likely", answers=decided)
        give("breach", "opinion", breach, "favourable", "--officer", dora, answers={"note": one("officer's words")})
        give("breach", "inform", breach, "--told", "2", "--by", "phone", who=bob)
        give("breach", "remedy", breach, answers={"measures": one("remedy of the breach")}, who=bob)
        give("breach", "open-line", breach, "prefect", "--from-instant", LAST_WEEK, who=bob)
        give("breach", "close-line", breach, "prefect", "not-applied", answers=decided)
        narratives = "account of the breach, grounds of the breach, reason of a decision, remedy of the breach"
        give("breach", "register", who=one("officer's login"), shows=narratives)
        form = "account of the breach, remedy of the breach"
        give("breach", "form", breach, "--type", "initial", who=one("officer's login"), shows=form)
        give("breach", "message", breach, who=one("officer's login"), shows="remedy of the breach")
        give("breach", "show", breach, who=bob)
        give("breach", "list", who=bob)
        other = give("breach", "declare", answers=what, who=bob).row["breach"]
        give("breach", "link", breach, other, "--tie", "duplicate", who=bob)
        give("breach", "close", other, "not-a-breach", answers=decided)
        give("breach", "reopen", other, "--at", LAST_WEEK, answers={"facts": one("new facts of the breach")}, who=bob)

    def _slips(self) -> None:
        give, place = self.give, str(self.outside / "versement")
        slip = give("slip", "draft").row["slip"]
        give("slip", "list")
        lines = {row["line"]: row["medium"] for row in give("slip", "show", slip).rows}
        give("slip", "submit", slip)
        give("slip", "export", slip)
        refused = [str(line) for line in lines if line != 1]
        more = ("--refuse", ",".join(refused)) if refused else ()
        visa = ("--reference", FACTS["visa"][0], "--date", f"{datetime.now(UTC):%d/%m/%Y}")
        give("slip", "visa", slip, *visa, "--sample", "1", *more)
        give("slip", "extract", slip, place, "--one-in", "2")
        give("slip", "hand-over", slip, place, "--receipt", FACTS["visa"][0])

    def _destruction(self, procedure: str, aline: str) -> None:
        give = self.give
        grant = ("authority", "grant", "working-data", "--from-day", "01/01/2020", "--reference", FACTS["visa"][0])
        give(*grant)
        second = give(*grant).row["authority"]
        give("authority", "revoke", second)
        give("authority", "list")
        why = {"note": one("reason of the hold")}
        line = ("hold", "set", "procedure", procedure, "--kind", "litigation", "--review", "01/06/2037")
        hold = give(*line, answers=why).row["hold"]
        give("hold", "review", hold, "--next", "01/12/2037")
        give("hold", "list")
        give("hold", "release", hold)
        give("retention", "explain", procedure)
        erasure = give("subject", "erase", aline).row["erasure"]
        give("erasure", "confirm", erasure, who=one("second delegate's login"))
        give("erasure", "answer", erasure, "mail")
        give("erasure", "list")
        assert any(row["action"] == "destroy" for row in give("retention", "plan").rows)
        give("retention", "run", "--vacuum")
        certificate = give("certificate", "list").row["certificate"]
        give("certificate", "show", certificate)
        give("keys", "status")
        give("keys", "holders")
        give("keys", "rotate")
        give("keys", "settle")
        give("keys", "export", str(self.outside / "stick"), "--holder", "cle-usb")
        give("keys", "retire", "cle-usb", "--destroyed", "--reason", "support hors service")
        give("loss", "declare", "premature-destruction", "--count", "2")
        give("loss", "list")
        give("breach", "scope", "--since", "2020-01-01T00:00+01:00", "--by-hand", "2", "--category", "health")
        give("breach", "severity", "--dpc", "3", "--ei", "1", "--cb", "0.5")
        give("proof", "checkpoint")
        give("proof", "rotate-key", "--reason", "changement annuel")
        give("proof", "new-origin", "--reason", "essai")
        give("proof", "origins")
        give("proof", "log-key")
        self._witness()
        receipt = str(self.outside / "recu.tlog-proof")
        give("proof", "receipt", "5", "--to", receipt)
        give("proof", "check", receipt)
        give("proof", "pack", str(self.outside / "dossier"))
        give("proof", "verify", "--read-models", "--commitments")
        size = give("proof", "checkpoints", "--last", "1").row["size"]
        give("proof", "show", str(size), "--to", str(self.outside / "checkpoint.txt"))
        backup = str(self.outside / "backup")
        give("backup", backup)
        give("restore", backup)
        give("drill", "erasure")

    def _witness(self) -> None:
        """Have somebody outside sign, and an authority asked."""
        from tests.integration.proof.authorities import LocalAuthority

        give, outside = self.give, self.outside
        folder, asked = str(outside / "temoin"), str(outside / "demande.txt")
        key = give("witness", "init", folder, "--name", "temoin.example").row["verifier_key"]
        for row in self.teller.give(Line(("proof", "log-key"))).rows:
            give("witness", "trust", folder, row["verifier_key"])
        policy = outside / "politique.txt"
        policy.write_text(f"witness t {key}\nquorum t\n", encoding="utf-8")
        give("proof", "policy", str(policy), "--keep")
        give("proof", "checkpoint")
        give("proof", "request-cosignature", "--to", asked)
        give("witness", "cosign", folder, asked)
        give("proof", "attach-cosignature", f"{asked}.cosignature")
        give("witness", "show", folder)
        authority = outside / "autorite.pem"
        authority.write_bytes(LocalAuthority(outside / "authority").root)
        give("proof", "timestamp", "authority", str(authority))


def one(name: str) -> str:
    """Give a value in the spelling in which it is typed."""
    return PERSONAL[name][0]


def identity(which: str = "") -> dict[str, str]:
    """Give the answers that say who somebody is."""
    names = ("family_name", "given_name", "birth_date")
    return {name: one(f"{which}{name.replace('_', ' ')}") for name in names}


_LEAVES: set[str] = set()


def leaves_once() -> set[str]:
    """Give the paths of the commands, found once."""
    if not _LEAVES:
        _LEAVES.update(leaves())
    return _LEAVES


def again(line: Line, **changes: Any) -> Line:
    """Give a line with something changed."""
    return replace(line, **changes)
