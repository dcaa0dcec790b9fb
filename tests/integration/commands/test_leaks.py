"""
Every command is run with marked values; then every file, log and answer is searched for the marks.

The marks stand in answers only where a command exists to show them, which is also the control: they can be found.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.commands._program import run
from tests.integration.commands.shell import FILE, Said, Shell
from tests.unit.commands.test_every_command import ALL

FAMILY, GIVEN, OTHER = "Marquedefamille", "Marqueprenom", "Marquecorrigee"
PHONE, ADDRESS, NOTE, VALUE = "0611223344", "9 rue Marquedadresse, 53320 Loiron", "Marquedenote", "9988776Z"
AGENT, OFFICER, CONTACT = "Marquedagent Fictif", "Marquededpo Fictive", "Marquedecontact Fictif"
PERSONAL = (
    FAMILY,
    GIVEN,
    OTHER,
    PHONE,
    "Marquedadresse",
    NOTE,
    VALUE,
    "Marquedagent",
    "Marquededpo",
    "Marquedecontact",
)
FACTS = (b"FTI02", b"CNAF05", b"carte-grise", b"no.caf", b"id.civil", b"formality-done", b"identity_card", b"cnaf")
SHOWS_PERSONAL = {"subject show", "subject find", "agent list", "agent show", "mandate print", "access request"}
FOLLOW_UP = "FTI02-carte-grise:follow-up"
NOT_RUN = {"completion", "demo", "receive"}
"""What never opens the ledger, and what runs the same use cases in one go (tested where it lives)."""


class Recorder(Shell):
    """Keeps every answer, by command."""

    def run(self, *line: str, answers: object = None, stdin: bytes | None = None) -> Said:
        """Run a command and keep what it said."""
        said = super().run(*line, answers=answers, stdin=stdin)
        words = [word for word in line if not word.startswith("-")]
        words = words[1:] if line[0] == "--as" else words
        path = next((path for path in (" ".join(words[:2]), words[0]) if path in ALL), "")
        self.said.append((path, said))
        return said

    @property
    def said(self) -> list[tuple[str, Said]]:
        """All answers so far."""
        return self.__dict__.setdefault("_said", [])  # type: ignore[no-any-return]


def work(shell: Recorder, tmp_path: Path) -> None:
    """Run every command, most of them well, some of them badly."""
    shell.ok("init", "--sandbox", answers={"name": "Chloé Modèle"})
    house = shell.ok("house", "register", "loiron").row["house"]
    shell.ok("house", "list")
    shell.ok("house", "cover", house, "cnaf", "--means", "back-office", "--reference", "annexe 2")
    shell.ok("house", "contact", house, "--function", "referent", "--partner", "cnaf",
             answers={"name": CONTACT, "phone": PHONE, "email": "marquedecontact@example.org"})  # fmt: skip
    contact = shell.ok("house", "show", house).row["contacts"][0]["reference"]
    shell.ok("house", "contact-end", house, contact)
    hours = tmp_path / "hours.toml"
    from ledger.rules.law import PACKAGED

    hours.write_bytes((PACKAGED / "houses" / "loiron.toml").read_bytes())
    told = ("--told", "prefect", "--told", "partners", "--told", "public")
    shell.ok("house", "schedule", house, str(hours), "--effective-at", "01/01/2031 00:00", "--announced-at",
             "01/06/2026 09:00", *told)  # fmt: skip
    bob = shell.ok("agent", "enrol", "--role", "agent", "--house", house, answers={"name": AGENT, "account": "bob"})
    dora = shell.ok("agent", "enrol", "--role", "dpo", answers={"name": OFFICER, "account": "dora"}).row["agent"]
    eve = shell.ok("agent", "enrol", "--role", "manager", answers={"name": AGENT, "account": "eve"}).row["agent"]
    shell.ok("agent", "roles", eve, "--role", "agent", "--role", "manager")
    shell.ok("agent", "depart", eve)
    for partner in ("interieur", "cnaf"):
        shell.ok("agent", "train", bob.row["agent"], partner, "--until", "31/12/2030")
    shell.ok("agent", "undertake", bob.row["agent"])
    shell.ok("agent", "list")
    shell.ok("agent", "show", who="bob")
    people(shell)
    mandates(shell, dora)
    oversight(shell, dora)


def people(shell: Recorder) -> None:
    """Register, find, correct, merge people."""
    person = {
        "family_name": FAMILY,
        "given_name": GIVEN,
        "birth_date": "31/12/1980",
        "phone": PHONE,
        "address": ADDRESS,
    }
    first = shell.ok("subject", "register", answers=person, who="bob").row["subject"]
    second = shell.ok("subject", "register", "--homonym", answers=person, who="bob").row["subject"]
    shell.refused(5, "subject", "register", answers=person, who="bob")
    shell.run("--as", "bob", "subject", "register", answers={**person, "birth_date": f"31/12/{FAMILY}"})
    shell.run("--as", "bob", "subject", "register", answers={FAMILY: 1})
    shell.run("--as", "bob", "subject", "register", stdin=f'{{"{FAMILY}'.encode())
    shell.run("--as", "bob", "subject", "show", FAMILY, "--purpose", "recognise")
    identity = {name: person[name] for name in ("family_name", "given_name", "birth_date")}
    shell.ok("subject", "find", "--tell-apart", answers=identity, who="bob")
    shell.ok("subject", "merge", second, "--into", first, who="bob")
    shell.ok("subject", "correct", first, answers={**identity, "family_name": OTHER}, who="bob")
    shell.ok("subject", "contact", first, answers={"phone": PHONE, "address": ADDRESS}, who="bob")
    shell.ok("subject", "show", first, "--purpose", "recognise", who="bob")
    helper = {**identity, "given_name": "Berthe", "birth_date": "01/01/1960"}
    shell.ok("subject", "register", answers=helper, who="bob")
    shell.ok("subject", "capacity", first, "safeguard", who="bob")
    shell.ok("subject", "capacity", first, "adult", who="bob")
    shell.first = first  # type: ignore[attr-defined]


def mandates(shell: Recorder, dora: str) -> None:
    """Draw up, sign and end mandates; open, work and end procedures."""
    person: str = shell.first  # type: ignore[attr-defined]
    answers = {"entry": "carte grise", "note": NOTE}
    procedure = shell.ok("procedure", "open", "--subject", person, "--mode", "act-for", answers=answers, who="bob")
    reference = procedure.row["procedure"]
    draft = ("mandate", "draft", "--person", person, "--act", FILE, "--act", FOLLOW_UP, "--days", "31")
    drafted = [shell.ok(*draft, who="bob") for _ in range(3)]
    void, renounced, revoked = (said.row["mandate"] for said in drafted)
    shell.ok("mandate", "void", void, "--reason", "wrong-content", who="bob")
    for mandate in (renounced, revoked):
        shell.ok("mandate", "verify-identity", mandate, "--person", person, "--method", "identity-card", who="bob")
        shell.ok("mandate", "inform", mandate, "--all", who="bob")
        shell.run("--as", "bob", "mandate", "print", mandate, "--text")
        shell.ok("mandate", "sign", mandate, "--everybody", who="bob")
        shell.ok("mandate", "originals", mandate, "--count", "2", who="bob")
    shell.ok("mandate", "strike", revoked, "--act", FOLLOW_UP, who="bob")
    shell.ok("procedure", "attach", reference, "--mandate", revoked, who="bob")
    doing = ("--mode", "act-for", "--absent", "--act", FILE)
    access = shell.ok("access", "request", reference, "--place", "portal", *doing, who="bob").row["access"]
    shell.ok("access", "review", access, "flagged", answers={"note": NOTE}, who="dora")
    shell.ok("access", "list", who="bob")
    recipient = shell.ok("catalogue", "show", "FTI02-carte-grise").row["recipients"][0].partition(":")[0]
    shell.ok("procedure", "transmit", reference, "--to", recipient, "--field", "id.civil", *doing, who="bob")
    shell.refused(3, "procedure", "transmit", reference, "--to", FAMILY, "--field", "id.civil", *doing, who="bob")
    shell.ok("procedure", "contact", reference, "phone", answers={"note": NOTE}, who="bob")
    disclosure = {"recipient": "Tribunal judiciaire", "text": "CPP 60-1", "reference": "PV 1", "note": NOTE}
    delegate = shell.ok("agent", "show").row["agent"]
    shell.ok("agent", "undertake", delegate)
    shell.ok("procedure", "disclose", reference, "judicial-requisition", "--decided-by", delegate, answers=disclosure)
    for line in (("revoke", revoked), ("renounce", renounced)):
        shell.ok("mandate", *line, who="bob")
    shell.refused(3, "mandate", "end", revoked, "death", who="bob")
    shell.ok("mandate", "tell", revoked, "interieur", "email", who="bob")
    shell.ok("mandate", "account", revoked, "counter", who="bob")
    shell.ok("mandate", "list", who="bob")
    shell.ok("mandate", "show", revoked, who="bob")
    shell.ok("procedure", "abandon", reference, "withdrawn-by-person", who="bob")
    shell.ok("procedure", "reopen", reference, who="bob")
    kept = shell.ok("procedure", "open", "--subject", person, "--informed", answers={"entry": "CNAF05"}, who="bob")
    number = kept.row["procedure"]
    shell.ok("procedure", "collect", number, "no.caf", answers={"value": VALUE}, who="bob")
    shell.ok("procedure", "act", number, "--act", _act("CNAF05"), who="bob")
    shell.run("--as", "bob", "access", "request", number, "--field", "no.caf", "--place", "stored")
    shell.ok("procedure", "show", number, who="bob")
    shell.ok("procedure", "list", who="bob")
    shell.ok("procedure", "resolve", number, "formality-done", who="bob")


def _act(entry: str) -> str:
    from ledger.rules.law import load_law

    found = next(one for one in load_law().catalogue.all_versions() if one.code.startswith(entry))
    return found.acts[0].code


def oversight(shell: Recorder, dora: str) -> None:
    """Audit, confirm, plan, destroy, rebuild."""
    person: str = shell.first  # type: ignore[attr-defined]
    shell.ok("audit", "trail", who="dora")
    shell.ok("audit", "subject", person, who="dora")
    shell.ok("audit", "agent", who="bob")
    duty = next(row["duty"] for row in shell.ok("duty", "list").rows if row["kind"] == "review-act")
    shell.ok("duty", "done", duty, "--set-aside", "--opinion", "favourable", "--officer", dora, answers={"note": NOTE})
    shell.ok("catalogue", "check", str(shell.home.parent / "hours.toml"))
    shell.ok("catalogue", "confirm", "CNAF01-rsa", "--opinion", "favourable", "--officer", dora, answers={"note": NOTE})
    authority = shell.ok(
        "authority", "grant", "working-data", "--from-day", "01/01/2026", "--reference", "AD53 2026-014"
    ).row["authority"]
    shell.ok("authority", "list")
    shell.ok("retention", "plan")
    shell.ok("retention", "run")
    shell.ok("authority", "revoke", authority)
    shell.ok("projection", "rebuild")
    shell.ok("projection", "status")
    shell.ok("doctor")


@pytest.fixture
def recorder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Give a shell that keeps what is said, with every place for temporary files under the test's own folder."""
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    return Recorder(tmp_path / "ledger", capsys, monkeypatch)


