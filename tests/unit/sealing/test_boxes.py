from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ledger.limits import BOX_BYTES
from ledger.sealing.boxes import (
    PaddingBroken,
    additional_data,
    check_digest,
    commitment,
    decrypt,
    encrypt,
    padded,
    seal,
    unpadded,
    unseal,
)
from ledger.sealing.failures import AlgorithmUnknown, BoxTampered
from ledger.sealing.kdf import KeySet
from ledger.usecases.ports import BoxPlace
from tests.unit.sealing.keystores import place_of

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "boxes").glob("box.*.json"))
VECTORS = json.loads((Path(__file__).parent / "vectors" / "aes_gcm_test.json").read_text(encoding="utf-8"))
CASES = [
    case
    for group in VECTORS["testGroups"]
    if (group["keySize"], group["ivSize"], group["tagSize"]) == (256, 96, 128)
    for case in group["tests"]
]
KEYS = KeySet(bytes(range(32)))
PLACE = place_of(UUID("44444444-4444-4444-8444-444444444444"))
NONCE = bytes(12)


def test_every_wycheproof_vector_of_aes_256_gcm_as_boxes_use_it() -> None:
    assert len(CASES) == 66
    assert {case["result"] for case in CASES} == {"valid", "invalid"}
    for case in CASES:
        key, nonce, bound_to, message, text, tag = (
            bytes.fromhex(case[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        opened = decrypt(AESGCM(key), nonce + text + tag, bound_to=bound_to)
        if case["result"] == "valid":
            assert encrypt(AESGCM(key), message, nonce=nonce, bound_to=bound_to) == nonce + text + tag, case["tcId"]
            assert opened == message, case["tcId"]
        else:
            assert opened is None, case["tcId"]


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    names = ("ledger_id", "event_id", "stream_id", "key_id")
    told["place"] = BoxPlace(**told["place"] | {name: UUID(told["place"][name]) for name in names})
    return told


def test_there_are_golden_boxes() -> None:
    assert len(GOLDEN) == 4


def test_a_box_is_written_as_it_always_was(golden: dict[str, Any]) -> None:
    keys, place = KeySet(bytes.fromhex(golden["key"])), golden["place"]
    assert additional_data(place).hex() == golden["additional_data"]
    box, committed = seal(
        keys, place, golden["content"].encode(), pad_to=golden["pad_to"], nonce=bytes.fromhex(golden["nonce"])
    )
    assert box.hex() == golden["box"]
    assert committed.hex() == golden["commitment"] == commitment(keys, place).hex()
    assert len(box) == golden["box_bytes"]


def test_a_box_from_any_time_opens(golden: dict[str, Any]) -> None:
    box = bytes.fromhex(golden["box"])
    check_digest(box, place=golden["place"], digest=bytes.fromhex(golden["sha256"]))
    committed = bytes.fromhex(golden["commitment"])
    content = unseal(KeySet(bytes.fromhex(golden["key"])), golden["place"], box, committed=committed)
    assert content.decode() == golden["content"]


@pytest.mark.parametrize(
    ("length", "pad_to", "size"),
    [
        (0, 0, 256), (0, 256, 256), (252, 0, 256), (253, 0, 512), (1, 257, 512), (1, 1000, 1024), (508, 256, 512),
        (BOX_BYTES, 0, 65_792),
    ],
)  # fmt: skip
def test_padding_goes_up_to_the_next_step(length: int, pad_to: int, size: int) -> None:
    assert len(padded(bytes(length), pad_to=pad_to)) == size


@given(st.binary(max_size=2_000), st.integers(min_value=0, max_value=3_000), st.sampled_from([256, 4_096]))
def test_what_was_padded_comes_back(content: bytes, pad_to: int, step: int) -> None:
    whole = padded(content, pad_to=pad_to, step=step)
    assert len(whole) % step == 0
    assert len(whole) >= max(pad_to, len(content) + 4)
    assert unpadded(whole, step=step) == content


@pytest.mark.parametrize(
    "whole",
    [
        b"",
        b"\x00\x00\x00\x00",
        bytes(255),
        bytes(257),
        b"\x00\x00\x00\xfd".ljust(256, b"\x00"),
        b"\xff\xff\xff\xff".ljust(256, b"\x00"),
        bytes(255) + b"\x01",
        b"\x00\x00\x00\x01ab".ljust(256, b"\x00"),
    ],
    ids=["empty", "length only", "short", "long", "one too long", "far too long", "last byte", "after the content"],
)
def test_any_other_padding_is_refused(whole: bytes) -> None:
    with pytest.raises(PaddingBroken):
        unpadded(whole)


def _sealed(content: bytes = b'{"name":"Aline Exemple"}') -> tuple[bytes, bytes]:
    return seal(KEYS, PLACE, content, pad_to=256, nonce=NONCE)


def _fault(**opening: Any) -> str:
    box, committed = _sealed()
    said: dict[str, Any] = {"keys": KEYS, "place": PLACE, "box": box, "committed": committed} | opening
    with pytest.raises(BoxTampered) as caught:
        unseal(said["keys"], said["place"], said["box"], committed=said["committed"])
    return str(caught.value.details["fault"])


ELSEWHERE: dict[str, dict[str, Any]] = {
    "another ledger": {"ledger_id": uuid4()},
    "another event": {"event_id": uuid4()},
    "another topic": {"topic": "mandate.drafted.2"},
    "another stream": {"stream_id": uuid4()},
    "another version": {"stream_version": 2},
    "another key": {"key_id": uuid4()},
}


@pytest.mark.parametrize("moved", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_box_moved_elsewhere_does_not_open(moved: dict[str, Any]) -> None:
    place = PLACE._replace(**moved)
    assert _fault(place=place) == "commitment"
    assert _fault(place=place, committed=commitment(KEYS, place)) == "seal", (
        "even with a commitment made for the new place"
    )


def test_every_part_of_a_place_is_bound() -> None:
    moved = {name for change in ELSEWHERE.values() for name in change}
    assert moved | {"algorithm"} == set(BoxPlace._fields)


def test_a_box_does_not_open_with_another_key() -> None:
    other = KeySet(bytes(32))
    assert _fault(keys=other) == "commitment"
    assert _fault(keys=other, committed=commitment(other, PLACE)) == "seal"


def test_every_bit_that_flips_in_a_box_is_found_by_its_digest_and_by_its_seal() -> None:
    box, committed = _sealed()
    digest = sha256(box).digest()
    for bit in range(len(box) * 8):
        flipped = bytearray(box)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BoxTampered, match="sha256"):
            check_digest(bytes(flipped), place=PLACE, digest=digest)
        with pytest.raises(BoxTampered, match="seal"):
            unseal(KEYS, PLACE, bytes(flipped), committed=committed)


def test_every_bit_that_flips_in_a_commitment_is_found() -> None:
    _, committed = _sealed()
    for bit in range(len(committed) * 8):
        flipped = bytearray(committed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert _fault(committed=bytes(flipped)) == "commitment"


@pytest.mark.parametrize("length", [0, 1, 27, 28, 283, 285, 539])
def test_a_box_of_an_impossible_length_is_refused(length: int) -> None:
    box = bytes(length)
    with pytest.raises(BoxTampered, match="length"):
        check_digest(box, place=PLACE, digest=sha256(box).digest())


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 0), slice(0, 27)])
def test_a_box_that_was_cut_does_not_open(cut: slice) -> None:
    assert _fault(box=_sealed()[0][cut]) == "seal"


def test_a_sealed_text_whose_padding_was_never_written_by_us_is_refused() -> None:
    box = encrypt(KEYS.box, bytes(255) + b"\x01", nonce=NONCE, bound_to=additional_data(PLACE))
    assert _fault(box=box) == "seal"


def test_a_box_sealed_in_an_unknown_way_asks_for_a_later_version() -> None:
    box, _ = _sealed()
    with pytest.raises(AlgorithmUnknown) as caught:
        check_digest(box, place=PLACE._replace(algorithm="A256GCM.2"), digest=sha256(box).digest())
    assert caught.value.details == {"algorithm": "A256GCM.2"}


def test_nothing_is_sealed_in_an_unknown_way_nor_beyond_the_limit() -> None:
    with pytest.raises(ValueError, match="not in this way"):
        seal(KEYS, PLACE._replace(algorithm="A256GCM.2"), b"", pad_to=0, nonce=NONCE)
    with pytest.raises(ValueError, match="more than a box holds"):
        _sealed(bytes(BOX_BYTES + 1))


def test_lengths_tell_nothing_below_the_step() -> None:
    assert len({len(_sealed(bytes(length))[0]) for length in range(253)}) == 1
