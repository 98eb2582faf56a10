"""Places as files write them: country names, subdivisions, postal codes.

Pure. A place that is not surely recognised becomes "": for a call that means
every candidate place of the number, never a guess.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import phonenumbers

from privacy.numbers import fold_name

# Common short forms that countries.txt does not list.
SHORT_FORMS = {
    "usa": "US",
    "u s a": "US",
    "united states of america": "US",
    "america": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "brd": "DE",
}
KEY_LENGTH = 3
US_ZIP_LENGTH = 5


def known_region(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 country that gives out numbers."""
    return code in phonenumbers.SUPPORTED_REGIONS


def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 of a country's code or name in twenty languages, else ""."""
    stripped = text.strip()
    if len(stripped) == 2 and known_region(stripped.upper()):
        return stripped.upper()
    folded = fold_name(stripped)
    return SHORT_FORMS.get(folded) or _countries().get(folded, "")


@cache
def _countries() -> dict[str, str]:
    text = files("privacy.contacts").joinpath("countries.txt").read_text("utf-8")
    found: dict[str, str] = {}
    doubtful: set[str] = set()
    for line in text.splitlines():
        code, *names = line.split("|")
        for name in map(fold_name, names):
            if found.setdefault(name, code) != code:
                doubtful.add(name)
    return {name: code for name, code in found.items() if name not in doubtful}


@cache
def _subdivisions(country: str) -> dict[str, str]:
    import holidays

    calendar = getattr(holidays, country, None)
    if calendar is None:
        return {}
    codes = [code for code in calendar.subdivisions if re.fullmatch(r"[A-Z0-9]{1,3}", code)]
    names = {fold_name(code): code for code in codes}
    for name, code in getattr(calendar, "subdivisions_aliases", {}).items():
        if code in codes:
            names.setdefault(fold_name(name), code)
    return names


def region_code(country: str, subdivision: str) -> str:
    """ISO 3166-2 where the subdivision is known, else the country's code, else ""."""
    if not country:
        return ""
    code = _subdivisions(country).get(fold_name(subdivision)) if subdivision else None
    return f"{country}-{code}" if code else country


def postal_code(text: str, country: str) -> str:
    """A postal code in capitals; a US ZIP gets back the zeros that a spreadsheet took."""
    code = " ".join(text.upper().split())
    if country == "US" and code.isascii() and code.isdecimal() and 3 <= len(code) < US_ZIP_LENGTH:
        return code.zfill(US_ZIP_LENGTH)
    return code


def surname_key(surname: str, code: str, country: str) -> str:
    """`FOLD|AREA`, what a surname with postcode is found by; "" if one is missing.

    The area is the first three letters and digits of the postal code.
    """
    folded = fold_name(surname).upper()
    area = re.sub(r"[\W_]", "", postal_code(code, country))[:KEY_LENGTH]
    return f"{folded}|{area}" if folded and area else ""
