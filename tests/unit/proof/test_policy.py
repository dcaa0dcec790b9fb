"""Policies on witnesses are read strictly; a quorum is met by enough of them only."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import ExitCode
from ledger.proof.notes import Algorithm, Note, NoteForged
from ledger.proof.policy import (
    Policy,
    PolicyKeyInvalid,
    PolicyKeyTwice,
    PolicyMalformed,
    PolicyNameTaken,
    PolicyNameUnknown,
    PolicyNumberImpossible,
    PolicyWithoutQuorum,
)
from ledger.proof.signing import NoteSigner
from ledger.proof.verifier.verify import Fault
from ledger.proof.verifier.verify import Policy as AlonePolicy
from tests.unit.proof.logs import MadeLog, key_line

SEEDS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 6)]
LOG = MadeLog(private=SEEDS[4])
A, B, C = (key_line(f"{name}.example", SEEDS[at], Algorithm.COSIGNATURE) for at, name in enumerate("abc"))
THREE = f"witness a {A}\nwitness b {B}\nwitness c {C}\n"


def test_a_policy_says_which_logs_and_which_witnesses() -> None:
    policy = Policy.parse(f"# essai\n\nlog {LOG.key()}  # celui de Loiron\n{THREE}group g 2 a b c\nquorum g\n")
    assert [str(key) for key in policy.logs] == [str(LOG.key())]
    assert {name: str(key) for name, key in policy.witnesses.items()} == {"a": A, "b": B, "c": C}
    assert (policy.groups["g"].needed, policy.groups["g"].members, policy.quorum) == (2, ("a", "b", "c"), "g")


def test_the_key_of_a_log_signs_under_each_of_its_origins() -> None:
    policy = Policy.parse(f"log {LOG.key()}\nquorum none\n")
    [key] = policy.log_keys(f"{LOG.ledger.hex}/e20261126130000")
    assert key.name == f"{LOG.ledger.hex}/e20261126130000"
    assert key.public == LOG.key().public
    assert policy.log_keys("22222222222222222222222222222222/e1") == []


@pytest.fixture
def cosigned(tmp_path: Path) -> dict[str, Note]:
    """The checkpoint of a log, signed by some of three witnesses, by who signed."""
    signers = {}
    for at, name in enumerate("abc"):
        path = tmp_path / name
        path.write_text(secret_of(f"{name}.example", SEEDS[at]))
        path.chmod(0o600)
        signers[name] = NoteSigner(path)
    note = LOG.grow(3).checkpoint()
    made = {}
    for chosen in ("", "a", "b", "ab", "ac", "abc"):
        made[chosen] = note
        for name in chosen:
            made[chosen] = made[chosen].with_signature(signers[name].cosign(note.text, at=1_800_000_000))
    return made


def secret_of(name: str, private: Ed25519PrivateKey) -> str:
    from base64 import b64encode

    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return f"PRIVATE+KEY+{name}+00000000+{b64encode(bytes([1]) + seed).decode()}\n"


@pytest.mark.parametrize(
    ("groups", "met_by"),
    [
        ("quorum none", {"", "a", "b", "ab", "ac", "abc"}),
        ("quorum a", {"a", "ab", "ac", "abc"}),
        ("group g any a b\nquorum g", {"a", "b", "ab", "ac", "abc"}),
        ("group g all a b\nquorum g", {"ab", "abc"}),
        ("group g 2 a b c\nquorum g", {"ab", "ac", "abc"}),
        ("group bc any b c\ngroup g all a bc\nquorum g", {"ab", "ac", "abc"}),
        ("group g 3 a b c\nquorum g", {"abc"}),
    ],
)
def test_a_quorum_is_met_by_enough_witnesses_only(groups: str, met_by: set[str], cosigned: dict[str, Note]) -> None:
    policy = Policy.parse(f"{THREE}{groups}\n")
    assert {who for who, note in cosigned.items() if policy.is_met(note)} == met_by


def test_a_signature_that_claims_to_be_of_a_witness_is_not_counted(cosigned: dict[str, Note]) -> None:
    other = LOG.grow().checkpoint()
    [line] = [each for each in cosigned["a"].signatures if each.name == "a.example"]
    with pytest.raises(NoteForged):
        Policy.parse(f"{THREE}quorum a\n").is_met(other.with_signature(line))


WRONG: list[tuple[str, type[PolicyMalformed], int | None]] = [
    ("", PolicyWithoutQuorum, None),
    (THREE, PolicyWithoutQuorum, None),
    ("quorum none\n" + "#\n" * 10_000, PolicyWithoutQuorum, None),
    ("quorum none\nquorum none\n", PolicyMalformed, 2),
    ("quorum a b\n", PolicyMalformed, 1),
    ("quorum\n", PolicyMalformed, 1),
    ("log\nquorum none\n", PolicyMalformed, 1),
    ("Quorum none\n", PolicyMalformed, 1),
    ("\ufeffquorum none\n", PolicyMalformed, 1),
    ("group g any\nquorum none\n", PolicyMalformed, 1),
    (f"log {A}\nquorum none\n", PolicyKeyInvalid, 1),
    (f"witness a {LOG.key()}\nquorum a\n", PolicyKeyInvalid, 1),
    ("witness a nothing\nquorum a\n", PolicyKeyInvalid, 1),
    (f"witness a {A[:-4]}\nquorum a\n", PolicyKeyInvalid, 1),
    (f"witness a {A}\nwitness b {A}\nquorum a\n", PolicyKeyTwice, 2),
    (f"witness a {A}\nwitness a {B}\nquorum a\n", PolicyNameTaken, 2),
    (f"witness none {A}\nquorum none\n", PolicyNameTaken, 1),
    (f"witness a {A}\ngroup a any a\nquorum a\n", PolicyNameTaken, 2),
    (f"witness a {A}\nquorum b\n", PolicyNameUnknown, 2),
    (f"witness a {A}\ngroup g any a b\nquorum g\n", PolicyNameUnknown, 2),
    ("group g any g\nquorum g\n", PolicyNameUnknown, 1),
    (f"witness a {A}\ngroup g any a any\nquorum g\n", PolicyNameUnknown, 2),
    (f"witness a {A}\nquorum all\n", PolicyNameUnknown, 2),
    (f"{THREE}group g 4 a b c\nquorum g\n", PolicyNumberImpossible, 4),
    (f"{THREE}group g 0 a b c\nquorum g\n", PolicyNumberImpossible, 4),
    (f"{THREE}group g 1.5 a b c\nquorum g\n", PolicyNumberImpossible, 4),
    (f"{THREE}group g 2 a a\nquorum g\n", PolicyNumberImpossible, 4),
    (f"{THREE}group g \u0662 a b\nquorum g\n", PolicyNumberImpossible, 4),
]


@pytest.mark.parametrize(("text", "refused", "line"), WRONG)
def test_what_is_no_policy_is_refused_by_its_line(text: str, refused: type[PolicyMalformed], line: int | None) -> None:
    with pytest.raises(PolicyMalformed) as told:
        Policy.parse(text)
    assert type(told.value) is refused
    assert told.value.exit_code is ExitCode.USAGE
    assert line is None or f" {line} " in told.value.explain().replace(":", " ")
    assert told.value.next_step()


def read_alone(text: str) -> AlonePolicy | None:
    """Read a policy as the stand-alone verifier does."""
    try:
        return AlonePolicy(text.encode(), "policy.txt")
    except Fault:
        return None


PIECES = [
    "log",
    "witness",
    "group",
    "quorum",
    "none",
    "a",
    "b",
    "g",
    A,
    B,
    str(LOG.key()),
    "2",
    "any",
    "all",
    "#",
    "\n",
]
LINES = [
    f"log {LOG.key()}",
    f"witness a {A}",
    f"witness b {B}",
    "group g any a b",
    "group g 2 a b",
    "quorum g",
    "quorum a",
    "quorum any",
    "group h all a none",
]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
    | st.lists(st.sampled_from([*LINES, "quorum none"]), max_size=6).map("\n".join)
)
def test_the_product_and_the_stand_alone_verifier_read_the_same_policies(text: str) -> None:
    alone = read_alone(text)
    try:
        policy = Policy.parse(text)
    except PolicyMalformed:
        assert alone is None
        return
    assert alone is not None
    assert policy.quorum == alone.quorum
    assert [str(key) for key in policy.logs] == [str(key) for key in alone.logs]
    assert {name: str(key) for name, key in policy.witnesses.items()} == {
        name: str(key) for name, key in alone.witnesses.items()
    }
    assert policy.quorum == "none" or policy.quorum in {*policy.witnesses, *policy.groups}


def test_both_refuse_every_policy_that_is_written_wrong() -> None:
    for text, _, _ in WRONG:
        assert read_alone(text) is None, text
