"""The same command twice: one effect, the same answer."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.integration.commands.shell import FILE, PERSON, Shell, mandated, opened


def test_the_same_command_with_the_same_key_happens_once(office: Shell) -> None:
    key = str(uuid4())
    first, second = (office.ok("subject", "register", "--key", key, answers=PERSON, who="bob").row for _ in range(2))
    assert first["subject"] == second["subject"]
    assert [first["repeated"], second["repeated"]] == [False, True]
    assert len(office.ok("subject", "find", answers=_identity(), who="bob").rows) == 1


def test_another_request_under_a_used_key_is_a_conflict(office: Shell) -> None:
    key = str(uuid4())
    office.ok("subject", "register", "--key", key, answers=PERSON, who="bob")
    other = {**PERSON, "given_name": "Berthe"}
    assert office.run("--as", "bob", "subject", "register", "--key", key, "--json", answers=other).code == 5
    assert office.ok("subject", "find", answers={**_identity(), "given_name": "Berthe"}, who="bob").rows == []


def test_a_repeated_access_gives_its_number_and_nothing_to_see(office: Shell) -> None:
    case = opened(office)
    mandated(office, case)
    key = str(uuid4())
    line = ("access", "request", case.procedure, "--field", "id.civil", "--place", "portal", "--mode", "act-for",
            "--absent", "--act", FILE, "--key", key)  # fmt: skip
    first, second = (office.ok(*line, who="bob").row for _ in range(2))
    assert first["access"] == second["access"]
    assert second["repeated"]
    assert second["until"] is None


def test_a_repeated_end_says_again_whom_to_tell(office: Shell) -> None:
    case = opened(office)
    mandate = mandated(office, case)
    key = str(uuid4())
    office.ok("access", "request", case.procedure, "--place", "portal", "--mode", "act-for", "--absent", "--act", FILE,
              who="bob")  # fmt: skip
    first, second = (office.ok("mandate", "revoke", mandate, "--key", key, who="bob").row for _ in range(2))
    assert first["partners"] == second["partners"] == ["interieur"]
    assert second["repeated"]


def test_two_agents_on_one_mandate_one_wins_and_the_other_is_told(office: Shell) -> None:
    case = opened(office)
    mandate = mandated(office, case)
    office.ok("mandate", "revoke", mandate, who="bob")
    assert office.refused(3, "mandate", "revoke", mandate, who="bob") == "MANDATE_ALREADY_ENDED"


@pytest.mark.parametrize("key", ["no", "1234", ""])
def test_a_key_that_is_no_uuid_is_a_usage_error(office: Shell, key: str) -> None:
    assert office.run("--as", "bob", "subject", "register", "--key", key, answers=PERSON).code == 2


def _identity() -> dict[str, str]:
    return {name: PERSON[name] for name in ("family_name", "given_name", "birth_date")}
