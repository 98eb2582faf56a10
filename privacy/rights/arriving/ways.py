"""Words of the ledger of arrivals: by which way, in which state, why it waits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    """By which way something came in."""

    CLI = "cli"
    API = "api"
    EMAIL = "email"
    FOLDER = "folder"
    PAPER = "paper"
    TELEPHONE = "telephone"
    IN_PERSON = "in_person"
    AGENT = "agent"
    WEB_FORM = "web_form"


# The channel of the request that such an arrival opens; by `cli` and `api` it is named.
CHANNEL_OF = {
    Source.EMAIL: "email",
    Source.FOLDER: "email",
    Source.PAPER: "post",
    Source.TELEPHONE: "phone",
    Source.IN_PERSON: "in_person",
    Source.AGENT: "agent",
    Source.WEB_FORM: "portal",
}


class ArrivalState(StrEnum):
    """WAITING for staff or for the desk itself; OPENED: a request stands for it."""

    WAITING = "waiting"
    OPENED = "opened"
    JOINED = "joined"
    SET_ASIDE = "set_aside"


class Known(StrEnum):
    """How the instant of receipt is known.

    CLAIMED by the sender's own file, CLOCK: by nothing, so the instant at which it was
    taken stands; both are for staff to look at.
    """

    OWN_SERVER = "own_server"
    STATED = "stated"
    CLAIMED = "claimed"
    CLOCK = "clock"


class Waits(StrEnum):
    """Why an arrival waits. GOING_ON: the desk itself has not finished; the rest is for staff."""

    GOING_ON = "going_on"
    TO_LOOK_AT = "to_look_at"
    NO_KIND = "no_kind"
    NO_SENDER = "no_sender"
    NO_ADDRESS = "no_address"
    UNREADABLE_PART = "unreadable_part"


class Aside(StrEnum):
    """Why an arrival was set aside. The first four are seen by the desk itself."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    NEWSLETTER = "newsletter"
    EMPTY = "empty"
    NOT_A_REQUEST = "not_a_request"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    MISDIRECTED = "misdirected"


class LanguageBy(StrEnum):
    """How the language is known; ASKED: whoever asks was asked, and said it."""

    STATED = "stated"
    DETECTED = "detected"
    ASKED = "asked"


@dataclass(frozen=True)
class Receipt:
    """When it reached the controller (aware), and how that is known."""

    at: datetime
    known: Known


@dataclass(frozen=True)
class Came:
    """How a request came: by an arrival that was taken already, or by one written with it.

    `original` is sealed as it came (default: the case file); `tag` is its keyed tag, so that
    the same again changes nothing (default: one that nothing else has).
    """

    source: Source = Source.API
    arrival_id: str = ""
    original: bytes = b""
    media_type: str = "application/json"
    tag: bytes = b""
    language: str = ""
    language_by: str = ""
    batch_id: str | None = None
    row_number: int | None = None


BY_API = Came()
