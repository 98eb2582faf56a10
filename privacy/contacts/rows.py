"""One contact as a file tells it, and the same contact read: numbers in E.164, names folded.

Pure. What is refused is told by line, field and reason code; a value never is.
A row stays when something is left that finds the person: a number, an e-mail,
or a name with an address or a birthday.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from privacy.contacts import places
from privacy.contacts.consents import ParsedConsent
from privacy.contacts.wishes import UNREADABLE, VOICE, read_channels, read_times
from privacy.numbers import BadEmail, BadNumber, fold_email, fold_name, parse_phone
from privacy.terms import Channel, Purpose

MOST_VALUES = 50
"""Numbers, e-mails or addresses that one contact may have."""

WISHES = ("preferred_times", "preferred_channel")
ADDRESS_PARTS = ("street", "locality", "region", "postal_code", "country")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with the field name and place that may stand in a file of rejects."""

    text: str
    where: str
    label: str = ""


@dataclass(slots=True)
class RawContact:
    """A contact as it stands in the file. `addresses` begin with the one of the residence."""

    line: int
    names: dict[str, str] = field(default_factory=dict)
    phones: list[Cell] = field(default_factory=list)
    emails: list[Cell] = field(default_factory=list)
    addresses: list[dict[str, str]] = field(default_factory=list)
    organisation: str = ""
    language: str = ""
    birthday: str = ""
    last_purchase: str = ""
    last_inquiry: str = ""
    preferred_times: str = ""
    preferred_channel: str = ""
    other: dict[str, str] = field(default_factory=dict)
    consents: list[ParsedConsent] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken: `kept` tells whether the rest of the row was."""

    line: int
    field: str
    reason: str
    kept: bool = False


@dataclass(slots=True)
class Contact:
    """A contact that can be stored. `row` counts records from 1."""

    row: int
    line: int
    names: dict[str, str]
    name_key: str
    phones: tuple[tuple[str, str], ...]
    emails: tuple[str, ...]
    addresses: list[dict[str, str]]
    organisation: str
    language: str
    birthday: str
    other: dict[str, str]
    region: str
    surname_key: str
    consents: list[ParsedConsent]
    refusals: list[Refusal]
    dealings: dict[str, str] = field(default_factory=dict)
    wishes: dict[str, Any] = field(default_factory=dict)

    def row_key(self) -> str:
        """Digest of the whole content, by which a contact without number and mail is found."""
        content = [self.names, self.addresses, self.organisation, self.birthday, self.other]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return sha256(text.encode()).hexdigest()


def name_key(names: Dictionary[str, str]) -> str:
    """What two names are compared by, folded: given and family, else the full name; "" if none."""
    both = f"{names.get('given', '')} {names.get('family', '')}"
    return fold_name(both) or fold_name(names.get("full", ""))


def names_compatible(one: str, other: str) -> bool:
    """Whether two name keys may be one person's: equal, or one is missing."""
    return not one or not other or one == other


def surname_of(names: Dictionary[str, str]) -> str:
    """The family name, or the likely one of a full name (`Doe, Jane` or `Jane Doe`)."""
    if names.get("family"):
        return names["family"]
    before, comma, _ = names.get("full", "").partition(",")
    words = before.split()
    return (before if comma else words[-1]) if words else ""


def read_contact(raw: RawContact, row: int, region: str) -> Contact | list[Refusal]:
    """The contact, or why none of it is taken. `region` is the file's default country."""
    refusals = list(raw.refusals)
    if not _readable(raw, refusals):
        return [Refusal(raw.line, "row", "unreadable_characters")]
    if max(len(raw.phones), len(raw.emails), len(raw.addresses)) > MOST_VALUES:
        return [Refusal(raw.line, "row", "too_many_values")]
    country = region
    stated = next((a["country"] for a in raw.addresses if a.get("country")), "")
    if stated:
        # A stated country that is not known must not be taken for the file's default.
        country = places.country_code(stated)
        if not country:
            refusals.append(Refusal(raw.line, "country", "unknown_country", kept=True))
    phones = _phones(raw, country, refusals)
    emails = _emails(raw, refusals)
    addresses = [_address(address, country) for address in raw.addresses]
    addresses = [address for address in addresses if any(address.values())]
    names = {part: text for part, text in raw.names.items() if text}
    key = name_key(names)
    if not phones and not emails and not (key and (addresses or raw.birthday)):
        refusals.append(Refusal(raw.line, "row", _why_empty(raw)))
        return [Refusal(r.line, r.field, r.reason) for r in refusals]
    first = addresses[0] if addresses else {}
    dealings = _dealings(raw, refusals)
    wishes = _wishes(raw, refusals)
    return Contact(
        row=row,
        line=raw.line,
        names=names,
        name_key=key,
        phones=phones,
        emails=emails,
        addresses=addresses,
        organisation=raw.organisation,
        language=raw.language,
        birthday=raw.birthday,
        other={name: text for name, text in raw.other.items() if text},
        region=places.region_code(country, first.get("region", "")),
        surname_key=places.surname_key(
            surname_of(names), first.get("postal_code", ""), first.get("country", "")
        ),
        consents=[*raw.consents, *_no_calls(wishes)],
        refusals=refusals,
        dealings=dealings,
        wishes=wishes,
    )


