"""Asks an authority for a timestamp over HTTP (RFC 3161, section 3.4): one question, one answer, nothing followed."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from ledger.errors import Unavailable
from ledger.limits import TIMESTAMP_BYTES, TIMESTAMP_WAIT
from ledger.translation import mark


class AuthorityUnreachable(Unavailable):
    """The authority gave no answer that could be one."""

    sentence = mark("The authority of timestamps did not answer ({fault}).")
    advice = mark("Try again later, or ask by files: `ledger proof timestamp request`. Nothing was kept.")


def ask_online(url: str, query: bytes) -> bytes:
    """
    Give what the authority answers. Redirections are not followed: the address is the one that was chosen.

    :raises AuthorityUnreachable: if it does not answer as it should
    """
    opener = OpenerDirector()  # it knows HTTP and nothing else: no file, no FTP
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    request = Request(url, data=query, headers=headers, method="POST")  # noqa: S310  # the opener knows HTTP only
    try:
        answer = opener.open(request, timeout=TIMESTAMP_WAIT.total_seconds())
        if answer is None:
            raise AuthorityUnreachable(fault="NOT_HTTP")
        with answer:
            content: bytes = answer.read(TIMESTAMP_BYTES + 1)
    except (URLError, HTTPException, OSError, ValueError) as fault:
        raise AuthorityUnreachable(fault=type(fault).__name__) from fault
    if len(content) > TIMESTAMP_BYTES:
        raise AuthorityUnreachable(fault="TOO_LARGE")
    return content
