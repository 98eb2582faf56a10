"""Time stamps by RFC 3161 over HTTP, asked for with a bound on time and size."""

from __future__ import annotations

from asyncio import to_thread
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from privacy.errors import BadInput, MachineFailed

LONGEST_WAIT_S = 20.0
LONGEST_ANSWER_BYTES = 1 << 20
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Authority:
    """Where a time stamp comes from; `own` if the organisation runs it itself."""

    url: str
    own: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def self_made(self) -> bool:
        """Whether its time proves nothing to others: own, or on this very machine."""
        return self.own or self.host in THIS_MACHINE


def stamper(authority: Authority) -> Any:
    """pyHanko's time stamper for the authority. BadInput for an address that is not HTTP."""
    import httpx
    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

    if urlsplit(authority.url).scheme not in ("http", "https") or not authority.host:
        raise BadInput(
            "That is no address of a time stamp authority.",
            what="signing.timestamp_url",
            next="Give an http or https address that speaks RFC 3161.",
        )

    def post(content: bytes) -> bytes:
        headers = {
            "Content-Type": "application/timestamp-query",
            "Accept": "application/timestamp-reply",
        }
        with httpx.Client(timeout=LONGEST_WAIT_S, trust_env=False) as client:
            answer = client.post(authority.url, content=content, headers=headers)
        kind = answer.headers.get("content-type", "")
        if answer.status_code != httpx.codes.OK or kind != "application/timestamp-reply":
            raise TimestampRequestError("no time stamp")
        if len(answer.content) > LONGEST_ANSWER_BYTES:
            raise TimestampRequestError("too long")
        return answer.content

    class OverHttp(TimeStamper):  # type: ignore[misc]
        async def async_request_tsa_response(self, req: Any) -> Any:
            try:
                return tsp.TimeStampResp.load(await to_thread(post, req.dump()))
            except (httpx.HTTPError, ValueError) as refused:
                raise TimestampRequestError("no time stamp") from refused

    return OverHttp()


def no_stamp(authority: Authority) -> MachineFailed:
    """The error of an authority that gives no time stamp."""
    return MachineFailed(
        "The time stamp authority gives no time stamp; nothing was signed.",
        what=f"signing.timestamp_url {authority.host}",
        next="Try again later. `config set signing.without_timestamp sign` signs without.",
    )
