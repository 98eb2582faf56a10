"""One disclosure: to whom, in which role, what, why, on which basis, sold or not. Pure.

A recipient is an organisation and named (GDPR Article 15(1)(c), CJEU C-154/21). A person,
an agent or another natural person is never named: the lists of the states leave natural
persons out, and a name in clear would stand in the database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from privacy.clock import rfc3339
from privacy.errors import BadInput

# An organisation's name, as ledger and log keep it: no address, and nothing like a number.
RECIPIENT = re.compile(r"[^\W\d_](?:[^\W_]|[ .,&'()_-]){1,79}")
DIGITS = re.compile(r"(?:\d[ .()-]*){5}")
# A citation has digits (Civ. Code 1798.110), a number that can be called has more.
MORE_DIGITS = re.compile(r"(?:\d[ .()-]*){9}")
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
COUNTRY = re.compile(r"[A-Z]{2}")
# Words a person can read and nothing that could be a number, an address or an e-mail.
WORDS = re.compile(r"[^@\n\r\t]{0,120}")


class Role(StrEnum):
    """What a recipient is (GDPR Article 4(7) to 4(10))."""

    PROCESSOR = "processor"
    CONTROLLER = "controller"
    THIRD_PARTY = "third_party"
    AUTHORITY = "authority"
    PERSON = "person"
    AGENT = "agent"


# Natural persons, or whoever acts for one: they are in the ledger without a name.
UNNAMED = frozenset({Role.PERSON, Role.AGENT})


class Way(StrEnum):
    """By which door the data left."""

    PACKAGE = "package"
    PORTABILITY = "portability"
    EXPORT = "export"
    NOTICE = "notice"
    PERMIT = "permit"
    VENDOR = "vendor"
    BY_HAND = "told_by_hand"


@dataclass(frozen=True)
class Given:
    """What was given to one recipient. Raises BadInput where a value may not stand in clear.

    `what`: categories as codes. `sold`: sold or shared in the sense of the states' laws.
    `ref`: the request, export or attempt. `country`: ISO 3166-1 or "".
    """

    recipient: str
    role: Role
    what: tuple[str, ...]
    why: str
    basis: str
    way: Way
    ref: str
    country: str = ""
    sold: bool = False
    detail: str = ""

    def __post_init__(self) -> None:
        if self.role in UNNAMED:
            if self.recipient:
                raise BadInput(
                    "A natural person stands in the ledger without a name.",
                    what="recipient",
                    next="Leave the name out; the request says who it was.",
                )
        else:
            check_recipient(self.recipient)
        if not self.what or not all(CODE.fullmatch(each) for each in self.what):
            raise BadInput(
                "What was given is told by categories.",
                what="--what",
                next="Codes such as names, phone, email, address; never a value.",
            )
        if self.country and not COUNTRY.fullmatch(self.country):
            raise BadInput("A country has two letters.", what="--country", next="Such as DE.")
        for name, digits in (("why", DIGITS), ("basis", MORE_DIGITS), ("detail", DIGITS)):
            value = getattr(self, name)
            if not WORDS.fullmatch(value) or digits.search(value):
                raise BadInput(
                    "This stands in clear: no number, address or e-mail.",
                    what=f"--{name}",
                    next="Say it in at most 120 signs without any value of a person.",
                )


@dataclass(frozen=True)
class Disclosure:
    """One line of the ledger. `subject_id` is None once the person was erased."""

    id: int
    subject_id: int | None
    given: Given
    at: datetime
    by: str

    def document(self) -> dict[str, Any]:
        """JSON-ready, without who it was."""
        given = asdict(self.given)
        return {
            "id": str(self.id),
            **given,
            "what": list(self.given.what),
            "at": rfc3339(self.at),
            "by": self.by,
            "person_erased": self.subject_id is None,
        }


@dataclass
class Total:
    """What one recipient got by one way for one reason: how many lines, first and last."""

    given: Given
    first_at: datetime
    last_at: datetime
    lines: int = 0

    def document(self) -> dict[str, Any]:
        """JSON-ready: a row of the record of processing (GDPR Article 30(1)(d))."""
        given = asdict(self.given)
        kept = ("recipient", "role", "country", "why", "basis", "way", "sold")
        return {
            **{key: given[key] for key in kept},
            "what": list(self.given.what),
            "lines": self.lines,
            "first": rfc3339(self.first_at),
            "last": rfc3339(self.last_at),
        }


def same_organisation(name: str) -> str:
    """What two ways to write one organisation's name have in common: its letters and figures,
    whatever their case, accents' form, spaces and signs. `Acme-Calls Ltd.` is `ACME CALLS LTD`."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(each for each in plain if each.isalnum())


def check_recipient(recipient: str) -> None:
    """BadInput unless it reads like an organisation's name: it stands in the log."""
    if not RECIPIENT.fullmatch(recipient) or DIGITS.search(recipient):
        raise BadInput(
            "A recipient is an organisation's name of 2 to 80 letters and signs.",
            what="--recipient",
            next="Name the company that gets the file; no address, number or e-mail.",
        )


def totals(lines: Iterable[Disclosure]) -> list[Total]:
    """Lines joined by recipient, role, reason and way; the earliest first."""
    found: dict[tuple[str, ...], Total] = {}
    for line in lines:
        given = line.given
        key = (given.recipient, given.role.value, given.why, given.way.value, str(given.sold))
        total = found.setdefault(key, Total(given, line.at, line.at))
        total.lines += 1
        if new := tuple(each for each in given.what if each not in total.given.what):
            total.given = replace(total.given, what=(*total.given.what, *new))
        total.first_at, total.last_at = min(total.first_at, line.at), max(total.last_at, line.at)
    return sorted(found.values(), key=lambda each: (each.first_at, each.given.recipient))
