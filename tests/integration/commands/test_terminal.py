"""At a real terminal: questions, confirmations, folding, paging, Ctrl-C."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from tests.integration.commands.shell import PERSON, Shell

START = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # this terminal is the one that Ctrl-C and the pager mean
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background lets its children ignore Ctrl-C
from ledger.commands import main
sys.exit(main())
"""
PROGRAM = (sys.executable, "-c", START)
SECONDS = 60


class Terminal:
    """A command with a terminal of its own."""

    def __init__(
        self, shell: Shell, line: Sequence[str], *, rows: int = 24, columns: int = 80,
        environment: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (rows, columns))
        usual = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "LEDGER_HOME": str(shell.home)}
        self._process = subprocess.Popen(
            [*PROGRAM, *line], stdin=slave, stdout=slave, stderr=slave, env={**usual, **(environment or {})},
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def expect(self, text: str) -> None:
        """Wait until the terminal shows a text."""
        while text not in self.seen:
            if not self._read():
                raise AssertionError(f"{text!r} never came: {self.seen!r}")

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._master, f"{text}\n".encode())

    def press(self, keys: str) -> None:
        """Press keys, without the one that ends a line."""
        os.write(self._master, keys.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C, and again while nothing happens: readline may miss it just before it waits."""
        for _ in range(SECONDS):
            os.write(self._master, b"\x03")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
                return

    def end(self) -> int:
        """Read to the end and give the exit code."""
        while self._read():
            pass
        os.close(self._master)
        return self._process.wait(timeout=SECONDS)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], SECONDS)
        if not ready:
            self._process.kill()
            return False
        try:
            content = os.read(self._master, 65_536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.seen += content.decode(errors="replace")
        return bool(content)


def test_questions_are_asked_one_by_one_and_again_when_an_answer_is_wrong(office: Shell) -> None:
    terminal = Terminal(office, ["--as", "bob", "subject", "register"])
    for ask, answer in (
        ("Nom de famille", PERSON["family_name"]), ("Prénom", "x" * 200), ("Erreur", PERSON["given_name"]),
        ("Date de naissance", PERSON["birth_date"]), ("Téléphone", ""), ("Courriel", ""), ("Adresse postale", ""),
    ):  # fmt: skip
        terminal.expect(ask)
        terminal.type(answer)
    assert terminal.end() == 0
    assert "Usager inscrit" in terminal.seen
    found = office.ok("subject", "find", answers={k: v for k, v in PERSON.items() if k != "phone"}, who="bob").rows
    assert len(found) == 1


def test_the_severity_of_a_breach_is_asked_question_by_question(office: Shell) -> None:
    terminal = Terminal(office, ["breach", "severity"])
    for ask, answer in (
        ("Quelles données", "5"), ("Erreur", "3"), ("identifiées", "1"), ("voir les données", "unknown-recipients"),
        ("altérées", "none"), ("inutilisables", "none"), ("nuire", "non"),
    ):  # fmt: skip
        terminal.expect(ask)
        terminal.type(answer)
    assert terminal.end() == 0
    assert "3.5" in terminal.seen
    assert "notifier la CNIL" in terminal.seen


def test_ctrl_c_at_a_question_records_nothing(office: Shell) -> None:
    before = office.ok("projection", "status").rows[0]
    terminal = Terminal(office, ["--as", "bob", "subject", "register"])
    terminal.expect("Nom de famille")
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert office.ok("projection", "status").rows[0] == before


def test_what_will_be_destroyed_is_shown_before_a_resolution(office: Shell) -> None:
    subject = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    bob = office.ok("agent", "show", who="bob").row["agent"]
    office.ok("agent", "train", bob, "cnaf", "--until", "31/12/2030")
    line = ("procedure", "open", "--subject", subject, "--informed")
    procedure = office.ok(*line, answers={"entry": "CNAF05"}, who="bob").row["procedure"]
    office.ok("procedure", "collect", procedure, "no.caf", answers={"value": "9988776Z"}, who="bob")
    for answer, state in (("non", "open"), ("oui", "resolved")):
        terminal = Terminal(office, ["--as", "bob", "procedure", "resolve", procedure, "formality-done"])
        terminal.expect("no.caf")
        terminal.type(answer)
        assert terminal.end() == 0
        assert office.ok("procedure", "show", procedure, who="bob").row["state"] == state


def test_a_death_is_asked_about_before_it_is_recorded_and_can_be_taken_back(office: Shell) -> None:
    person = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    for answer, shown in (("non", "Rien n"), ("oui", "Décès enregistré")):
        terminal = Terminal(office, ["--as", "bob", "subject", "death", person])
        terminal.expect("(oui/non)")
        terminal.type(answer)
        terminal.expect(shown)
        assert terminal.end() == 0
    taken_back = Terminal(office, ["--as", "bob", "subject", "death", person, "--mistaken"])
    taken_back.expect("Décès retiré")
    assert taken_back.end() == 0


def test_a_table_folds_to_the_width_of_the_terminal(office: Shell) -> None:
    terminal = Terminal(office, ["house", "list"], columns=70, rows=60)
    assert terminal.end() == 0
    assert max(map(len, terminal.seen.splitlines())) <= 70


@pytest.mark.skipif(not os.path.exists("/usr/bin/less"), reason="the pager is not on this machine")  # noqa: PTH110
def test_a_long_list_is_paged_by_a_pager_that_starts_no_shell(office: Shell) -> None:
    terminal = Terminal(office, ["catalogue", "show"], rows=10)
    terminal.expect("Espace pour la suite, q pour quitter")
    terminal.press("!")
    terminal.expect("not available")
    terminal.press("\rq")
    assert terminal.end() == 0
    assert "FT01" in terminal.seen


def test_a_pdf_is_not_thrown_at_a_terminal(office: Shell) -> None:
    terminal = Terminal(office, ["--as", "bob", "mandate", "print", "00000000"])
    assert terminal.end() == 2
    assert "--to" in terminal.seen


def told_at_a_terminal(terminal: Terminal, *answers: tuple[str, str]) -> None:
    """Answer questions as they come."""
    for ask, answer in answers:
        terminal.expect(ask)
        terminal.seen = terminal.seen.partition(ask)[2]
        terminal.type(answer)


def test_a_breach_is_declared_one_question_at_a_time_and_the_clock_is_told(office: Shell) -> None:
    terminal = Terminal(office, ["--as", "bob", "breach", "declare"], columns=160)
    terminal.expect("Arrêtez ce qui peut l")
    told_at_a_terminal(
        terminal,
        ("Que s", "Un courrier est parti chez un voisin"),
        ("remarqué pour la première fois", "01/06/2099 10:00"), ("toujours en cours", "unknown"), ("appeler", ""),
    )  # fmt: skip
    terminal.expect("pas encore eu lieu")
    told_at_a_terminal(
        terminal,
        ("remarqué pour la première fois", "01/06/2026 10:00"), ("toujours en cours", "unknown"),
        ("Quel sous-traitant", "Hébergeur Exemple"), ("Quand l", "02/06/2026 14:30"),
        ("Depuis quand en avait-il", "31/05/2026 08:00"),
        ("raisonnablement certain", "oui"), ("Depuis quand est-ce certain", "02/06/2026 14:20"), ("rend certain", ""),
        ("a été violé", "beauté"), ("Erreur", "confidentiality"), ("Comment c", "wrong-recipient"),
        ("en est la cause", ""), ("Combien de personnes", "1"), ("Combien d", ""), ("Quelles données", "contact"),
    )  # fmt: skip
    assert terminal.end() == 0
    assert "5 juin 2026 à 14" in terminal.seen, "the target, in words"
    assert "Que faire maintenant" in terminal.seen
    (row,) = office.ok("breach", "list", who="bob").rows
    assert row["next"][0] == "notify"
    (heard,) = office.ok("breach", "show", row["breach"], who="bob").row["processors"]
    assert heard["processor"] == "Hébergeur Exemple"


def test_a_declaration_that_is_cut_short_is_resumed_where_it_stopped(office: Shell) -> None:
    terminal = Terminal(office, ["--as", "bob", "breach", "declare"], columns=160)
    told_at_a_terminal(
        terminal,
        ("Que s", "Un sac a disparu"), ("remarqué pour la première fois", "01/06/2026 10:00"),
        ("toujours en cours", "unknown"), ("appeler", ""),
    )  # fmt: skip
    terminal.expect("Quel sous-traitant")
    terminal.interrupt()
    assert terminal.end() == 130
    (waiting,) = office.ok("breach", "declare", "--pending", who="bob").rows
    assert waiting["left"] == ["processor", "awareness", "kinds", "estimate"]
    assert office.ok("breach", "show", waiting["breach"], who="bob").row["next"] == ["become-aware"]
    terminal = Terminal(office, ["--as", "bob", "breach", "declare", "--resume", waiting["breach"]], columns=160)
    told_at_a_terminal(
        terminal,
        ("Quel sous-traitant", ""), ("raisonnablement certain", "non"), ("a été violé", "availability"),
        ("Comment c", ""), ("en est la cause", ""),
        ("Combien de personnes", ""), ("Combien d", ""), ("Quelles données", ""),
    )  # fmt: skip
    assert terminal.end() == 0
    assert "Vérifiez vite" in terminal.seen
    (waiting,) = office.ok("breach", "declare", "--pending", who="bob").rows
    assert waiting["left"] == ["processor", "awareness", "estimate"]
