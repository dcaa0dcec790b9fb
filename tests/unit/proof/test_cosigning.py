"""What goes to a witness and comes back is read as it was written, or refused with what happened to it on its way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import ExitCode, Invalid
from ledger.limits import NOTE_BYTES
from ledger.proof.carried import (
    CarriedFileTooLarge,
    CarriedFileUnreadable,
    ChangedOnTheWay,
    HasByteOrderMark,
    HasOtherLineEnds,
    HasTrailingBlanks,
    read_carried,
)
from ledger.proof.cosigning import AnswerMalformed, CosignatureRequest, RequestMalformed, WitnessAnswer
from ledger.proof.notes import NoteSignature
from tests.unit.proof.logs import MadeLog

LINE = NoteSignature("w", b"1234", bytes(72))


def asked() -> dict[str, CosignatureRequest]:
    log = MadeLog().grow(5)
    first = log.request(0)
    before = log.checkpoint()
    grown = log.grow(6).request(5)
    log.open_origin(before)
    return {
        "first": first,
        "grown": grown,
        "new origin": log.request(0),
        "new origin that goes on from a shown one": log.request(5, followed=before),
    }


ASKED = asked()


@pytest.mark.parametrize("name", ASKED)
def test_a_request_is_read_as_it_was_written(name: str) -> None:
    request = ASKED[name]
    assert CosignatureRequest.parse(str(request).encode()) == request


def test_a_request_is_written_as_the_specification_of_witnesses_says() -> None:
    old, *rest = str(ASKED["grown"]).split("\n")
    blank = rest.index("")
    assert (old, len(rest[:blank])) == ("old 5", len(ASKED["grown"].proof))
    assert "\n".join(rest[blank + 1 :]) == str(ASKED["grown"].note)


MAILED: dict[str, tuple[type[Invalid], bytes, bytes]] = {
    "line ends of Windows": (HasOtherLineEnds, b"\n", b"\r\n"),
    "line ends of old computers": (HasOtherLineEnds, b"\n", b"\r"),
    "blanks at the end": (HasTrailingBlanks, b"\n\n", b" \n\n"),
    "no-break spaces at the end": (HasTrailingBlanks, b"\n\n", b"\xc2\xa0\n\n"),
}


@pytest.mark.parametrize("name", MAILED)
def test_what_a_mail_program_changed_is_said_to_be_changed(name: str) -> None:
    refused, old, new = MAILED[name]
    with pytest.raises(refused) as told:
        CosignatureRequest.parse(str(ASKED["grown"]).encode().replace(old, new))
    assert told.value.exit_code is ExitCode.USAGE
    answer = f"{LINE.line()}\n".encode() if b"\n\n" in old else LINE.line().encode()
    with pytest.raises(refused):
        WitnessAnswer.parse(answer.replace(old, new))


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_byte_order_mark_is_said_to_be_one(before: bytes) -> None:
    with pytest.raises(HasByteOrderMark):
        CosignatureRequest.parse(before + str(ASKED["first"]).encode())
    with pytest.raises(HasByteOrderMark):
        WitnessAnswer.parse(before + LINE.line().encode())


def changed(text: str) -> dict[str, str]:
    return {
        "nothing": "",
        "a quoted mail": "\n".join(f"> {line}" for line in text.split("\n")),
        "a greeting before": f"Bonjour,\n\n{text}",
        "a signature after": f"{text}\nBien à vous\n",
        "an empty line more": f"{text}\n",
        "no last line feed": text[:-1],
        "no empty line": text.replace("\n\n", "\n", 1),
        "another word": text.replace("old ", "new ", 1),
        "a sign": text.replace("old ", "old +", 1),
        "a zero before": text.replace("old ", "old 0", 1).replace("old 00", "old 00"),
        "a number that is too long": text.replace("old 5", f"old 5{'0' * 30}", 1),
        "only a checkpoint": text.partition("\n\n")[2],
        "a hash cut short": text.replace("=\n", "\n", 1),
        "null bytes": text.replace("\n", "\x00\n", 1),
    }


@pytest.mark.parametrize("name", changed(str(ASKED["grown"])))
def test_what_is_no_request_is_refused(name: str) -> None:
    with pytest.raises((RequestMalformed, ChangedOnTheWay)):
        CosignatureRequest.parse(changed(str(ASKED["grown"]))[name].encode())


def test_what_is_huge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestMalformed):
        CosignatureRequest.parse(str(ASKED["grown"]).encode() + b"a" * NOTE_BYTES)
    big = tmp_path / "big"
    big.write_bytes(b"a" * (NOTE_BYTES + 1))
    with pytest.raises(CarriedFileTooLarge):
        read_carried(big)
    with pytest.raises(CarriedFileUnreadable):
        read_carried(tmp_path / "absent")
    with pytest.raises(CarriedFileUnreadable):
        read_carried(tmp_path)


def test_an_answer_is_lines_of_signatures_or_a_size() -> None:
    for answer in (
        WitnessAnswer((LINE,)),
        WitnessAnswer((LINE, LINE)),
        WitnessAnswer(size=0),
        WitnessAnswer(size=4711),
    ):
        assert WitnessAnswer.parse(str(answer).encode()) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "4711",
        "04711\n",
        "-1\n",
        "4711\n\n",
        "Merci !\n",
        f"{LINE.line()}\n",
        LINE.line().replace("w", "w\x01", 1),
        "\xe9\n",
    ],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(AnswerMalformed):
        WitnessAnswer.parse(text.encode("latin-1") if text == "\xe9\n" else text.encode())


@settings(max_examples=300)
@given(name=st.sampled_from(sorted(ASKED)), at=st.integers(0), bit=st.integers(0, 7), cut=st.booleans())
def test_whatever_is_changed_is_refused_or_is_another_request(name: str, at: int, bit: int, cut: bool) -> None:
    whole = bytearray(str(ASKED[name]).encode())
    at %= len(whole)
    content = bytes(whole[:at]) if cut else bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
    try:
        read = CosignatureRequest.parse(content)
    except Invalid:
        return
    assert str(read).encode() == content
    assert read != ASKED[name]


@given(st.binary(max_size=200))
def test_no_bytes_crash_a_reader(content: bytes) -> None:
    for read in (CosignatureRequest.parse, WitnessAnswer.parse):
        try:
            read(content)
        except Invalid:
            continue
