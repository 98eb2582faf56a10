"""The person as a vCard 4.0 (RFC 6350): one card for each record that merges join. Pure.

Every value is a text of one property: a backslash, comma, semicolon or line break in it
is escaped, other controls are left out, so that no value can begin a property. Lines
end in CRLF and are folded at 75 octets, never inside a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FOLD_OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")
_BREAKS = re.compile(r"\r\n|\r|\n")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TYPES = {"mobile": "cell", "home": "home", "work": "work"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
NAME_PARTS = ("family", "given", "middle", "prefix", "suffix")
ADDRESS_PARTS = ("street", "locality", "region", "postal_code", "country")


def cards(persons: Iterable[Mapping[str, Any]]) -> bytes:
    """The cards of a package's `persons`, in UTF-8."""
    return "".join(_card(person) for person in persons).encode()


def _card(person: Mapping[str, Any]) -> str:
    lines = ["BEGIN:VCARD", "VERSION:4.0", "PRODID:-//rightsdesk//package//EN"]
    names = person["names"][0] if person["names"] else {}
    lines.append(f"FN:{text(_full(names))}")
    if any(names.get(part) for part in NAME_PARTS):
        lines.append("N:" + ";".join(text(names.get(part)) for part in NAME_PARTS))
    for other in person["names"][1:]:
        lines.append(f"NICKNAME:{text(_full(other))}")
    for phone in person["phones"]:
        kind = _TYPES.get(phone["label"])
        types = f'"voice,{kind}"' if kind else "voice"
        lines.append(f"TEL;VALUE=text;TYPE={types}:{text(phone['number'])}")
    lines += [f"EMAIL:{text(mail)}" for mail in person["emails"]]
    for address in person["addresses"]:
        parts = ["", "", *(text(address.get(part)) for part in ADDRESS_PARTS)]
        lines.append("ADR:" + ";".join(parts))
    lines += _single(person)
    lines.append("END:VCARD")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _single(person: Mapping[str, Any]) -> Sequence[str]:
    found = []
    if person["organisation"]:
        found.append(f"ORG:{text(person['organisation'])}")
    day = _DAY.fullmatch(person["birthday"] or "")
    if day:
        found.append(f"BDAY:{''.join(day.groups())}")
    elif person["birthday"]:
        found.append(f"BDAY;VALUE=text:{text(person['birthday'])}")
    if _LANGUAGE.fullmatch(person["language"] or ""):
        found.append(f"LANG:{person['language']}")
    return found


def _full(names: Mapping[str, Any]) -> str:
    """A formatted name; RFC 6350 asks for one even where none is known."""
    parts = (names.get("prefix"), names.get("given"), names.get("middle"), names.get("family"))
    return str(names.get("full") or " ".join(str(part) for part in parts if part) or "-")


def text(value: object) -> str:
    """A value as TEXT (RFC 6350, section 3.4)."""
    plain = _CONTROLS.sub("", "" if value is None else str(value))
    plain = plain.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return _BREAKS.sub(r"\\n", plain)


def folded(line: str) -> str:
    """The line folded at 75 octets (section 3.2): a break and a space between characters."""
    pieces, size = [""], 0
    for char in line:
        octets = len(char.encode())
        if size + octets > FOLD_OCTETS:
            pieces.append(" ")
            size = 1
        pieces[-1] += char
        size += octets
    return "\r\n".join(pieces)
