from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from ledger.sealing.kdf import KeySet, hkdf_sha256, new_key

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
    assert keys.commitment.hex() == GOLDEN["commitment"]
    assert keys.link.hex() == GOLDEN["link"]
    assert keys.actor.hex() == GOLDEN["actor"]
    nonce = bytes(12)
    box = bytes.fromhex(GOLDEN["box"])
    assert keys.box.encrypt(nonce, b"text", b"") == type(keys.box)(box).encrypt(nonce, b"text", b"")


def test_the_parts_of_a_key_are_all_different() -> None:
    assert len({GOLDEN[part] for part in ("key", "box", "commitment", "link", "actor")}) == 5


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_no_key(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeySet(bytes(length))


def test_new_keys_are_new() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) == 32


def test_keys_are_neither_shown_nor_copied() -> None:
    keys = KeySet(bytes(32))
    assert repr(keys) == str(keys) == "<keys>"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(keys)
