"""The form of a clock pack: laws, ways of counting, clocks and what events do to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacy.law.pack_form import (
    Check,
    Form,
    address,
    any_text,
    day,
    each_row,
    faults,
    flag,
    label,
    list_of,
    map_of,
    name,
    needed,
    one_of,
    optional,
    positive,
    table,
    text,
    whole,
)
from privacy.law.pack_schema_calling import jurisdiction

Found = tuple[str, str, str]
MARKS = ("verified", "secondary", "memory")
DATES_OF_ANSWER = ("due", "acknowledge_due", "extended_due", "not_before")
DAYS_LEFT_OUT = ("both_ends", "one_end", "none")
NAMES: Check = list_of(name)
LAW: Form = {
    "code": needed(name),
    "name": needed(text),
    "jurisdiction": needed(jurisdiction),
    "citation": needed(text),
    "holiday_countries": needed(NAMES),
    "aliases": optional(map_of(name)),
}


def weekday(value: Any) -> str:
    """A day of the week, 0 for Monday."""
    return "" if not whole(value) and value <= 6 else "must be a weekday, 0 for Monday to 6"


COUNTING: Form = {
    "id": needed(name),
    "text": needed(text),
    "citation": needed(text),
    "url": needed(address),
    "status": needed(one_of(MARKS)),
    "note": optional(any_text),
    "rolls_over": optional(list_of(weekday)),
    "closed": optional(list_of(weekday)),
    "own_calendar": optional(name),
    **{key: optional(flag) for key in ("whole_hours", "first_day_counted", "day_after")},
}
CLOCK: Form = {
    "id": needed(name),
    "law": needed(name),
    "applies_to": needed(list_of(name, least=1)),
    "start": needed(text),
    "unit": needed(one_of(("month", "calendar_day", "business_day", "hour", "none"))),
    "citation": needed(text),
    "url": needed(address),
    "status": needed(one_of(MARKS)),
    "amount": optional(whole),
    "counting": optional(name),
    "field": optional(one_of(DATES_OF_ANSWER)),
    "effective": optional(day),
    "effective_until": optional(day),
    "reading": optional(list_of(table, least=1)),
    "warning_before": optional(table),
    "also_at_risk": optional(map_of(text)),
    **{key: optional(list_of(name, least=1)) for key in (
        "also_laws", "ends_with", "forbids", "no_duty_at_risk")},
    **{key: optional(list_of(text, least=1)) for key in ("also_text", "extension_grounds")},
    **{key: optional(positive) for key in ("extension_total",)},
    "extension_amount": optional(whole),
    **{key: optional(name) for key in ("start_event", "appeal_clock")},
    **{key: optional(flag) for key in (
        "without_undue_delay", "immediate", "is_appeal", "appeal_unknown", "deemed_refusal",
        "extension_open")},
    **{key: optional(any_text) for key in (
        "note", "text", "qualifier", "warning", "pause", "verification", "no_duty_text",
        "forbids_text", "forbids_citation", "extension_unit", "extension_counted",
        "extension_notice_due")},
}  # fmt: skip
READING: Form = {
    "field": needed(one_of(DATES_OF_ANSWER)),
    "kind": optional(one_of(("counting", "first_end_plus_extension"))),
    "counting": optional(name),
    "stricter": optional(flag),
    "text": optional(text),
    "citation": optional(text),
}
WARNING: Form = {"date": needed(day), "text": needed(text)}
EVENT: Form = {
    "id": needed(name),
    "law": needed(name),
    "effect": needed(one_of(("start_over", "exclude_days", "wait_days", "none"))),
    "clocks": needed(list_of(name, least=1)),
    "begins": needed(name),
    "ends": needed(NAMES),
    "citation": needed(text),
    "url": needed(address),
    "status": needed(one_of(MARKS)),
    "effective": optional(day),
    "requires": optional(map_of(flag)),
    "wait_days": optional(positive),
    **{key: optional(one_of(DAYS_LEFT_OUT)) for key in ("days", "stricter", "later")},
    **{key: optional(list_of(name, least=1)) for key in ("also_laws", "kinds", "also_begins")},
    **{key: optional(any_text) for key in (
        "why", "text", "note", "condition", "until", "counting", "days_text", "stricter_text",
        "later_text", "lapse_text")},
}  # fmt: skip
SAME: Form = {"kinds": needed(list_of(name, least=2))}
META: Form = {"version": needed(text), "as_of": needed(day)}
ROWS: Mapping[str, Form] = {
    "law": LAW,
    "counting": COUNTING,
    "clock": CLOCK,
    "clock_event": EVENT,
    "same_kind": SAME,
}


def clock_faults(data: Mapping[str, Any]) -> Iterator[Found]:
    """Row, field and fault of everything that is wrong in a clock pack."""
    for key in sorted({*ROWS, "meta"} - set(data)):
        yield "pack", key, "is missing"
    for key in sorted(set(data) - {*ROWS, "meta"}):
        yield "pack", key, "is no table of this form"
    for field, why in faults(data.get("meta", {}), META):
        yield "pack", f"meta.{field}", why
    whole_so_far = set(data) == {*ROWS, "meta"}
    for key, form in ROWS.items():
        rows = data.get(key, [])
        if list_of(table)(rows):
            yield "pack", key, "must be a list of tables"
            whole_so_far = False
            continue
        for number, row in enumerate(rows, 1):
            for field, why in _row_faults(row, key, form):
                whole_so_far = False
                yield label(row, key, number), field, why
        yield from _twice(rows, key)
    if whole_so_far:
        yield from _names(data)


def _row_faults(row: Mapping[str, Any], key: str, form: Form) -> list[tuple[str, str]]:
    found = faults(row, form)
    if key != "clock" or found:
        return found
    found += each_row(row.get("reading", []), READING, "reading", "")
    if "warning_before" in row:
        found += faults(row["warning_before"], WARNING, "warning_before.")
    for number, reading in enumerate(row.get("reading", ()), 1):
        if reading.get("kind", "counting") == "counting" and "counting" not in reading:
            found.append((f"reading[{number}].counting", "is missing"))
    if row.get("amount") and "counting" not in row:
        found.append(("counting", "is missing: a period needs a way of counting"))
    if row.get("effective", "") > row.get("effective_until", "9999"):
        found.append(("effective_until", "is before effective"))
    if row.get("extension_total", row.get("amount", 0)) < row.get("amount", 0):
        found.append(("extension_total", "is shorter than the period itself"))
    return found


def _twice(rows: list[Any], key: str) -> Iterator[Found]:
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        one = label(row, key, number)
        if one in seen:
            yield one, "id", "is there twice"
        seen.add(one)


def _names(data: Mapping[str, Any]) -> Iterator[Found]:
    """Laws, countings and clocks that a row names and the pack does not have."""
    laws = {row["code"] for row in data["law"]}
    countings = {row["id"] for row in data["counting"]}
    clocks = {row["id"] for row in data["clock"]}
    for row in data["clock"]:
        asked = [("law", row["law"], laws)]
        asked += [("also_laws", law, laws) for law in row.get("also_laws", ())]
        asked += [("counting", row["counting"], countings)] if "counting" in row else []
        asked += [("appeal_clock", row["appeal_clock"], clocks)] if "appeal_clock" in row else []
        asked += [
            (f"reading[{number}].counting", reading["counting"], countings)
            for number, reading in enumerate(row.get("reading", ()), 1)
            if "counting" in reading
        ]
        for field, word, known in asked:
            if word not in known:
                yield row["id"], field, f"names what the pack does not have: {word}"
    for row in data["clock_event"]:
        for field, words, known in (
            ("law", [row["law"]], laws),
            ("also_laws", row.get("also_laws", []), laws),
            ("clocks", row["clocks"], clocks),
        ):
            for word in words:
                if word not in known:
                    yield row["id"], field, f"names what the pack does not have: {word}"
