from __future__ import annotations

import copy
import json
import pickle
from hmac import digest as hmac_digest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sealing.kdf import KeySet, Mac, commitment_key, hkdf_sha256, new_key

VECTORS = json.loads((Path(__file__).parent / "vectors" / "hkdf_sha256_test.json").read_text(encoding="utf-8"))
GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "boxes" / "keys.json").read_text(encoding="utf-8"))
CASES = [case for group in VECTORS["testGroups"] for case in group["tests"]]


def _derived(case: dict[str, Any]) -> str:
    key, salt, info = (bytes.fromhex(case[part]) for part in ("ikm", "salt", "info"))
    return hkdf_sha256(key, info=info, salt=salt, length=case["size"]).hex()


def test_every_wycheproof_vector_of_hkdf_sha256() -> None:
    assert len(CASES) == VECTORS["numberOfTests"] == 86
    for case in CASES:
        if case["result"] == "valid":
            assert _derived(case) == case["okm"], case["tcId"]
        else:
            with pytest.raises(ValueError, match="8160"):
                _derived(case)


def test_a_key_is_split_as_it_always_was() -> None:
    keys = KeySet(bytes.fromhex(GOLDEN["key"]))
    for mac, part in ((keys.commitment, "commitment"), (keys.link, "link"), (keys.actor, "actor")):
        assert mac(b"text") == hmac_digest(bytes.fromhex(GOLDEN[part]), b"text", "sha256"), part
    nonce = bytes(12)
    box = bytes.fromhex(GOLDEN["box"])
    assert keys.box.encrypt(nonce, b"text", b"") == type(keys.box)(box).encrypt(nonce, b"text", b"")


def test_the_part_that_commits_is_made_alone_as_it_is_with_the_others() -> None:
    alone = commitment_key(bytes.fromhex(GOLDEN["key"]))
    assert alone(b"text") == hmac_digest(bytes.fromhex(GOLDEN["commitment"]), b"text", "sha256")
    with pytest.raises(ValueError, match="32 bytes"):
        commitment_key(bytes(31))


def test_the_parts_of_a_key_are_all_different() -> None:
    assert len({GOLDEN[part] for part in ("key", "box", "commitment", "link", "actor")}) == 5


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_no_key(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeySet(bytes(length))


@given(key=st.binary(min_size=32, max_size=32), messages=st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_a_tag_is_that_of_the_standard_library_however_often_one_key_is_used(key: bytes, messages: list[bytes]) -> None:
    mac = Mac(key)
    assert [mac(message) for message in messages] == [hmac_digest(key, message, "sha256") for message in messages]
    assert repr(mac) == "<mac>"
    with pytest.raises(TypeError, match="not copied"):
        copy.copy(mac)


def test_new_keys_are_new() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) == 32


def test_keys_are_neither_shown_nor_copied() -> None:
    keys = KeySet(bytes(32))
    assert repr(keys) == str(keys) == "<keys>"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(keys)
