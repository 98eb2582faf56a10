"""The form of a calling pack: fields of a rule, words of `decide`, and the tables they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from privacy.law.call_context import REGISTER, Line, Subscriber
from privacy.law.call_lists import LIST_AGE_DAYS
from privacy.law.pack_form import (
    Check,
    Form,
    address,
    any_text,
    day,
    day_or_unknown,
    each_row,
    faults,
    flag,
    labels,
    list_of,
    map_of,
    name,
    needed,
    one_of,
    optional,
    positive,
    table,
    text,
    week,
    whole,
    windows,
)
from privacy.law.rulebook import KINDS
from privacy.law.standing import INQUIRY_DAYS, INQUIRY_MONTHS, PURCHASE_DAYS, PURCHASE_MONTHS
from privacy.law.zones import known_zones
from privacy.terms import Channel, ConsentClass, Purpose

JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
MARKS = ("primary", "secondary", "memory")
Fault = tuple[str, str]


def jurisdiction(value: Any) -> str:
    """An ISO 3166 country or subdivision, or a union of the pack."""
    fits = isinstance(value, str) and JURISDICTION.fullmatch(value)
    return "" if fits else "must be an ISO 3166-1 or 3166-2 code, or a union of the pack"


def register(value: Any) -> str:
    """The name of a do-not-call list."""
    fits = isinstance(value, str) and REGISTER.fullmatch(value)
    return "" if fits else "must be a list's name such as us_national"


def zone(value: Any) -> str:
    """A zone of the pinned tzdata package."""
    return "" if isinstance(value, str) and value in known_zones() else "must be an IANA zone"


def figure(value: Any) -> str:
    """A parameter's name, or a whole number that is the unit itself."""
    return name(value) if isinstance(value, str) else positive(value)


CHANNELS: Check = list_of(one_of(Channel), least=1)
TABLES: Check = list_of(table, least=1)
RULE: Form = {
    "id": needed(name),
    "jurisdiction": needed(jurisdiction),
    "channel": needed(CHANNELS),
    "applies_to": needed(list_of(one_of(Purpose), least=1)),
    "kind": needed(one_of(KINDS)),
    "citation": needed(text),
    "effective_from": needed(day_or_unknown),
    "effective_to": optional(day),
    "effective_verified": needed(flag),
    "source_url": needed(address),
    "verified": needed(flag),
    "verification": needed(one_of(MARKS)),
    "notes": needed(any_text),
    "params": needed(table),
    "decide": optional(table),
}
# Parameters that the code reads by name; others are free, and explain.
PARAMS: Mapping[str, Check] = {
    "hours": week,
    "pre_holiday": windows,
    "required": text,
    "elements": list_of(text, least=1),
    "keywords": list_of(text),
    "text_words": list_of(text),
    **dict.fromkeys(("min_ring_seconds", "grace_days_after_publication"), whole),
    **dict.fromkeys(("effective_after_days", *LIST_AGE_DAYS), whole),
    **dict.fromkeys((*PURCHASE_MONTHS, *PURCHASE_DAYS, *INQUIRY_MONTHS, *INQUIRY_DAYS), whole),
}
CONDITIONS: Check = list_of(name)
CAP: Form = {
    "max": needed(figure),
    "hours": optional(figure),
    "days": optional(figure),
    "same": optional(one_of(("subject", "matter"))),
    "campaign": optional(one_of(Purpose)),
    "skip_unconnected": optional(flag),
    "skip_direct_consent_days": optional(name),
    "more_per_failed_signature": optional(name),
}
QUIET: Form = {
    "after": needed(one_of(("refusal", "conversation"))),
    "days": needed(figure),
    "same": optional(one_of(("subject", "matter"))),
    "full_days_after": optional(whole),
}
DUTY: Form = {
    "text": needed(text),
    "channel": optional(one_of(Channel)),
    "seconds": optional(name),
    "business_days": optional(name),
    "days": optional(name),
}
LINES = one_of((Line.WIRELESS.value, "landline"))
FLAGS = (
    "automated", "commercial", "emergency", "own_list", "withdrawal", "confirms_opt_out",
    "revoke_all", "inconvenient_times", "hours_from_federal_rule", "free_to_recipient",
    "shows_number", "number_answers",
)  # fmt: skip
WORDS_OF_CONDITION = (
    "lifted_by",
    "also",
    "charity_also",
    "registers_unless",
    "banned_goods_unless",
)
REQUIREMENTS = ("needs", "tax_exempt_needs", "special_needs")
DECIDE: Form = {
    **{word: optional(flag) for word in FLAGS},
    **{word: optional(CONDITIONS) for word in WORDS_OF_CONDITION},
    **{word: optional(name) for word in REQUIREMENTS},
    **{word: optional(name) for word in ("only_sectors", "consent_years", "authentication")},
    "line": optional(LINES),
    "needs_line": optional(LINES),
    "never_line": optional(one_of((Line.WIRELESS,))),
    "needs_channels": optional(CHANNELS),
    "registers_channels": optional(CHANNELS),
    "proof": optional(CHANNELS),
    "exempt_campaigns": optional(list_of(one_of(Purpose), least=1)),
    "lifts": optional(one_of(("all", "closed_days", "holidays"))),
    "clock_rule": optional(name),
    "explains": optional(list_of(name, least=1)),
    "exempt_sellers": optional(list_of(text, least=1)),
    "registers": optional(list_of(register, least=1)),
    "list_update": optional(name),
    "also_zones": optional(list_of(zone, least=1)),
    "banned_goods": optional(list_of(name, least=1)),
    "special_goods": optional(list_of(name, least=1)),
    "lengths": optional(map_of(name)),
    "registration": optional(text),
    "caps": optional(TABLES),
    "quiet": optional(TABLES),
    "duties": optional(TABLES),
}
CONDITION: Form = {
    "states": optional(list_of(one_of(ConsentClass), least=1)),
    "channels": optional(CHANNELS),
    "subscriber": optional(one_of(Subscriber)),
    "soft_opt_in": optional(list_of(name, least=1)),
    "sellers": optional(list_of(text, least=1)),
    "sellers_of_rule": optional(flag),
    "live_operator_first": optional(flag),
    "relationship": optional(
        one_of(("clock", "customer", "purchase_within", "inquiry_within", "contract",
                "related_contract", "personal"))
    ),
    "months": optional(name),
    "later_than_listing": optional(flag),
    "agreed_times": optional(flag),
    "provable": optional(flag),
    "documented": optional(flag),
}  # fmt: skip


