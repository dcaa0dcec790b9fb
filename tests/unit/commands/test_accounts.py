"""Which account an agent is enrolled under."""

from __future__ import annotations

import pytest

from ledger.commands._context import AccountOfTheLedger, AccountUnknown, account, account_of


def test_a_login_is_kept_by_its_number() -> None:
    assert account_of("root", sandbox=False) == "uid:0"
    assert account_of(" uid:1000 ", sandbox=False) == account_of("1000", sandbox=False) == "uid:1000"


def test_a_login_that_is_nobodys_is_a_name_in_a_sandbox_only() -> None:
    assert account_of("aline-exemple", sandbox=True) == "aline-exemple"
    with pytest.raises(AccountUnknown):
        account_of("aline-exemple", sandbox=False)


def test_the_ledgers_own_account_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4321)
    assert account_of("4321", sandbox=False) == "uid:4321"  # a ledger of one person, without sudo
    monkeypatch.setenv("SUDO_UID", "1000")
    with pytest.raises(AccountOfTheLedger):
        account_of("uid:4321", sandbox=False)
    assert account_of("1000", sandbox=False) == account() == "uid:1000"
