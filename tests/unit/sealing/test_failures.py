from __future__ import annotations

import pytest

from ledger.errors import ExitCode, LedgerError
from ledger.sealing import failures

ALL = [kind for kind in vars(failures).values() if isinstance(kind, type) and kind.__module__ == failures.__name__]
FIVE = "BoxTampered BoxMissing KeyUnknown KeyErased KeyStoreUnavailable"
DETAILS = {
    "name": "cle-usb",
    "place": "keys/root.key",
    "remedy": "chmod",
    "topic": "a.b.1",
    "algorithm": "x",
    "found": 2,
    "known": 1,
}


def test_there_are_failures() -> None:
    assert len(ALL) > 15


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ALL)
def test_each_says_what_happened_and_what_to_do(
    kind: type[LedgerError], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    fault = kind(**DETAILS)
    assert fault.explain()
    assert fault.next_step()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (failures.BoxTampered, ExitCode.INTEGRITY),
        (failures.BoxMissing, ExitCode.INTEGRITY),
        (failures.KeyUnknown, ExitCode.INTEGRITY),
        (failures.KeyStoreTampered, ExitCode.INTEGRITY),
        (failures.KeyErased, ExitCode.ERASED),
        (failures.KeyStoreUnavailable, ExitCode.UNAVAILABLE),
        (failures.RootKeyAbsent, ExitCode.UNAVAILABLE),
        (failures.RootKeyExposed, ExitCode.MISCONFIGURED),
        (failures.ContentUnreadable, ExitCode.MISCONFIGURED),
    ],
)
def test_each_has_the_documented_exit_code(kind: type[LedgerError], code: ExitCode) -> None:
    assert kind.exit_code is code


def test_tampered_missing_lost_erased_and_unavailable_are_never_one() -> None:
    five = [getattr(failures, name) for name in FIVE.split()]
    assert not any(issubclass(one, other) for one in five for other in five if one is not other)
    assert len({kind().code for kind in five}) == 5
