"""Do-not-call lists, the person's own request, withdrawals and revocations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from privacy.law.call_context import Register
from privacy.law.call_facts import last_second
from privacy.law.findings import Finding, allow, deny, lifted, missing
from privacy.law.rulebook import Rule
from privacy.law.standing import Call, first, satisfied

LIST_AGE_DAYS = (
    "max_list_age_days",
    "max_wash_age_days",
    "result_valid_days",
    "national_dnc_max_age_days",
)


def own_request(rule: Rule, call: Call) -> Finding | None:
    """The caller's own list: a request binds at once, whatever the time the law allows."""
    if not (rule.decide.get("own_list") or rule.decide.get("withdrawal")):
        return None
    return deny("the person told this caller to stop") if call.stopped else allow("no such request")


def revoke_all(rule: Rule, call: Call) -> Finding | None:
    """A revocation in another programme of the caller ends this one too."""
    if not rule.decide.get("revoke_all"):
        return None
    zones = call.facts.located.zones
    for other in call.facts.context.other_withdrawals:
        if other.scope in call.data["words"]["personal_scope"]:
            continue
        at = last_second(other.at, zones) if other.at else None
        if at is None or at <= call.at:
            if any(
                c.granted is not None and at is not None and c.granted > at for c in call.usable
            ):
                continue
            return deny("consent revoked in another programme")
    return allow("nothing revoked elsewhere")


def opt_out_confirmation(rule: Rule, call: Call) -> Finding | None:
    """The one text that may confirm an opt-out: soon after it, once, without marketing."""
    if not rule.decide.get("confirms_opt_out"):
        return None
    asked, context = call.opted_out_at, call.facts.context
    if asked is None:
        return deny("no opt-out to confirm is told")
    if call.at > asked + timedelta(minutes=rule.params["within_minutes"]):
        return deny("later than the minutes after the opt-out")
    if context.confirmations_sent >= rule.params["max_confirmation_texts"]:
        return deny("the opt-out is confirmed already")
    if context.contains_marketing:
        return deny("a confirmation holds no marketing")
    return allow("confirms an opt-out")


def lists(rule: Rule, call: Call) -> Finding | None:
    """The lists the rule names: known, fresh, and without the number unless an exception holds."""
    names = rule.decide.get("registers", ())
    wanted = rule.decide.get("registers_channels", (call.facts.channel,))
    if not names or call.channels.isdisjoint(wanted):
        return None
    if satisfied(rule.decide.get("registers_unless", ()), rule, call):
        return None
    registers = {name: call.facts.context.registers.get(name) for name in names}
    for name, register in registers.items():
        if register is None or register.listed is None:
            return missing(f"context.registers.{name}.listed")
        age = _age_days(register, call)
        if age is None:
            return missing(f"context.registers.{name}.age_days")
        if _stale(age, rule, call):
            return deny(f"the list {name} is too old")
    if not any(r and r.listed and _binds(r, rule, call) for r in registers.values()):
        return allow("not on the list")
    if satisfied(rule.decide.get("lifted_by", ()), rule, call):
        return lifted("on the list, but an exception holds")
    return deny("on the list")


def _age_days(register: Register, call: Call) -> float | None:
    """The list's age: as told or since its publication, whichever is more.

    A list published after the call tells nothing of its age at the call.
    """
    told = register.age_days
    if register.published is None:
        return told
    since = max((day - register.published).days for day in call.days)
    if since < 0:
        return told
    return since if told is None else max(told, since)


def _stale(age: float, rule: Rule, call: Call) -> bool:
    if "grace_days_after_publication" in rule.params:
        return superseded(age, rule.params, max(call.days))
    return age > age_limit_days(rule, call.data["lists"])


def age_limit_days(rule: Rule, table: Mapping[str, Any]) -> float:
    """The most days that a list of the rule may be old; `table` is the pack's [lists]."""
    limit = first(rule.params, LIST_AGE_DAYS)
    update = rule.params.get("update", rule.decide.get("list_update"))
    limit = limit if limit is not None else table["update_max_age_days"].get(update)
    return float(limit if limit is not None else table["own_max_age_days"])


def states_list_age(rule: Rule) -> bool:
    """Whether the law itself says how old its list may be, or how often it is renewed."""
    told = first(rule.params, LIST_AGE_DAYS), rule.params.get("update")
    return any(one is not None for one in (*told, rule.decide.get("list_update")))


def superseded(age: float, params: Mapping[str, Any], today: date) -> bool:
    """Whether a newer publication's days of grace are over."""
    held = today - timedelta(days=min(age, 20_000))
    grace = timedelta(days=params["grace_days_after_publication"])
    published = [
        date(year, int(day[:2]), int(day[3:]))
        for year in range(held.year, today.year + 1)
        for day in params["published"]
    ]
    return any(held < day and today >= day + grace for day in published)


def _binds(register: Register, rule: Rule, call: Call) -> bool:
    """Whether a listing is in effect; of an untold day it is."""
    days = rule.params.get("effective_after_days")
    if days is None or register.since is None:
        return True
    since = register.since
    if isinstance(since, datetime):
        return call.at >= since + timedelta(days=days)
    return any(day >= since + timedelta(days=days) for day in call.days)
