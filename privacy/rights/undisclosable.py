"""What no answer sends out, even to the person: found by a heading or by the value itself. Pure.

11 CCR 7024(d): numbers and secrets of these types are never disclosed; the answer
says with enough detail that the type is held. A heading is compared word by word; a
value is recognised by its form and its check digits, wherever in a text it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from privacy.law.pack import load_pack

PACK = "refusals"


@dataclass(frozen=True)
class Blocked:
    """A value that is not sent out. `what` is said in its place: `we hold {what}`."""

    category: str
    what: str
    citation: str

    @property
    def instead(self) -> str:
        """What stands where the value stood."""
        return f"not shown: we hold {self.what} ({self.citation})"


@dataclass(frozen=True)
class _Row:
    category: str
    laws: tuple[str, ...]
    words: tuple[str, ...]
    blocked: Blocked


def blocked(heading: str, value: str, law: str | Iterable[str]) -> Blocked | None:
    """Why that value under that heading is not sent out; None if it may be.

    `law`: the law of the request, or all that apply: what one forbids is withheld.
    """
    under = _by_heading(heading, value, _laws(law))
    rows = _rows(_laws(law))
    return under or next((r.blocked for r in rows if any(_spans(r.category, value))), None)


def screened(value: str, law: str | Iterable[str]) -> tuple[str, tuple[Blocked, ...]]:
    """A free text with each such value replaced by what is said instead."""
    found: list[Blocked] = []
    for row in _rows(_laws(law)):
        for start, end in reversed(_apart(_spans(row.category, value))):
            value = f"{value[:start]}[{row.blocked.instead}]{value[end:]}"
            found.append(row.blocked)
    return value, tuple(dict.fromkeys(found))


def screen(
    fields: Mapping[str, Any], law: str | Iterable[str]
) -> tuple[dict[str, Any], tuple[Blocked, ...]]:
    """The same fields with what may not be sent out replaced, however deep; and what that was.

    A heading above a list or an object holds for everything below it.
    """
    found: list[Blocked] = []
    clean = {key: _walk(str(key), value, _laws(law), found) for key, value in fields.items()}
    return clean, tuple(dict.fromkeys(found))


def _walk(heading: str, value: Any, laws: tuple[str, ...], found: list[Blocked]) -> Any:
    if isinstance(value, Mapping):
        return {key: _walk(f"{heading} {key}", inner, laws, found) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(heading, inner, laws, found) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    under = _by_heading(heading, text, laws)
    if under is not None:
        found.append(under)
        return under.instead
    clean, inside = screened(text, laws)
    found.extend(inside)
    return clean if inside else value


def _by_heading(heading: str, value: str, laws: tuple[str, ...]) -> Blocked | None:
    plain = f" {_plain(heading)} "
    for row in _rows(laws):
        if value and any(f" {word} " in plain for word in row.words):
            return row.blocked
    return None


def _laws(law: str | Iterable[str]) -> tuple[str, ...]:
    return (law,) if isinstance(law, str) else tuple(law)


@lru_cache(maxsize=64)
def _rows(laws: tuple[str, ...]) -> tuple[_Row, ...]:
    names = {"*"} | {name for law in laws for name in (law, "US_*") if law.startswith(name[:3])}
    return tuple(
        _Row(
            row["category"],
            tuple(row["laws"]),
            tuple(row["words"]),
            Blocked(row["category"], row["what"], row["citation"]),
        )
        for row in load_pack(PACK).data["undisclosable"]
        if names & set(row["laws"])
    )


def _plain(heading: str) -> str:
    """Lower case, words apart: `SocialSecurity_no` is `social security no`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", heading)
    folded = "".join(c if c.isalnum() else " " for c in apart.lower())
    return " ".join(folded.split())


# -- values ---------------------------------------------------------------------------------

_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])")
_CARD = re.compile(r"(?<![\d+])(?:\d[ -]?){13,18}\d(?!\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_MEDICARE = re.compile(
    r"(?<![A-Z0-9])[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]"
    r"[AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?![A-Z0-9])"
)
_NINO = re.compile(
    r"(?<![A-Z0-9])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r" ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Z0-9])"
)
_DNI = re.compile(r"(?<![A-Z0-9])(\d{8})-?([A-HJ-NP-TV-Z])(?![A-Z0-9])")
_MRZ = re.compile(r"P[A-Z<][A-Z]{3}[A-Z<]{10,39}")
_HASHED = re.compile(
    r"\$(?:2[abxy]?|argon2(?:id|i|d)|5|6|y|scrypt|pbkdf2[a-z0-9-]*)\$[^\s\"]{10,}"
    r"|\{S?SHA\d*\}[A-Za-z0-9+/=]{20,}"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
# Issuer ranges of payment cards; 13-digit numbers are mostly article numbers and left out.
_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|3[0-9]|6[0-9]|50|5[6-9]")


def _spans(category: str, value: str) -> Iterator[tuple[int, int]]:
    """Where values of that category stand in a text."""
    if category == "ssn":
        yield from (match.span() for match in _SSN.finditer(value))
    elif category == "fin_account":
        yield from (m.span() for m in _IBAN.finditer(value) if _is_iban(m.group()))
        yield from (m.span() for m in _CARD.finditer(value) if _is_card(m.group()))
    elif category == "health_id":
        yield from (match.span() for match in _MEDICARE.finditer(value))
    elif category == "gov_id":
        for form in (_NINO, _MRZ):
            yield from (match.span() for match in form.finditer(value))
        for match in _DNI.finditer(value):
            if _DNI_LETTERS[int(match.group(1)) % 23] == match.group(2):
                yield match.span()
    elif category == "password":
        for form in (_HASHED, _PEM):
            yield from (match.span() for match in form.finditer(value))


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches in order, overlapping ones joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _is_card(text: str) -> bool:
    """14 to 19 digits of a card issuer with a right check digit (Luhn)."""
    digits = [int(c) for c in text if c.isdecimal()]
    if not 14 <= len(digits) <= 19 or not _ISSUER.match("".join(map(str, digits))):
        return False
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """ISO 13616: the number, country moved to the end, is 1 modulo 97."""
    plain = text.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
