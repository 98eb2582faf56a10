"""The form of the packs beside the rules and clocks: rights, calendars, case handling.

Their rows are read by the letters, the calendars and the cases. A date or a term of
keeping that is wrong here moves a last day or loses a proof, so the form is as strict
as that of the rules: an unknown field is a fault, and so is a row that is there twice.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from typing import Any

from privacy.errors import BadFacts
from privacy.law.calendars import calendar_of
from privacy.law.pack_form import (
    Check,
    Field,
    Form,
    address,
    any_text,
    day,
    each_row,
    faults,
    flag,
    label,
    list_of,
    name,
    needed,
    one_of,
    optional,
    positive,
    text,
    whole,
)
from privacy.law.pack_schema_clocks import MARKS, Found, weekday
from privacy.terms import KeyClass


def law_or_all(value: Any) -> str:
    """A law, a group such as US_*, or * for every law."""
    group = isinstance(value, str) and value.endswith("_*")
    return "" if value == "*" else name(value[:-2] if group else value)


MARKS_OF_CASES = (*MARKS, "practice")
LEAP_YEAR = 2028
MARK = needed(one_of(MARKS))
SOURCE: Form = {"citation": needed(text), "url": needed(address), "status": MARK}
ITEM: Form = {
    "id": needed(name),
    "law": needed(name),
    "text": needed(text),
    "effective": optional(day),
    "note": optional(any_text),
    **SOURCE,
}
DAYS: Form = {
    "code": needed(name),
    "name": needed(text),
    "effective": needed(day),
    "response_days": needed(positive),
    "extension_days": needed(whole),
    "citation": needed(text),
    "url": needed(address),
    "note": optional(any_text),
}
ITEMS = (
    "right", "access_item", "notice_item", "erasure_ground", "erasure_exemption",
    "restriction_ground", "portability_rule", "fee_rule", "processor_clause",
    "dpia_item", "accountability", "uk_change", "ca_right", "ca_method", "ca_gpc", "verification",
    "ca_delete_rule", "ca_correct_rule", "ca_record", "ca_metric", "ca_admt", "drop_duty",
)  # fmt: skip
RIGHTS: Mapping[str, Form] = {
    **dict.fromkeys(ITEMS, ITEM),
    "breach_item": {
        **ITEM,
        "to": needed(one_of(("authority", "persons", "register"))),
        "needs": needed(list_of(name)),
        "when": optional(one_of(("late", "phases", "not_told", "many_told"))),
    },
    "third_party_list": {
        **ITEM,
        "of": needed(one_of(("disclosed", "sold"))),
        "roles": needed(list_of(one_of(("third_party", "controller", "authority")), least=1)),
        "may_be_any": needed(flag),
        "effective": needed(day),
    },
    "never_disclose": {**ITEM, "instead": needed(text)},
    "record_field": {
        **ITEM,
        "role": needed(one_of(("controller", "processor", "exemption"))),
        "condition": needed(any_text),
    },
    "drop": {key: field for key, field in ITEM.items() if key != "law"},
    "drop_standardize": {"field": needed(name), "text": needed(text), **SOURCE},
    "drop_vector": {
        **{key: needed(text) for key in ("field", "input", "standardized", "hash")},
        "url": needed(address),
        "status": MARK,
    },
    "us_state": {
        **DAYS,
        "appeal_days": needed(whole),
        "appeal_extension_days": needed(whole),
        "cure": needed(text),
        "universal_opt_out": needed(text),
        **{f"status_{key}": MARK for key in ("response", "appeal", "cure", "opt_out")},
    },
    "us_state_future": {**DAYS, "status": MARK},
    "country": {
        "code": needed(name),
        "response_days": needed(positive),
        "extension": needed(text),
        "note": optional(any_text),
        **SOURCE,
    },
    "letter_item": {
        **ITEM,
        "letter": needed(name),
        "law": needed(law_or_all),
        "except": optional(list_of(name, least=1)),
        "required": needed(flag),
    },
    "retention": {
        "jurisdiction": needed(name),
        "record": needed(text),
        "years": needed(whole),
        "erasure_exemption": needed(text),
        "note": optional(any_text),
        **SOURCE,
    },
}  # fmt: skip
RIGHTS_META: Form = {
    "version": needed(text),
    "as_of": needed(day),
    "language": needed(name),
    "legal_advice": needed(flag),
    "recheck_before_release": needed(list_of(text)),
}


def seat(value: Any) -> str:
    """The code of a calendar that the holiday library has."""
    try:
        calendar_of(value if isinstance(value, str) else "")
    except BadFacts:
        return "must be a calendar of the library, such as DE-BE"
    return ""


def _month(value: Any) -> str:
    return "" if not positive(value) and value <= 12 else "must be a month from 1 to 12"


def _day_of_month(value: Any) -> str:
    return "" if not positive(value) and value <= 31 else "must be a day from 1 to 31"


def _nth(value: Any) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and value in (-1, 1, 2, 3, 4)
    return "" if fits else "must be 1 to 4, or -1 for the last"


MONTH_AND_DAY: Form = {"month": needed(_month), "day": needed(_day_of_month)}
FIXED: Form = {**MONTH_AND_DAY, **dict.fromkeys(("sunday_moves", "saturday_moves"), optional(flag))}
WEEKDAYS: Form = {"month": needed(_month), "weekday": needed(weekday), "nth": needed(_nth)}
ROW_OF_CALENDAR: Form = {
    "code": needed(seat),
    "text": needed(text),
    "note": optional(any_text),
    **SOURCE,
}
LIST: Check = list_of(lambda _: "")
CALENDARS: Mapping[str, Form] = {
    "overlay": {**ROW_OF_CALENDAR, **MONTH_AND_DAY},
    "removal": {**ROW_OF_CALENDAR, "name": needed(text)},
    "calendar": {
        **ROW_OF_CALENDAR,
        "code": needed(name),
        **{key: needed(LIST) for key in ("fixed", "weekdays")},
        "dates": needed(list_of(day)),
    },
}
CITED: Form = {"citation": needed(text), "status": needed(one_of(MARKS_OF_CASES))}


LAW_OF_CASE: Field = needed(law_or_all)
KIND: Field = needed(name)
CASES: Mapping[str, Form] = {
    "right": {"kind": KIND, "law": LAW_OF_CASE, "request_kind": needed(name), **CITED},
    "identity": {
        "kind": KIND,
        "law": LAW_OF_CASE,
        "harm": optional(one_of(("ordinary", "specific_pieces", "sensitive"))),
        "level": needed(one_of(("none", "reasonable", "high"))),
        **CITED,
    },
    "territory": {"law": needed(name), "places": needed(list_of(name, least=1)), **CITED},
    "doubt": {"law": needed(name), **CITED},
    "authority": {
        "asked_by": needed(one_of(("agent", "parent", "guardian", "estate"))),
        "law": LAW_OF_CASE,
        "place": optional(name),
        "proofs": needed(list_of(name, least=1)),
        **CITED,
    },
    "keeping": {
        "id": needed(name),
        "key_class": needed(one_of(KeyClass)),
        "regions": needed(list_of(law_or_all, least=1)),
        "years": needed(positive),
        "counted_from": needed(one_of(("last_record", "last_use", "year_end"))),
        "what": needed(text),
        "exemption": needed(text),
        **CITED,
    },
    "arrival_keeping": {
        "id": needed(name),
        "days": needed(positive),
        "what": needed(text),
        **CITED,
    },
    "never_disclose": {
        "law": LAW_OF_CASE,
        "words": needed(list_of(text, least=1)),
        "why": needed(text),
        **CITED,
    },
    "other_people": {"law": LAW_OF_CASE, "what": needed(text), "why": needed(text), **CITED},
    "withheld": {"law": LAW_OF_CASE, "what": needed(text), "why": needed(text), **CITED},
    "law_name": {"law": LAW_OF_CASE, "name": needed(text)},
    "suppression": {"law": LAW_OF_CASE, **CITED},
}
# Tables that a pack of case handling may lack.
MAY_LACK = frozenset({"doubt", "authority", "territory", "arrival_keeping"})
HEAD: Form = {"version": needed(text), "as_of": needed(day)}


def rights_faults(data: Mapping[str, Any]) -> Iterator[Found]:
    """Row, field and fault of everything that is wrong in a pack of rights."""
    yield from _tables(data, RIGHTS, RIGHTS_META)


def calendar_faults(data: Mapping[str, Any]) -> Iterator[Found]:
    """Row, field and fault of everything that is wrong in a pack of calendars."""
    tables = list(_tables(data, CALENDARS, HEAD))
    yield from tables
    if tables:
        return
    for row in data["overlay"]:
        yield from ((row["code"], *fault) for fault in _no_such_day([row], ""))
    for row in data["calendar"]:
        found = each_row(row["fixed"], FIXED, "fixed", "")
        found += each_row(row["weekdays"], WEEKDAYS, "weekdays", "")
        found += [] if found else _no_such_day(row["fixed"], "fixed")
        yield from ((row["code"], *fault) for fault in found)


def case_faults(data: Mapping[str, Any]) -> Iterator[Found]:
    """Row, field and fault of everything that is wrong in a pack of case handling."""
    head = {key: value for key, value in data.items() if key in HEAD}
    rows = {key: value for key, value in data.items() if key not in HEAD}
    yield from (("pack", *fault) for fault in faults(head, HEAD))
    tables = list(_tables({**rows, "meta": {}}, CASES, {}))
    yield from tables
    if tables:
        return
    for key, fields in (("right", ("kind", "law")), ("identity", ("kind", "law", "harm"))):
        seen: set[tuple[str, ...]] = set()
        for number, row in enumerate(data[key], 1):
            one = tuple(row.get(field, "*") for field in fields)
            if one in seen:
                yield f"{key}[{number}]", "law", "is there twice for this kind"
            seen.add(one)
        kinds = {row["kind"] for row in data[key] if row["law"] == "*"}
        for missing in sorted({row["kind"] for row in data[key]} - kinds):
            yield "pack", key, f"has no row for every law (*) of {missing}"


def _no_such_day(rows: list[Mapping[str, Any]], tag: str) -> list[tuple[str, str]]:
    return [
        (f"{tag}[{number}].day" if tag else "day", "is no day of that month")
        for number, row in enumerate(rows, 1)
        if row["day"] > monthrange(LEAP_YEAR, row["month"])[1]
    ]


def _tables(data: Mapping[str, Any], rows: Mapping[str, Form], meta: Form) -> Iterator[Found]:
    known = {*rows, "meta"}
    for key in sorted(known - set(data) - MAY_LACK):
        yield "pack", key, "is missing"
    for key in sorted(set(data) - known):
        yield "pack", key, "is no table of this form"
    for field, why in faults(data.get("meta", {}), meta):
        yield "pack", f"meta.{field}", why
    for key, form in rows.items():
        if key not in data:
            continue
        if not isinstance(data[key], list):
            yield "pack", key, "must be a list of tables"
            continue
        seen: set[str] = set()
        for number, row in enumerate(data[key], 1):
            one = label(row, key, number)
            yield from ((one, field, why) for field, why in faults(row, form))
            if one in seen and key != "removal":
                yield one, "id", "is there twice"
            seen.add(one)
