"""An organisation's own rules beside the law: a file of the same form that can only deny.

The law decides first, by the pack alone. Then each own rule is judged on the same
call; one that denies makes the answer deny. Nothing of an own rule reaches the
pack's decision, so an answer can never turn from deny to allow by one. A rule that
would allow or lift something is refused when the file is read, since its author
would believe in an allowance that does not come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import holidays

from privacy.law.judging import Verdict, judge
from privacy.law.pack import Pack, load_pack, parse_pack
from privacy.law.pack_form import Problem, label, labels
from privacy.law.pack_schema import parsed, raise_on
from privacy.law.pack_schema_calling import rule_faults
from privacy.law.pack_schema_tables import HEAD
from privacy.law.rulebook import Rule, rules_of
from privacy.law.standing import Call

PREFIX = "own-"
# Kinds that deny by themselves, with what each needs for it (any one); others state
# exceptions, places, duties or explanations.
KINDS = {
    "ban": (),
    "dnc": ("registers", "own_list"),
    "consent": ("required", "needs"),
    "hours": ("hours",),
    "frequency": ("caps", "quiet"),
}
# Words of `decide` that let something through, or speak of the person's opt-out.
LIFTING = frozenset({
    "lifted_by", "lifts", "exempt_campaigns", "exempt_sellers", "explains", "clock_rule",
    "also", "charity_also", "tax_exempt_needs", "registers_unless", "banned_goods_unless",
    "confirms_opt_out", "hours_from_federal_rule",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnRules:
    """The compiled file. `rules` are in the order in which they decide."""

    pack: Pack
    rules: tuple[Rule, ...]

    @property
    def boundaries(self) -> tuple[date, ...]:
        """Days on which an own rule begins or has ceased to hold."""
        edges = {rule.first_day for rule in self.rules}
        edges |= {r.last_day + timedelta(days=1) for r in self.rules if r.last_day != date.max}
        return tuple(sorted(edges - {date.min}))

    def applying(self, call: Call) -> tuple[Rule, ...]:
        """Own rules of the call's places, channels and campaign in force on its days."""
        located, campaign = call.facts.located, call.facts.campaign
        return tuple(
            rule
            for rule in self.rules
            if rule.jurisdiction in located.jurisdictions
            and rule.channels & call.channels
            and campaign in rule.campaigns
            and rule.in_force(call.days)
        )

    def verdicts(self, call: Call) -> tuple[Verdict, ...]:
        """What every own rule of the call's places says, in order."""
        return tuple(judge(rule, call) for rule in self.applying(call))


def validate_own(file: str, content: bytes) -> tuple[Problem, ...]:
    """Every fault of a file of own rules: those of its form, and what would allow or lift."""
    data = parsed(content)
    if isinstance(data, str):
        return (Problem(file, "pack", "file", data),)
    return tuple(Problem(file, *fault) for fault in own_faults(data))


def read_own(file: str, content: bytes) -> OwnRules:
    """The own rules of a file's bytes. Raises BadInput naming file, rule and field."""
    raise_on(validate_own(file, content))
    pack = parse_pack(file, content)
    return OwnRules(pack, rules_of(pack.data["rule"], load_pack("calling").data["union"]))


def own_faults(data: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rule, field and fault of everything in the file."""
    found = [("pack", key, "is missing") for key in ("version", "as_of") if key not in data]
    for key, value in data.items():
        if key != "rule":
            why = HEAD[key](value) if key in HEAD else "has no place in a file of own rules"
            found += [("pack", key, why)] if why else []
    rules = data.get("rule")
    if not isinstance(rules, list) or not rules:
        return [*found, ("pack", "rule", "must be a list of tables, and not empty")]
    tables = {**load_pack("calling").data, "rule": rules}
    named = labels(rules, "rule")
    for number, rule in enumerate(rules, 1):
        one = label(rule, "rule", number)
        faults = rule_faults(rule, tables)
        faults += [("id", "is there twice")] if named.count(one) > 1 else []
        found += [(one, *fault) for fault in faults or list(_not_denying(rule))]
    return found


def _not_denying(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a rule that can only deny does not have."""
    params, decide = rule["params"], rule.get("decide", {})
    if not rule["id"].startswith(PREFIX):
        yield "id", f"must begin with {PREFIX}, so that no rule of the law is taken for it"
    if rule["kind"] not in KINDS:
        yield "kind", f"must be one of {', '.join(sorted(KINDS))}: another kind denies nothing"
    wanted = KINDS.get(rule["kind"], ())
    if wanted and not {*params, *decide} & set(wanted):
        yield "decide", f"has neither {' nor '.join(wanted)}: the rule would deny nothing"
    for word in sorted(LIFTING & set(decide)):
        yield f"decide.{word}", "would allow or lift; own rules only deny"
    for key, value in params.items():
        if ("_lifts" in key or key.endswith("_exempt")) and value:
            yield f"params.{key}", "would lift; own rules only deny"
    if {"keywords", "text_words"} & set(params):
        yield "params.keywords", "belong to the law: what ends a consent also lets it be confirmed"
    named = "holiday" in params.get("hours", ()) or "pre_holiday" in params
    if named and rule["jurisdiction"][:2] not in holidays.list_supported_countries():
        yield "params.hours", "names holidays, and there is no calendar of this jurisdiction"
