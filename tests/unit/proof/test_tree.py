from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.merkle import EMPTY_ROOT, leaf_hash, node_hash
from ledger.proof.tree import (
    ProofWrong,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_of,
)


@dataclass
class Forest:
    """Every perfect subtree of some leaves, computed as the definition says; `asked` counts the reads."""

    leaves: list[bytes]
    asked: int = 0

    def node(self, level: int, number: int) -> bytes:
        self.asked += 1
        part = self.leaves[number << level : (number + 1) << level]
        assert len(part) == 1 << level, "only perfect subtrees are asked for"
        return defined(part)


def defined(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(defined(leaves[:split]), defined(leaves[split:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1, as it is written there."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path(index, leaves[:split]), defined(leaves[split:])]
    return [*path(index - split, leaves[split:]), defined(leaves[:split])]


def subproof(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, as it is written there."""
    if old == len(leaves):
        return [] if whole else [defined(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return [*subproof(old, leaves[:split], whole), defined(leaves[split:])]
    return [*subproof(old - split, leaves[split:], False), defined(leaves[:split])]


def forest(size: int) -> Forest:
    return Forest([leaf_hash(number.to_bytes(4)) for number in range(size)])


SIZES = st.integers(1, 300)


@pytest.mark.parametrize("size", range(1, 70))
def test_every_proof_of_small_trees_is_that_of_the_definition(size: int) -> None:
    grown = forest(size)
    root = root_of(grown, size)
    assert root == defined(grown.leaves)
    for index in range(size):
        proof = inclusion_proof(grown, index, size)
        assert proof == path(index, grown.leaves)
        check_inclusion(grown.leaves[index], index=index, size=size, proof=proof, root=root)
    for old in range(1, size + 1):
        proof = consistency_proof(grown, old, size)
        assert proof == subproof(old, grown.leaves)
        check_consistency(old=old, old_root=root_of(grown, old), new=size, new_root=root, proof=proof)


# The audit paths and proofs of consistency that implementations of RFC 6962 share, over the eight leaves of
# certificate-transparency-go (tests/unit/test_merkle.py has their roots).
SHARED = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]


@pytest.mark.parametrize(
    ("index", "size", "expected"),
    [
        (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
    ],
)  # fmt: skip
def test_the_audit_paths_that_implementations_of_rfc_6962_share(index: int, size: int, expected: list[str]) -> None:
    assert [each.hex() for each in inclusion_proof(Forest(SHARED), index, size)] == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
        (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
        (8, 8, []),
    ],
)  # fmt: skip
def test_the_proofs_of_consistency_that_implementations_of_rfc_6962_share(
    old: int, new: int, expected: list[str]
) -> None:
    assert [each.hex() for each in consistency_proof(Forest(SHARED), old, new)] == expected


@given(SIZES, st.data())
def test_a_proof_of_inclusion_proves_one_leaf_at_one_place_of_one_tree(size: int, data: st.DataObject) -> None:
    grown = forest(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(grown, index, size), root_of(grown, size)
    leaf = grown.leaves[index]
    check_inclusion(leaf, index=index, size=size, proof=proof, root=root)
    wrong: list[dict[str, Any]] = [
        {"leaf": sha256(leaf).digest()}, {"index": (index + 1) % size if size > 1 else 1}, {"index": -1},
        {"root": sha256(root).digest()}, {"proof": [*proof, root]}, {"proof": proof[:-1] if proof else [root]},
        {"proof": [each[:-1] for each in proof] or [b""]}, {"size": 0}, {"proof": [root] * 65},
    ]  # fmt: skip
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        wrong.append({"proof": [*proof[:place], sha256(proof[place]).digest(), *proof[place + 1 :]]})
    for change in wrong:
        stated: dict[str, Any] = {"leaf": leaf, "index": index, "size": size, "proof": proof, "root": root} | change
        with pytest.raises(ProofWrong):
            check_inclusion(stated.pop("leaf"), **stated)


@given(SIZES, st.data())
def test_a_proof_of_consistency_proves_one_growth(size: int, data: st.DataObject) -> None:
    grown = forest(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(grown, old, size)
    right: dict[str, Any] = {
        "old": old,
        "old_root": root_of(grown, old),
        "new": size,
        "new_root": root_of(grown, size),
        "proof": proof,
    }
    check_consistency(**right)
    other = sha256(root_of(grown, size)).digest()
    wrong: list[dict[str, Any]] = [
        {"old_root": other},
        {"new_root": other},
        {"proof": [*proof, other]},
        {"old": size + 1},
        {"old": -1},
    ]
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        wrong += [{"proof": [*proof[:place], other, *proof[place + 1 :]]}, {"proof": proof[:-1]}, {"proof": []}]
    for change in wrong:
        with pytest.raises(ProofWrong):
            check_consistency(**(right | change))


def test_from_nothing_everything_grows_and_nothing_else_is_nothing() -> None:
    root = root_of(forest(3), 3)
    check_consistency(old=0, old_root=EMPTY_ROOT, new=3, new_root=root, proof=[])
    check_consistency(old=0, old_root=EMPTY_ROOT, new=0, new_root=EMPTY_ROOT, proof=[])
    assert root_of(forest(0), 0) == EMPTY_ROOT
    assert consistency_proof(forest(3), 0, 3) == []
    for old_root, new, new_root in ((root, 3, root), (EMPTY_ROOT, 0, root)):
        with pytest.raises(ProofWrong):
            check_consistency(old=0, old_root=old_root, new=new, new_root=new_root, proof=[])


def test_a_proof_reads_a_logarithmic_number_of_subtrees() -> None:
    class Counted:
        asked = 0

        def node(self, level: int, number: int) -> bytes:
            self.asked += 1
            return sha256(f"{level} {number}".encode()).digest()

    nodes, size = Counted(), 5_000_003
    inclusion_proof(nodes, 1_234_567, size)
    consistency_proof(nodes, 2_345_678, size)
    assert nodes.asked <= 4 * size.bit_length()


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="leaf"):
        inclusion_proof(forest(size), index, size)


def test_there_is_no_proof_that_a_tree_shrank() -> None:
    with pytest.raises(ValueError, match="grows"):
        consistency_proof(forest(3), 4, 3)