def test_no_command_leaks_what_it_was_told(recorder: Recorder, tmp_path: Path) -> None:
    work(recorder, tmp_path)
    assert {path for path, _ in recorder.said} >= set(ALL) - NOT_RUN, "a command was not run: run it in `work`"

    spoken = [(path, mark) for path, said in recorder.said for mark in PERSONAL if mark in said.out + said.err]
    assert {path for path, _ in spoken} <= SHOWS_PERSONAL
    assert {"subject show", "agent list", "mandate print"} <= {path for path, _ in spoken}, "the control finds nothing"
    assert not [said for _, said in recorder.said if "Traceback" in said.err]

    files = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert any(path.name == "events.sqlite3" for path in files)
    marks = [mark.encode() for mark in PERSONAL] + list(FACTS)
    found = [
        (path.name, mark)
        for path, content in files.items()
        for mark in marks
        if mark in content and path.name != "hours.toml"
    ]
    assert found == []
    assert list((tmp_path / "scratch").rglob("*")) == []


def test_an_unexpected_error_leaks_nothing_either(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.ok("init", "--sandbox", answers={"name": "Chloé Modèle"})
    monkeypatch.setattr("ledger.usecases.subject.register.filing", _broken)
    monkeypatch.setattr("ledger.usecases.agent.enrol.by_account", _broken)
    said = recorder.run("agent", "enrol", "--role", "dpo", answers={"name": OFFICER, "account": "dora"})
    assert said.code == 1
    log = (recorder.home / "log" / "ledger.jsonl").read_text()
    assert "RuntimeError" in log
    for text in (said.out, said.err, log):
        assert "Marque" not in text


def _broken(*values: object, **more: object) -> None:
    raise RuntimeError(f"the message of a library, with values: {values} {more} {OFFICER}")


def test_the_marks_would_be_found_if_they_were_written(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "control.sqlite3") as database:
        database.execute("CREATE TABLE leak (value TEXT)")
        database.execute("INSERT INTO leak VALUES (?)", (FAMILY,))
    database.close()
    assert FAMILY.encode() in (tmp_path / "control.sqlite3").read_bytes()
    assert run(["--version"]) == 0
