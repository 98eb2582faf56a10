"""The tables of docs/law-clocks.md, made from the clock pack.

`python -m tests.law.clock_page` writes them into the page again; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from privacy.law.clock_rules import Clock, EventRule, Reading, Rules, clock_rules
from tests.law import clock_events_table

PAGE = Path(__file__).parents[2] / "docs" / "law-clocks.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def tables() -> str:
    """Everything between the page's markers."""
    rules = clock_rules()
    events = [*_events(rules), *clock_events_table.rows()]
    return "\n".join([*_clocks(rules), *events, *_readings(rules), *_countings(rules)])


def rewritten(page: str) -> str:
    """The page with its tables made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{tables()}\n{END}{tail}"


def _clocks(rules: Rules) -> list[str]:
    lines = ["## Clocks", ""]
    for law in rules.laws.values():
        lines += [f"### {law.code}: {law.name}", ""]
        lines += ["| clock | for | period | extended in all | in force | source | mark |"]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        lines += [_clock(c) for c in rules.clocks.values() if law.code in c.laws]
        lines.append("")
    return lines


def _clock(clock: Clock) -> str:
    kinds = ", ".join(sorted(clock.applies_to))
    period = _amount(clock.amount, clock.unit) if clock.has_period else _at_once(clock)
    if clock.field != "due":
        period += f" ({clock.field})"
    if clock.forbids:
        period += f"; unlawful: {', '.join(sorted(clock.forbids))}"
    extended = "none"
    if clock.extension_total:
        extended = _amount(clock.extension_total, clock.unit)
    elif clock.extension_open:
        extended = "to a day that the notice names"
    since = f"from {clock.effective}" if clock.effective else ""
    until = f"to {clock.effective_until}" if clock.effective_until else ""
    force = " ".join(filter(None, [since, until])) or "yes"
    cells = [f"`{clock.id}`", kinds, period, extended, force, clock.citation, clock.status]
    return f"| {' | '.join(cells)} |"


def _at_once(clock: Clock) -> str:
    return "at once" if clock.immediate else "without undue delay"


def _amount(amount: int, unit: str) -> str:
    words = unit.replace("_", " ")
    return f"{amount} {words}" + ("" if amount == 1 else "s")


def _events(rules: Rules) -> list[str]:
    lines = ["## Events", "", "| rule | event, and what ends it | condition | effect | source |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    return [*lines, *(_event(rule) for rule in rules.events), ""]


def _event(rule: EventRule) -> str:
    what = ", ".join(sorted(rule.begins))
    if rule.ends:
        what += f"; ends with {' or '.join(sorted(rule.ends))}"
    conditions = [f"{name} is {str(value).lower()}" for name, value in rule.requires]
    conditions += [f"only {', '.join(sorted(rule.kinds))}"] if rule.kinds else []
    conditions += [f"received from {rule.effective}"] if rule.effective else []
    effect = {
        "start_over": "the period starts when the answer comes",
        "wait_days": f"the period starts {rule.wait_days} days later",
        "none": "moves nothing",
        "exclude_days": rule.days_text or f"moves nothing. {rule.later_text}",
    }[rule.effect]
    if rule.stricter_text:
        effect += f". Stricter: {rule.stricter_text}"
    cells = [f"`{rule.id}`", what, "; ".join(conditions) or "none", effect, rule.citation]
    return f"| {' | '.join(cells)} |"


def _readings(rules: Rules) -> list[str]:
    lines = ["## Other readings of a period", "", "| clock | field | reading | source |"]
    lines += ["| --- | --- | --- | --- |"]
    for clock in rules.clocks.values():
        lines += [_reading(rules, clock, reading) for reading in clock.readings]
    return [*lines, ""]


def _reading(rules: Rules, clock: Clock, reading: Reading) -> str:
    other = rules.countings.get(reading.counting)
    text = reading.text if other is None else other.text
    source = reading.citation if other is None else other.citation
    return f"| `{clock.id}` | {reading.field} | {text} | {source} |"


def _countings(rules: Rules) -> list[str]:
    lines = ["## Ways of counting", "", "| counting | rule | source | mark |"]
    lines += ["| --- | --- | --- | --- |"]
    lines += [
        f"| `{how.id}` | {how.text} | {how.citation} | {how.status} |"
        for how in rules.countings.values()
    ]
    return lines


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
