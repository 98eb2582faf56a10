"""The form of a calling pack's other tables: conditions, area codes, zones, holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from phonenumbers import PhoneNumberType

from privacy.law.pack_form import (
    Check,
    Form,
    any_text,
    day,
    faults,
    labels,
    list_of,
    map_of,
    name,
    needed,
    one_of,
    optional,
    positive,
    text,
    whole,
)
from privacy.law.pack_schema_calling import CONDITION, MARKS, jurisdiction, zone
from privacy.terms import Channel

# Table, number or key of the row, field, fault.
Found = tuple[str, str, str]
AREA_CODE = re.compile(r"[2-9]\d{2}")
NAMED_DAYS = (
    "proclaimed", "mardi-gras", "good-friday", "day-after-thanksgiving", "election-day",
    "election-day-even-years", "juneteenth",
)  # fmt: skip
MONTH_AND_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def area_code(value: Any) -> str:
    """A North American area code."""
    return "" if AREA_CODE.fullmatch(str(value)) else "must be an area code"


def _named_day(value: Any) -> str:
    fits = value in NAMED_DAYS or (isinstance(value, str) and MONTH_AND_DAY.fullmatch(value))
    return "" if fits else f"must be MM-DD or one of {', '.join(NAMED_DAYS)}"


def _month_and_day(value: Any) -> str:
    return "" if not list_of(positive)(value) and len(value) == 2 else "must be [month, day]"


ROWS: Mapping[str, Form] = {
    "npa_split": {
        "npa": needed(area_code),
        "region": needed(text),
        "zones": needed(list_of(zone, least=1)),
        "note": needed(any_text),
    },
    "holiday_overlay": {
        "jurisdiction": needed(jurisdiction),
        "action": needed(one_of(("add", "replace", "operator"))),
        "day": needed(_named_day),
        "name": needed(text),
        "verification": needed(one_of(MARKS)),
        "note": needed(any_text),
        "replaces": optional(_month_and_day),
        "from": optional(day),
    },
}
# As the number library names them, in small letters.
NUMBER_TYPES = tuple(key.lower() for key in PhoneNumberType.__dict__ if key.isupper())
CODES: Check = list_of(area_code, least=1)
ZONES: Check = list_of(zone, least=1)
MAPS: Mapping[str, Check] = {
    "areas": map_of(name),
    "area_zones": map_of(name),
    "npa_state": map_of(CODES),
    "npa_province": map_of(CODES),
    "state_zone": map_of(zone),
    "province_zone": map_of(zone),
    "zip_zone": map_of(ZONES),
    "region_zone": map_of(ZONES),
    "zip_state": map_of(list_of(list_of(whole, least=2), least=1)),
    "union": map_of(list_of(jurisdiction, least=1)),
    "requirement": map_of(list_of(name, least=1)),
    "condition": map_of(lambda row: "; ".join(f"{k} {why}" for k, why in faults(row, CONDITION))),
    "conventions": map_of(lambda _: ""),
    "federal_deadlines": map_of(text),
    "own_policy": map_of(positive),
}
TABLES: Mapping[str, Form] = {
    "npa_no_location": {
        "toll_free": needed(CODES),
        "personal": needed(CODES),
        "premium": needed(CODES),
        "decision": needed(text),
    },
    "numbers_abroad": {
        "no_location": needed(list_of(one_of(NUMBER_TYPES), least=1)),
        "mobile_area_codes": needed(list_of(jurisdiction)),
    },
    "relationship": {"clock_rule": needed(name)},
    "channels": {"artificial_voice_counts_as": needed(one_of(Channel))},
    "lists": {
        "update_max_age_days": needed(map_of(positive)),
        "own_max_age_days": needed(positive),
    },
    "words": {
        **{key: needed(list_of(text, least=1)) for key in (
            "refusal_outcomes", "conversation_outcomes", "unconnected_outcomes",
            "opt_out_phrases", "unrelated_reply", "personal_scope", "all_scope",
        )},
        "premium_area_codes": needed(CODES),
    },
    "holidays": {
        "reviewed_from": needed(positive),
        "reviewed_to": needed(positive),
        "categories": needed(list_of(name, least=1)),
        "national_only": needed(list_of(jurisdiction)),
        "all_subdivisions_if_unknown": needed(list_of(jurisdiction)),
    },
}  # fmt: skip
HEAD: Mapping[str, Check] = {
    "version": text,
    "as_of": day,
    "title": text,
    "schema_version": positive,
    "zip_country": jurisdiction,
}
KNOWN = {"rule", *ROWS, *MAPS, *TABLES, *HEAD}


def table_faults(data: Mapping[str, Any]) -> Iterator[Found]:
    """Faults of everything in a calling pack but its rules."""
    for key in sorted(KNOWN - set(data)):
        yield "pack", key, "is missing"
    for key in sorted(set(data) - KNOWN):
        yield "pack", key, "is no table of this form"
    checks = {**HEAD, **MAPS}
    for key in sorted(set(data) & set(checks)):
        if why := checks[key](data[key]):
            yield "pack", key, why
    for key in sorted(set(data) & set(TABLES)):
        for field, why in faults(data[key], TABLES[key]):
            yield "pack", f"{key}.{field}", why
    for key in sorted(set(data) & set(ROWS)):
        if not isinstance(data[key], list):
            yield "pack", key, "must be a list of tables"
            continue
        for number, row in enumerate(data[key], 1):
            for field, why in faults(row, ROWS[key]):
                yield f"{key}[{number}]", field, why


def name_faults(data: Mapping[str, Any]) -> Iterator[Found]:
    """Names in the tables that other tables do not have; for tables that are themselves whole."""
    for word, conditions in data["requirement"].items():
        for one in conditions:
            if one not in data["condition"]:
                yield "pack", f"requirement.{word}", f"names no condition: {one}"
    if data["relationship"]["clock_rule"] not in labels(data["rule"], "rule"):
        yield "pack", "relationship.clock_rule", "names no rule"
    for key in ("areas", "area_zones"):
        for country, named in data[key].items():
            if named not in data:
                yield "pack", f"{key}.{country}", f"names no table: {named}"
    for number, entry in enumerate(data["holiday_overlay"], 1):
        if entry["action"] == "replace" and "replaces" not in entry:
            yield f"holiday_overlay[{number}]", "replaces", "is missing"
    known = {"express"} - set(data["condition"])
    if known:
        yield "pack", "condition.express", "is missing"