def rule_faults(rule: Any, tables: Mapping[str, Any]) -> list[Fault]:
    """Field and fault of one rule; `tables` is the whole pack, whose words the rule may use."""
    found = faults(rule, RULE)
    if not isinstance(rule, Mapping):
        return found
    params, decide = rule.get("params"), rule.get("decide", {})
    if not isinstance(params, Mapping) or not isinstance(decide, Mapping):
        return found
    found += [
        (f"params.{key}", why)
        for key, check in PARAMS.items()
        if key in params and (why := check(params[key]))
    ]
    inner = faults(decide, DECIDE, "decide.")
    for tag, form in (("caps", CAP), ("quiet", QUIET), ("duties", DUTY)):
        inner += each_row(decide.get(tag, []), form, tag, "decide.")
    found += inner
    if not found:
        found += [*_dates(rule), *_names(rule, tables), *_figures(params, decide)]
    return found


def _dates(rule: Mapping[str, Any]) -> Iterator[Fault]:
    last, first = rule.get("effective_to"), rule["effective_from"]
    if last and first != "unknown" and last < first:
        yield "effective_to", "is before effective_from"
    if rule["verified"] != (rule["verification"] != "memory"):
        yield "verified", "must be true unless verification is memory"
    if rule["kind"] == "hours" and "hours" not in rule["params"]:
        yield "params.hours", "is missing"
    if rule["kind"] == "ring" and "min_ring_seconds" not in rule["params"]:
        yield "params.min_ring_seconds", "is missing"


def _names(rule: Mapping[str, Any], tables: Mapping[str, Any]) -> Iterator[Fault]:
    """Words of `decide` that the pack's tables do not have."""
    params, decide = rule["params"], rule.get("decide", {})
    ids = labels(tables["rule"], "rule")
    for field in WORDS_OF_CONDITION:
        for word in decide.get(field, ()):
            if word not in tables["condition"]:
                yield f"decide.{field}", f"names no condition: {word}"
            elif whole(params.get(tables["condition"][word].get("months", ""), 0)):
                yield f"params.{tables['condition'][word]['months']}", "must be a whole number"
    asked = [(f"decide.{field}", decide[field]) for field in REQUIREMENTS if field in decide]
    asked += [("params.required", params["required"])] if "required" in params else []
    for field, word in asked:
        if word not in tables["requirement"]:
            yield field, f"names no requirement: {word}"
    for field in ("clock_rule", "explains"):
        named = decide.get(field, [])
        for word in [named] if isinstance(named, str) else named:
            if word not in ids:
                yield f"decide.{field}", f"names no rule: {word}"
    if ("banned_goods_unless" in decide) > ("banned_goods" in decide):
        yield "decide.banned_goods", "is missing"
    if ("special_goods" in decide) != ("special_needs" in decide):
        yield "decide.special_needs", "goes with special_goods"
    if "exempt_seller" in decide.get("lifted_by", ()) and "exempt_sellers" not in decide:
        yield "decide.exempt_sellers", "is missing"


def _figures(params: Mapping[str, Any], decide: Mapping[str, Any]) -> Iterator[Fault]:
    """Names of parameters that `decide` points at and `params` does not have as numbers."""
    pointed = [(f"decide.lengths.{key}", word) for key, word in decide.get("lengths", {}).items()]
    for tag, keys in (
        ("caps", ("max", "hours", "days", "skip_direct_consent_days", "more_per_failed_signature")),
        ("quiet", ("days",)),
        ("duties", ("seconds", "business_days", "days")),
    ):
        for number, row in enumerate(decide.get(tag, ()), 1):
            pointed += [(f"decide.{tag}[{number}].{key}", row[key]) for key in keys if key in row]
    pointed += [
        (f"decide.{key}", decide[key])
        for key in ("consent_years", "authentication")
        if key in decide
    ]
    for field, word in pointed:
        value = params.get(word) if isinstance(word, str) else word
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            yield field, f"names no figure of params: {word}"
    if "only_sectors" in decide and list_of(text)(params.get(decide["only_sectors"])):
        yield "decide.only_sectors", "names no list of params"
    if decide.get("confirms_opt_out"):
        for key in ("within_minutes", "max_confirmation_texts"):
            if whole(params.get(key)):
                yield f"params.{key}", "must be a whole number"
