"""The stand-alone verifier's reading of policies on witnesses."""

from __future__ import annotations

import pytest

from ledger.proof.verifier.verify import Fault, Policy, read_note
from tests.unit.proof.made_packs import MadeWitness

TEXT = "example.com/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
A, B, C = (MadeWitness(name) for name in "abc")
WITNESSES = "".join(f"witness {each.name} {each.key}\n" for each in (A, B, C))


def policy(text: str) -> Policy:
    return Policy(text.encode(), "policy")


def test_comments_and_empty_lines_say_nothing() -> None:
    read = policy(f"# who\n\n{WITNESSES}   # all\ngroup g 2 a b c  # two of three\nquorum g\n")
    assert (sorted(read.witnesses), read.quorum) == (["a", "b", "c"], "g")


@pytest.mark.parametrize(
    ("groups", "signed", "met"),
    [
        ("group g any a b", "b", True), ("group g any a b", "c", False), ("group g all a b", "ab", True),
        ("group g all a b", "a", False), ("group g 2 a b c", "ac", True), ("group g 2 a b c", "c", False),
        ("group h all a b\ngroup g any h c", "c", True), ("group h all a b\ngroup g any h c", "ab", True),
        ("group h all a b\ngroup g all h c", "ab", False), ("group h any a b\ngroup g all h c", "bc", True),
    ],
)  # fmt: skip
def test_a_quorum_is_met_by_enough_witnesses_only(groups: str, signed: str, met: bool) -> None:
    lines = "".join(each.cosign(TEXT).line() for each in (A, B, C) if each.name in signed)
    note = read_note(f"{TEXT}\n{lines}".encode(), "note")
    assert policy(f"{WITNESSES}{groups}\nquorum g\n").is_met(note) is met


@pytest.mark.parametrize(
    "text",
    [
        "", "quorum g\n", "witness a\nquorum none\n", f"witness a {A.key} more\nquorum none\n", "log x\nquorum none\n",
        f"{WITNESSES}{WITNESSES}quorum none\n", f"{WITNESSES}group g 0 a\nquorum g\n",
        f"{WITNESSES}group g 4 a b c\nquorum g\n", f"{WITNESSES}group g two a b\nquorum g\n",
        f"{WITNESSES}group g any a d\nquorum g\n", f"{WITNESSES}group g any g\nquorum g\n",
        f"{WITNESSES}group a any b\nquorum a\n", f"{WITNESSES}group g any a\n", f"{WITNESSES}quorum a\nquorum b\n",
        f"{WITNESSES}trust everybody\nquorum none\n", f"{WITNESSES}group none any a\nquorum none\n",
        f"{WITNESSES}group g 2 a a\nquorum g\n", f"{WITNESSES}witness d {A.key}\nquorum none\n",
        f"{WITNESSES}group g +1 a b\nquorum g\n", f"{WITNESSES}group g ² a b\nquorum g\n",
        f"log {A.key}\nquorum none\n", f"{WITNESSES}group g any a any\nquorum g\n", f"{WITNESSES}quorum all\n",
        "quorum none\n" + "#\n" * 20_000, "witness é\nquorum none",
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(Fault):
        policy(text)
    with pytest.raises(Fault):
        Policy(text.encode("utf-16"), "policy")
