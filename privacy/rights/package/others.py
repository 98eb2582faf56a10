"""Whom else the desk knows in the texts about a person: asked of the blind indexes, audited.

Looked up are numbers and e-mail addresses that stand in the texts; whoever shares a
number, an address or surname and postcode area with the person; and surnames in the
texts in the person's postcode areas. A name alone of somebody who lives elsewhere is not
found: no index leads from a name to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.numbers import fold_name, region_of
from privacy.rights.access import Found
from privacy.rights.package import reading_text, redaction
from privacy.rights.package.redaction import Others
from privacy.rights.store import Case
from privacy.terms import OpeningPurpose
from privacy.vault.lookup import Match, Query, find

LONGEST_SURNAME_WORDS = 3


def known_others(desk: Desk, actor: Actor, case: Case, found: Found) -> Others:
    """The other people whom the desk knows in the texts of `found`."""
    texts = list(dict.fromkeys(redaction.texts(found)))
    if not any(text.strip() for text in texts):
        return redaction.NOBODY
    numbers = _numbers(texts, regions(desk, found)) - _own_numbers(found)
    mails = {
        mail for text in texts for read in reading_text.mails_in(text).values() for mail in read
    }
    mails -= _own_mails(found)
    near = {*(Query("phone", n) for n in _own_numbers(found)), *_surnames(_own_names(found), found)}
    near |= {Query("email", mail) for mail in _own_mails(found)}
    asked = {Query("phone", n) for n in numbers} | {Query("email", mail) for mail in mails}
    likely = {query for text in texts for query in _surnames(_capitals(text), found)} - near
    matches = find(
        desk.vault,
        sorted(near | asked | likely),
        actor.id,
        OpeningPurpose.ACCESS_REQUEST,
        skip=set(found.profiles) | {subject.id for subject in found.subjects},
        request=case.id,
    )
    return _others(matches, likely, found)


def regions(desk: Desk, found: Found) -> tuple[str, ...]:
    """Countries by which numbers in the texts are read: the person's and the controller's."""
    addresses = [a for profile in found.profiles.values() for a in profile.get("addresses") or []]
    told = [region_of(number) for number in sorted(_own_numbers(found))]
    told += [str(address.get("country") or "") for address in addresses]
    told.append(desk.config.controller.holiday_calendar.partition("-")[0])
    return tuple(dict.fromkeys(region for region in told if len(region) == 2))


def _others(matches: Iterable[Match], likely: set[Query], found: Found) -> Others:
    own = redaction.name_words(_own_names(found)) | _places(found)
    numbers: set[str] = set()
    mails: set[str] = set()
    sure: set[str] = set()
    perhaps: set[str] = set()
    for match in matches:
        words = redaction.name_words(match.profile["names"]) - own
        (perhaps if match.query in likely else sure).update(words)
        held = {str(mail["address"]) for mail in match.profile["emails"]}
        mails |= held | {reading_text.untagged(mail) for mail in held}
        if match.query.kind == "phone":
            numbers.add(match.query.value)
    return Others(
        frozenset(numbers - _own_numbers(found)),
        frozenset(mails - _own_mails(found)),
        frozenset(sure),
        frozenset(perhaps - sure),
        own,
    )


def _numbers(texts: Iterable[str], countries: tuple[str, ...]) -> set[str]:
    return {
        number
        for text in texts
        for read in reading_text.numbers_in(text, countries).values()
        for number in read
    }


def _own_numbers(found: Found) -> set[str]:
    held = {str(phone.call["number"]) for phone in found.phones}
    return held | {number for one in found.history for number in one.numbers}


def _own_mails(found: Found) -> set[str]:
    earlier = {str(m["address"]) for one in found.history for m in one.profile["emails"]}
    return earlier | {mail.address for mail in found.mails}


def _own_names(found: Found) -> list[Mapping[str, Any]]:
    profiles = [*found.profiles.values(), *(one.profile for one in found.history)]
    return [name for profile in profiles for name in profile["names"]]


def _places(found: Found) -> frozenset[str]:
    """Words of where the person lives: no name of somebody else there."""
    parts = ("locality", "region", "country")
    return frozenset(
        word
        for profile in found.profiles.values()
        for address in profile.get("addresses") or []
        for part in parts
        for word in reading_text.words_in(str(address.get(part) or "")).values()
    )


def _areas(found: Found) -> set[str]:
    """The postcode areas by which surnames are indexed: of the person's own addresses."""
    codes = {
        str(address.get("postal_code") or "")
        for profile in found.profiles.values()
        for address in profile.get("addresses") or []
    }
    plain = {"".join(c for c in code.upper() if c.isalnum())[:3] for code in codes}
    return plain - {""}


def _surnames(names: Iterable[Mapping[str, Any]], found: Found) -> set[Query]:
    folded = {fold_name(str(name.get("family") or name.get("full") or "")) for name in names}
    return {
        Query("surname", f"{each.upper()}|{area}")
        for each in folded
        if each
        for area in _areas(found)
    }


def _capitals(text: str) -> list[dict[str, str]]:
    """Words of a text that may be surnames, one to three together.

    Words in small letters count only where the text has no others.
    """
    spans = sorted(reading_text.words_in(text))
    words = [text[start:end] for start, end in spans]
    mixed = any(not word.islower() for word in words)
    runs = []
    for first in range(len(words)):
        for last in range(first + 1, min(first + LONGEST_SURNAME_WORDS, len(words)) + 1):
            run = words[first:last]
            if not mixed or not run[-1].islower():
                runs.append({"family": " ".join(run)})
    return runs
