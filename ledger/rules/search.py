"""
Finding a procedure by the words that people say at a counter.

Words are compared whole, without accents, case and plural. An exact everyday phrase ranks first, then entries that
every word of the question points to; a word that fits nothing is read as a misspelling of the nearest one that begins
alike and is about as long. Only its own words name an entry: all else is a guess, for somebody to confirm. Nothing
typed is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Protocol

from ledger.errors import UNREPEATED
from ledger.limits import SEARCH_WORDS
from ledger.rules.periods import Period

_FILLERS = frozenset(
    "a ai au aux avec c ce cette d dans de des du elle en est et faire il j je l la le les leur leurs m ma mes mon"
    " n ne nouveau nouvelle on ou par pas pour qu que qui s sa se ses son sur t un une veut veux voudrais".split()
)
_REFERENCE = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9._:-]{0,59}|(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._:-]{0,59}")
"""Codes hold a letter, so that no number is taken for one, and capitals beside digits only, as no name does."""
_PHRASE, _EVERYDAY, _NAME, _PARTNER, _PURPOSE = 40, 12, 8, 5, 2
_LEAST_PLURAL, _LEAST_MISSPELLED = 4, 4
"""The shortest word whose plural is undone, that may be misspelled."""
_LIKENESS, _LETTERS_MORE_OR_LESS = 0.8, 2
"""How near a misspelling is: a succession is no "cession" with letters more."""


class Searchable(Protocol):
    """What the index reads of an entry."""

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def name(self) -> str:
        """Its official name."""
        ...

    @property
    def purpose(self) -> str:
        """What it is for."""
        ...

    @property
    def partner(self) -> str:
        """The id of its partner."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """The everyday words and phrases that mean it."""
        ...

    @property
    def period(self) -> Period:
        """The days on which it holds."""
        ...


def plain(text: str) -> str:
    """Give `text` in lower case without accents, ligatures opened, everything else than letters and digits a space."""
    opened = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    bare = "".join(c for c in unicodedata.normalize("NFKD", opened.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def significant(text: str) -> list[str]:
    """Give the words of `text` that carry meaning, plain and in the singular."""
    return [_singular(word) for word in plain(text).split() if word not in _FILLERS]


def shown_reference(typed: str) -> str:
    """Give what was typed if it looks like a code, else `UNREPEATED`: it may be a name, typed in the wrong place."""
    return typed if _REFERENCE.fullmatch(typed) else UNREPEATED


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _LEAST_PLURAL and word[-1] in "sx" else word


@dataclass(frozen=True)
class _Card:
    code: str
    number: int
    order: int
    period: Period
    codes: frozenset[str]
    """Its code and its number, without spaces and hyphens."""
    phrases: frozenset[str]
    weights: Mapping[str, int]

    def weight(self, asked: str) -> int:
        """Give how much a whole word points here."""
        return self.weights.get(asked, 0)


@dataclass(frozen=True)
class Index:
    """The words of every entry, ready to be searched."""

    cards: tuple[_Card, ...]
    vocabulary: tuple[str, ...]

    @classmethod
    def of(cls, versions: Mapping[str, Sequence[Searchable]], partner_words: Mapping[str, Iterable[str]]) -> Index:
        """Index every version of every entry."""
        cards = tuple(
            _card(entry, number, order, partner_words.get(entry.partner, ()))
            for order, listed in enumerate(versions.values())
            for number, entry in enumerate(listed)
        )
        return cls(cards, tuple(sorted({word for card in cards for word in card.weights})))

    def find(self, words: str, *, on: date) -> list[tuple[str, int]]:
        """Give (code, version number) of the entries that the words point to, the likeliest first."""
        asked = significant(words)[:SEARCH_WORDS]
        cards = [card for card in self.cards if card.period.covers(on)]
        asked = [self._nearest(word, cards) for word in asked]
        phrase = " ".join(asked)
        scores = _scores(cards, asked)
        ranked = []
        for card in cards:
            weights = [scores[word].get(card.order, 0.0) for word in asked]
            met = sum(1 for weight in weights if weight)
            if met:
                ranked.append((met, sum(weights) + (_PHRASE if phrase in card.phrases else 0), -card.order, card))
        most = max((met for met, *_ in ranked), default=0)
        kept = sorted((row for row in ranked if row[0] == most), key=lambda row: row[1:3], reverse=True)
        return [(card.code, card.number) for *_, card in kept]

    def own(self, words: str, *, on: date) -> list[tuple[str, int]]:
        """Give (code, version number) of the entries whose very code, name or everyday phrase these words are."""
        phrase = " ".join(significant(words))
        bare = plain(words).replace(" ", "")
        return [
            (card.code, card.number)
            for card in self.cards
            if card.period.covers(on) and (phrase in card.phrases or bare in card.codes)
        ]

    def _nearest(self, word: str, cards: Sequence[_Card]) -> str:
        if len(word) < _LEAST_MISSPELLED or any(card.weight(word) for card in cards):
            return word
        alike = [
            other
            for other in self.vocabulary
            if other[0] == word[0] and abs(len(other) - len(word)) <= _LETTERS_MORE_OR_LESS
        ]
        return next(iter(get_close_matches(word, alike, n=1, cutoff=_LIKENESS)), word)


def _scores(cards: Sequence[_Card], asked: Sequence[str]) -> dict[str, dict[int, float]]:
    """Give how much each word points to each card: the fewer cards it points to, the more it says."""
    scores = {}
    for word in asked:
        weights = {card.order: card.weight(word) for card in cards if card.weight(word)}
        scores[word] = {order: weight * (1 + 1 / len(weights)) for order, weight in weights.items()}
    return scores


def _card(entry: Searchable, number: int, order: int, partner_names: Iterable[str]) -> _Card:
    phrases = [" ".join(significant(text)) for text in (*entry.words, entry.name)]
    codes = frozenset({plain(entry.code).replace(" ", ""), plain(entry.code).split()[0]})
    title = entry.code.partition("-")[2]
    weights: dict[str, int] = {**dict.fromkeys(codes, _PHRASE), plain(title).replace(" ", ""): _EVERYDAY}
    for text, weight in (
        *((phrase, _EVERYDAY) for phrase in entry.words),
        (title, _EVERYDAY),
        (entry.name, _NAME),
        *((name, _PARTNER) for name in partner_names),
        (entry.purpose, _PURPOSE),
    ):
        for word in significant(text):
            weights[word] = max(weight, weights.get(word, 0))
    return _Card(entry.code, number, order, entry.period, codes, frozenset(phrases) - {""}, weights)
