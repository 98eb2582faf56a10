"""From a number and an address on file to every place and zone the call may reach.

An area code is only a presumption of location and the number library misplaces
overlay codes, so North American codes come from the pack's own tables: every
state and every zone of the code. A confirmed address decides, and the code's
places and zones are added when they differ, because several states presume
from the code and ported numbers keep it. A code without a location (toll-free,
personal, premium, unknown) leaves the place unknown: the call is denied.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from privacy.law.pack import load_pack
from privacy.law.zones import known_zones, zones_of_country

E164 = re.compile(r"\+[1-9]\d{6,14}")
POSTAL_CODE = re.compile(r"[0-9]{5}(-?[0-9]{4})?")
# Combinations of places kept; never a number.
MOST_KEPT = 10_000
MOST_REMEMBERED = 300_000
NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{2})[2-9]\d{6}")


@dataclass(frozen=True, slots=True)
class Site:
    """Candidate places (ISO 3166-1 or -2, leaves only) and zones of one source."""

    places: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    """Where a call may reach: all must allow. Empty places or zones: unknown location.

    `line` is what the number alone tells: "wireless", "landline" or "unknown";
    `code_has_place` is False for toll-free, personal, premium and unknown codes.
    """

    places: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    zones: tuple[str, ...]
    line: str
    code_has_place: bool

    @property
    def known(self) -> bool:
        """Whether there is a place and a zone at all."""
        return bool(self.places and self.zones)


class NoSuchNumber(ValueError):
    """The text is no possible number in E.164. Holds no value."""


def places(e164: str) -> list[str]:
    """Candidate places of a number alone: ISO 3166-2 of a US state or Canadian province, else
    the country; none where the number carries no location. Raises NoSuchNumber."""
    return list(_site_of_number(e164)[0].places)


def locate(
    number: str, region: str, postal_code: str, confirmed: tuple[str, ...], follow_codes: bool
) -> Located:
    """Every candidate place and zone of a call. Raises NoSuchNumber.

    `region` is the ISO 3166-1 or -2 of the address on file or "", `confirmed` the
    IANA zones known for the person. `follow_codes` False lets the address alone
    decide where there is one.
    """
    by_number, line = _site_of_number(number)
    if not region:
        zones = _agreed_zones(confirmed or by_number.zones, by_number)
        site = Site(by_number.places, zones) if by_number.places else Site()
    else:
        address = _site_of_address(region, postal_code, confirmed, by_number)
        site = _joined(address, by_number) if follow_codes and address.places else address
    return Located(
        site.places, _jurisdictions(site.places), site.zones, line, bool(by_number.places)
    )


def _joined(address: Site, number: Site) -> Site:
    """Address and code together: the address alone where both can be the same place."""
    if not number.places or _can_be(address.places, number.places):
        return Site(address.places, _agreed_zones(address.zones, number))
    bare = not any("-" in place for place in address.places)
    if bare and _can_be(number.places, address.places):
        # The address names the country only: the code's states in it stay candidates.
        return Site(number.places, _agreed_zones(address.zones, number))
    return Site(_union(address.places, number.places), _union(address.zones, number.zones))


def _can_be(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    """Whether each inner place is one of the outer places or lies in one."""
    return all(place in outer or place[:2] in outer for place in inner)


def _agreed_zones(zones: tuple[str, ...], number: Site) -> tuple[str, ...]:
    """The known zones alone where the code's table holds them, else both."""
    return zones if set(zones) <= set(number.zones) else _union(zones, number.zones)


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


@lru_cache(MOST_KEPT)
def _jurisdictions(leaves: tuple[str, ...]) -> tuple[str, ...]:
    """Leaves and everything above them, narrowest first."""
    countries = _union(tuple(leaf[:2] for leaf in leaves), ())
    unions = tuple(
        name for name, members in _data()["union"].items() if set(countries) & set(members)
    )
    return _union(tuple(leaf for leaf in leaves if "-" in leaf), (*countries, *unions))


def _site_of_number(number: str) -> tuple[Site, str]:
    if not E164.fullmatch(number):
        raise NoSuchNumber("not E.164")
    if number.startswith("+1"):
        found = NORTH_AMERICAN.fullmatch(number)
        if not found:
            raise NoSuchNumber("not North American")
        return _site_of_area_code(found[1], number), "unknown"
    return _site_abroad(number)


def _site_of_area_code(code: str, number: str) -> Site:
    table = _area_codes()
    if code in table:
        return table[code]
    if code in _codes_without_location():
        return Site()
    # Another country of the numbering plan; the library knows its codes as wholes.
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    if not region or region in _countries_with_areas():
        return Site()
    return Site((region,), zones_of_country(region))


@contextmanager
def remembering() -> Iterator[None]:
    """Within the block a number abroad is placed once: the library takes 0.1 ms for each.

    Numbers are held in memory, up to MOST_REMEMBERED, and forgotten with the block.
    """
    if _remembered.numbers is not None:
        yield
        return
    _remembered.numbers = {}
    try:
        yield
    finally:
        _remembered.numbers = None


class _Remembered(threading.local):
    """What one thread has placed; None outside of a block."""

    numbers: dict[str, tuple[Site, str]] | None = None


_remembered = _Remembered()


def _site_abroad(number: str) -> tuple[Site, str]:
    held = _remembered.numbers
    if held is None:
        return _placed_abroad(number)
    found = held.get(number)
    if found is None:
        if len(held) >= MOST_REMEMBERED:
            held.clear()
        found = held[number] = _placed_abroad(number)
    return found