def _dealings(raw: RawContact, refusals: list[Refusal]) -> dict[str, str]:
    """Days of the last purchase and inquiry, where they are told as YYYY-MM-DD and as no other.

    A day that could be another one is no fact: where it opens calls, it must be sure. It
    stays among the other values.
    """
    found: dict[str, str] = {}
    for name in ("last_purchase", "last_inquiry"):
        text = getattr(raw, name).strip()
        try:
            found |= {name: date.fromisoformat(text).isoformat()} if text else {}
        except ValueError:
            refusals.append(Refusal(raw.line, name, "no_iso_date", kept=True))
            raw.other[name] = text
    return found


def _wishes(raw: RawContact, refusals: list[Refusal]) -> dict[str, Any]:
    """Hours and ways that the person asked for, as the call part keeps them.

    What cannot be read stays among the other values and stops calls: it may well say no.
    """
    found: dict[str, Any] = {}
    if raw.preferred_times.strip():
        try:
            found["times"] = read_times(raw.preferred_times)
        except ValueError:
            found["times"] = UNREADABLE
    if raw.preferred_channel.strip():
        found["channels"] = read_channels(raw.preferred_channel) or [UNREADABLE]
    for name, key in (("preferred_times", "times"), ("preferred_channel", "channels")):
        if UNREADABLE in found.get(key, ()):
            refusals.append(Refusal(raw.line, name, "wish_not_readable", kept=True))
            raw.other[name] = getattr(raw, name)
    return found


def _no_calls(wishes: Dictionary[str, Any]) -> list[ParsedConsent]:
    """Whoever named ways to be reached and no call among them withdraws calls, known or new."""
    named = wishes.get("channels")
    if not named or VOICE in named:
        return []
    return [
        ParsedConsent(Purpose.MARKETING, channel, "withdrawal", None, "preferred_channel")
        for channel in (Channel.VOICE_LIVE, Channel.VOICE_PRERECORDED)
    ]


def _why_empty(raw: RawContact) -> str:
    if raw.phones or raw.emails:
        return "no_usable_contact"
    return "no_contact" if any(raw.names.values()) else "empty"


def _readable(raw: RawContact, refusals: list[Refusal]) -> bool:
    """Whether names, numbers and mails are text; other values that are not are taken out.

    A garbled name is not taken for a missing one: a missing name fits everybody.
    """
    told = [*raw.names.values(), *(cell.text for cell in raw.phones + raw.emails)]
    if any(map(_garbled, told)):
        return False
    for name in ("organisation", "language", "birthday", "last_purchase", "last_inquiry", *WISHES):
        if _garbled(getattr(raw, name)):
            refusals.append(Refusal(raw.line, name, "unreadable_characters", kept=True))
            setattr(raw, name, "")
    for number, address in enumerate(raw.addresses):
        if any(map(_garbled, address.values())):
            refusals.append(Refusal(raw.line, "address", "unreadable_characters", kept=True))
            raw.addresses[number] = {}
    garbled = [name for name, text in raw.other.items() if _garbled(name + text)]
    for name in garbled:
        refusals.append(Refusal(raw.line, "other", "unreadable_characters", kept=True))
        del raw.other[name]
    return True


def _garbled(text: str) -> bool:
    # U+FFFD stands where the encoding had no character; NUL is never text.
    return "\ufffd" in text or "\x00" in text or (not text.isascii() and not _encodes(text))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _phones(raw: RawContact, country: str, refusals: list[Refusal]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for cell in raw.phones:
        try:
            found.setdefault(parse_phone(cell.text, country or None), cell.label)
        except BadNumber as bad:
            refusals.append(Refusal(raw.line, cell.where, bad.reason, kept=True))
    return tuple(found.items())


def _emails(raw: RawContact, refusals: list[Refusal]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for cell in raw.emails:
        try:
            found[fold_email(cell.text)] = None
        except BadEmail as bad:
            refusals.append(Refusal(raw.line, cell.where, bad.reason, kept=True))
    return tuple(found)


def _address(raw: dict[str, str], default: str) -> dict[str, str]:
    stated = raw.get("country", "")
    code = places.country_code(stated) if stated else default
    lines = [raw.get("po_box", ""), f"{raw.get('street_number', '')} {raw.get('street', '')}"]
    lines += [raw.get("street_2", ""), raw.get("street_3", "")]
    street = ", ".join(line.strip() for line in lines if line.strip())
    has_any = street or raw.get("locality") or raw.get("region") or raw.get("postal_code")
    return {
        "street": street,
        "locality": raw.get("locality", ""),
        "region": raw.get("region", ""),
        "postal_code": places.postal_code(raw.get("postal_code", ""), code),
        "country": (code or stated) if has_any or stated else "",
    }
