"""Kinds of data about a person: how they are found, and what an erasure does to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privacy.terms import KeyClass


class FoundBy(StrEnum):
    """How a person's rows are found: a relation, or a blind index over their contact points.

    INCIDENT: the account of a breach or of a vendor, which names no person who is asked for;
    the people of a breach are rows of their own.
    """

    SUBJECT = "subject"
    OTHER = "other"
    HOLDER = "holder"
    WORDS = "words"
    REQUEST = "request"
    ARRIVAL = "arrival"
    CASE_HOLDER = "case_holder"
    TAG = "tag"
    LEDGER = "ledger"
    PSEUDONYM = "pseudonym"
    INCIDENT = "incident"


class Fate(StrEnum):
    """What an erasure does. BY_CLASS: dies with its key, or stays sealed on a ground.

    STRIP: the row stays for figures, without what leads to the person. CASE: lives on
    the ground of the request's record. SELLER: stays in a record that the law has the
    seller hold whole, sealed. HASH: a keyed hash that stays. LOG: a pseudonym whose key
    dies, so that it leads to nobody.
    """

    DELETE = "delete"
    STRIP = "strip"
    BY_CLASS = "by_class"
    CASE = "case"
    SELLER = "seller"
    HASH = "hash"
    LOG = "log"


class Shown(StrEnum):
    """What an answer to the person does with it."""

    GIVEN = "disclose"
    REDACTED = "redact"
    WITHHELD = "withhold"


@dataclass(frozen=True)
class Held:
    """One kind of data about a person in one table.

    `columns` are personal; those `beside` them name nobody once the row is stripped.
    `digest`: columns besides the primary key whose change makes it other data;
    `unless_null`: a row without that column holds nothing of it.
    """

    key: str
    table: str
    columns: tuple[str, ...]
    what: str
    found_by: FoundBy
    fate: Fate
    shown: Shown
    beside: tuple[str, ...] = ()
    key_class: KeyClass | None = None
    digest: tuple[str, ...] = ()
    why: str = ""
    store: str = "main"
    unless_null: str = ""


def columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STAFF = "ids of our staff are left out: they are other people's data"
OTHERS = "it names another person"
TECHNICAL = "keyed or technical values that say nothing readable"
