"""Numbers and addresses that somebody names in their words, for an opt-out of those too. Pure.

Who writes from another address "no more mail to jane@example.org", or by mail "stop calling
030 …", means what they name. In doubt a number is suppressed: at worst somebody is not called.
"""

from __future__ import annotations

import re

from privacy.numbers import BadEmail, fold_email
from privacy.rights.arriving.proposing import READ_CHARACTERS, own_words

MOST = 20
FEWEST = 6
"""Digits of what seems to be a number of a telephone."""

DIGITS = re.compile(r"\+?\d[\d \u00a0()/.-]{4,}\d")
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,190}")
AROUND = "\"'`.,;:!?*_-"


def named_in(text: str, region: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(E.164 numbers, folded addresses) in the writer's own words, at most 20 of each.

    `region` (ISO 3166-1) reads numbers without a country code; without it they are left out.
    """
    # Its data are large: only for texts that are looked at.
    from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

    own = (own_words(text) or text)[:READ_CHARACTERS]
    emails: dict[str, None] = {}
    for found in ADDRESS.findall(own):
        try:
            emails[fold_email(found.removeprefix("mailto:").strip(AROUND))] = None
        except BadEmail:
            continue
    matches = PhoneNumberMatcher(own, region or None, leniency=Leniency.VALID)
    phones = dict.fromkeys(
        str(format_number(match.number, PhoneNumberFormat.E164)) for match in matches
    )
    return tuple(phones)[:MOST], tuple(emails)[:MOST]


def names_unread_number(text: str, region: str | None) -> bool:
    """Whether it seems to name a number that cannot be read here: for staff to look at."""
    own = (own_words(text) or text)[:READ_CHARACTERS]
    seem = [each for each in DIGITS.findall(own) if sum(c.isdecimal() for c in each) >= FEWEST]
    return len(seem) > len(named_in(text, region)[0])
