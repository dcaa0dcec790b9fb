from __future__ import annotations

import copy
import json
import logging
import pickle
import string
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import msgspec
import pytest
import structlog

from ledger.personal import Erased, Fact, LeakRefused, NotOpened, Personal, Sealed, Withheld, present

MARKER = "Clotilde Inventee"
BORN = [Personal(MARKER), Fact(MARKER)]
HANDLES = [Personal.in_box(object(), "name"), Fact.in_box(object(), "name")]


@pytest.fixture(params=[*BORN, *HANDLES], ids=["personal", "fact", "handle of personal", "handle of fact"])
def value(request: pytest.FixtureRequest) -> Sealed[str]:
    sealed: Sealed[str] = request.param
    return sealed


SHOWN: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "percent s": lambda value: "%s" % (value,),  # noqa: UP031  # one of the ways in which a value could slip out
    "percent r": lambda value: "%r" % (value,),  # noqa: UP031  # the same
    "f-string repr": lambda value: f"{value!r}",
    "f-string str": lambda value: f"{value!s}",
    "ascii": ascii,
    "in a list": lambda value: str([value]),
    "in a dict": lambda value: repr({"name": value}),
    "template": lambda value: string.Template("$name").substitute(name=value),
    "in an error": lambda value: str(ValueError(value)),
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_what_is_shown_is_only_that_something_is_sealed(value: Sealed[str], show: Callable[[Any], object]) -> None:
    shown = show(value)
    assert MARKER not in str(shown)
    assert "<personal>" in str(shown) or "<fact>" in str(shown)


REFUSED: dict[str, Callable[[Any], object]] = {
    "f-string": lambda value: f"{value}",
    "format": lambda value: format(value, ">10"),
    "str.format": "{}".format,
    "equal": lambda value: value == MARKER,
    "unequal": lambda value: value != MARKER,
    "equal to itself": lambda value: value == value,  # noqa: PLR0124  # the point of the test
    "hash": hash,
    "in a set": lambda value: {value},
    "as a key": lambda value: {value: 1},
    "member": lambda value: MARKER in ["", value],
    "truth": bool,
    "not": lambda value: not value,
    "list": list,
    "unpacked": lambda value: [*value],
    "join": "".join,
    "contains": lambda value: "Clotilde" in value,
    "pickle": pickle.dumps,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "json": json.dumps,
    "msgspec": msgspec.json.encode,
    "msgpack": msgspec.msgpack.encode,
    "length": len,
    "index": lambda value: value[0],
    "add": lambda value: value + "",
    "less": lambda value: value < "Z",
    "sorted": lambda value: sorted([value, value]),
    "int": int,
    "vars": vars,
}


@pytest.mark.parametrize("leak", REFUSED.values(), ids=REFUSED)
def test_what_would_let_it_out_is_refused(value: Sealed[str], leak: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError) as caught:
        leak(value)
    assert MARKER not in str(caught.value)


@pytest.mark.parametrize("name", ["equal", "hash", "truth", "f-string", "pickle", "list"])
def test_the_refusal_is_one_of_ours(value: Sealed[str], name: str) -> None:
    with pytest.raises(LeakRefused):
        REFUSED[name](value)


def test_logging_shows_nothing(value: Sealed[str], caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("leaks")
    with caplog.at_level(logging.DEBUG):
        log.warning("name %s", value)
        log.warning("name %r", value)
        log.warning(value)
        log.warning("name", extra={"who": value})
        try:
            _fail(value)
        except ValueError:
            log.exception("failed")
    assert len(caplog.records) == 5
    assert MARKER not in caplog.text
    assert MARKER not in repr([vars(record) for record in caplog.records])


def _fail(value: Sealed[str]) -> None:
    raise ValueError(value)


RENDERERS: dict[str, list[Any]] = {
    "console": [structlog.dev.ConsoleRenderer(colors=False)],
    "json": [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()],
    "key-value": [structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
    "logfmt": [structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()],
}


@pytest.mark.parametrize("processors", RENDERERS.values(), ids=RENDERERS)
def test_structlog_shows_nothing(value: Sealed[str], processors: list[Any]) -> None:
    out = StringIO()
    log = structlog.wrap_logger(structlog.PrintLogger(out), processors=processors)
    try:
        _fail(value)
    except ValueError:
        log.exception("failed", who=value, nested={"who": [value]})
    assert "_fail" in out.getvalue(), "the traceback is there"
    assert MARKER not in out.getvalue()


def test_a_traceback_with_local_variables_shows_nothing(value: Sealed[str]) -> None:
    def fails(held: Sealed[str]) -> None:
        several = [held]
        raise RuntimeError(len(several))

    with pytest.raises(RuntimeError) as caught:
        fails(value)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frame = told.stack[-1]
    assert frame.locals is not None
    assert frame.locals["held"] in {"<personal>", "<fact>"}
    assert MARKER not in repr([frame.locals for frame in list(told.stack)[1:]])


def test_a_value_is_exposed_where_it_was_just_typed() -> None:
    assert [value.expose() for value in BORN] == [MARKER, MARKER]
    assert not any(value.is_handle for value in BORN)
    assert [value.field for value in BORN] == ["", ""]


def test_a_value_that_was_just_typed_has_no_box() -> None:
    for value in BORN:
        with pytest.raises(NotOpened):
            _ = value.box


def test_a_handle_says_which_box_and_field_and_gives_nothing() -> None:
    box = object()
    handle = Personal.in_box(box, "family_name")
    assert handle.is_handle
    assert handle.box is box
    assert handle.field == "family_name"
    with pytest.raises(NotOpened):
        handle.expose()


def test_a_handle_keeps_its_kind() -> None:
    assert isinstance(Personal.in_box(object(), "name"), Personal)
    assert isinstance(Fact.in_box(object(), "name"), Fact)
    assert not isinstance(Fact.in_box(object(), "name"), Personal)


def test_nothing_more_can_be_hung_on_a_value(value: Sealed[str]) -> None:
    with pytest.raises(AttributeError):
        value.plain = MARKER  # type: ignore[attr-defined]  # the point of the test


def test_erased_and_withheld_are_not_present() -> None:
    assert present("text") == "text"
    assert present("") == ""
    assert present(Erased(datetime(2026, 6, 9, tzinfo=UTC), "resolved")) is None
    assert present(Withheld("being-destroyed")) is None
