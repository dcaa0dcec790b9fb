from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoint import Checkpoint, CheckpointMalformed
from ledger.proof.encoding import NotCanonical, decoded

# The example of C2SP tlog-checkpoint.
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_checkpoint_of_the_specification_is_read_and_written() -> None:
    checkpoint = Checkpoint.parse(TEXT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text() == TEXT


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(f"{sha256(root).hexdigest()[:32]}/e1", size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", TEXT[:-1], TEXT + "\n", TEXT + "extension\n", TEXT.replace("20852163", "020852163"),
        TEXT.replace("20852163", "-1"), TEXT.replace("20852163", "٣"), TEXT.replace("20852163", str(2**63)),
        TEXT.replace("20852163", "9" * 5000), TEXT.replace("q2I=", "q2J="), TEXT.replace("q2I=", "q2I"),
        TEXT.replace("CsUY", "CsU\u2028"), TEXT.replace("\n", "\r\n"), TEXT.replace("example", "exa mple"),
        TEXT.replace("example", "exa+mple"), "a\n1\nAAAA\n", "\n1\n" + TEXT.split("\n")[2] + "\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointMalformed):
        Checkpoint.parse(text)


@given(st.text(max_size=80))
def test_any_text_is_a_checkpoint_or_is_refused(text: str) -> None:
    try:
        read = Checkpoint.parse(text)
    except CheckpointMalformed:
        return
    assert read.text() == text


@pytest.mark.parametrize("text", ["AA", "AA=", "AB==", "A A=", "AA==\n", "Ā", "AA==AA==", "===="])
def test_base64_that_is_not_written_as_it_must_be_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        decoded(text)
    assert decoded("AA==") == b"\0"
    assert decoded("") == b""