def _placed_abroad(number: str) -> tuple[Site, str]:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        raise NoSuchNumber("no calling code") from None
    if not phonenumbers.is_possible_number(parsed):
        raise NoSuchNumber("not possible")
    # A number in no known range belongs to the calling code's main country.
    region = phonenumbers.region_code_for_number(parsed)
    region = region or phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    if not region or not region.isalpha():
        return Site(), "unknown"
    kind = phonenumbers.number_type(parsed)
    if kind in _types_without_location():
        return Site(), "unknown"
    line = {PhoneNumberType.MOBILE: "wireless", PhoneNumberType.FIXED_LINE: "landline"}
    return Site((region,), _zones_abroad(parsed, region, kind)), line.get(kind, "unknown")


def _zones_abroad(parsed: Any, region: str, kind: int) -> tuple[str, ...]:
    """The country's zones; of several, those the library gives for the number's range.

    A mobile number without an area code may be anywhere in its country, whatever one
    zone the library names for it (all of Indonesia's in Jakarta).
    """
    country = zones_of_country(region)
    if len(country) == 1:
        return country
    named = timezone.time_zones_for_number(parsed)
    given = tuple(key for key in named if key in known_zones() and key != "Etc/Unknown")
    keeps_area = region in _data()["numbers_abroad"]["mobile_area_codes"]
    if kind == PhoneNumberType.MOBILE and not keeps_area:
        return _union(given, country)
    return given or country


def _site_of_address(
    region: str, postal_code: str, confirmed: tuple[str, ...], number: Site
) -> Site:
    """Places and zones of the address; the state of its postal code is a place of its own.

    A bare country whose states have law of their own is a place only together
    with a postal code or a number that names the state.
    """
    named = _state_of_postal_code(region, postal_code)
    regions = (named,) if named and named.startswith(f"{region}-") else (region, named or region)
    sites = [_site_of_region(one, postal_code, confirmed, number) for one in _union(regions, ())]
    if not all(site.places for site in sites):
        return Site()
    return Site(
        _union(tuple(place for site in sites for place in site.places), ()),
        _union(tuple(key for site in sites for key in site.zones), ()),
    )


def _site_of_region(
    region: str, postal_code: str, confirmed: tuple[str, ...], number: Site
) -> Site:
    """One region of the address with its zones: confirmed ones, else those it can lie in."""
    in_number = _can_be(number.places, (region,)) or _can_be((region,), number.places)
    agrees = bool(number.places) and in_number
    if region in _countries_with_areas() and not agrees:
        return Site()
    if confirmed:
        return Site((region,), confirmed)
    by_code = _data()["zip_zone"].get(postal_code[:3])
    if by_code and _state_of_postal_code(region, postal_code) == region:
        return Site((region,), tuple(by_code))
    # An address without a finer hint says no more than the code where both name one place.
    # A region abroad is one: a number of the capital says nothing of a remote part.
    finer = "-" in region and region[:2] not in _countries_with_areas()
    zones = number.zones if agrees and not finer else _zones_of_region(region)
    return Site((region,), zones) if zones else Site()


def _state_of_postal_code(region: str, postal_code: str) -> str | None:
    """The state a postal code lies in; None for another country's or an unknown code."""
    country, table = region[:2], _data()["zip_state"]
    if country != _data()["zip_country"] or not POSTAL_CODE.fullmatch(postal_code):
        return None
    prefix = int(postal_code[:3])
    for state, ranges in table.items():
        if any(first <= prefix <= last for first, last in ranges):
            return f"{country}-{state}"
    return None


def _zones_of_region(region: str) -> tuple[str, ...]:
    country, _, subdivision = region.partition("-")
    if not subdivision or country not in _countries_with_areas():
        return tuple(_data()["region_zone"].get(region, ())) or zones_of_country(country)
    sites = [site for site in _area_codes().values() if region in site.places]
    return _union(tuple(key for site in sites for key in site.zones), ())


@cache
def _area_codes() -> Mapping[str, Site]:
    """Every area code of the US and Canada: its places and all its zones."""
    data = _data()
    split = {entry["npa"]: tuple(entry["zones"]) for entry in data["npa_split"]}
    table: dict[str, Site] = {}
    for country, name in data["areas"].items():
        zone_by_area = data[data["area_zones"][country]]
        for area, codes in data[name].items():
            for number in codes:
                code = str(number)
                before = table.get(code, Site())
                zones = split.get(code, (zone_by_area[area],))
                table[code] = Site(
                    _union(before.places, (f"{country}-{area}",)), _union(before.zones, zones)
                )
    return table


@cache
def codes_that_decide() -> frozenset[str]:
    """North American codes that alone tell places, zones and line of every number under them."""
    return frozenset(_area_codes()) | _codes_without_location()


@cache
def _countries_with_areas() -> frozenset[str]:
    """Countries whose area codes tell a state or province."""
    return frozenset(place[:2] for site in _area_codes().values() for place in site.places)


@cache
def _codes_without_location() -> frozenset[str]:
    table = _data()["npa_no_location"]
    groups = ("toll_free", "personal", "premium")
    return frozenset(str(code) for group in groups for code in table[group])


@cache
def _types_without_location() -> frozenset[int]:
    """Types of numbers abroad, as the library counts them, that tell no place."""
    names = _data()["numbers_abroad"]["no_location"]
    return frozenset(getattr(PhoneNumberType, name.upper()) for name in names)


def _data() -> Mapping[str, Any]:
    return load_pack("calling").data
