"""The answer to one deadline question: typed fields, and the contract's JSON document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from privacy.law.clock_events import Timeline
from privacy.law.clock_facts import Facts
from privacy.law.clock_readings import Read
from privacy.law.periods import Step

_ACKNOWLEDGE, _NOT_BEFORE = "acknowledge_due", "not_before"


@dataclass
class Answer:
    """Every field of the contract's `law deadline` output; days are inclusive.

    `limit` is the day the answer is owed now: `due`, or the extension's where one was
    given in time. `extended_due` is what an extension may reach at most.
    """

    state: str = "running"
    started_on: date | None = None
    due: date | datetime | None = None
    due_if_answered: date | None = None
    limit: date | None = None
    acknowledge_due: date | None = None
    extension_notice_due: date | None = None
    extended_due: date | None = None
    appeal_due: date | None = None
    appeal_extended_due: date | None = None
    appeal_limit: date | None = None
    deemed_refused_on: date | None = None
    next_due: date | datetime | None = None
    not_before: date | None = None
    answered_on: date | None = None
    immediate: bool = False
    without_undue_delay: bool = False
    safe_due: date | datetime | None = None
    pauses: list[dict[str, object]] = field(default_factory=list)
    readings: list[Read] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    calendar: dict[str, str] = field(default_factory=dict)

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def set_field(self, name: str, day: date) -> None:
        """A date of a clock beside the main one, by the field its row names."""
        if name == _ACKNOWLEDGE:
            self.acknowledge_due = day
        elif name == _NOT_BEFORE:
            self.not_before = day
        else:
            raise ValueError(f"a clock names no field of the answer: {name}")

    def take(self, timeline: Timeline) -> None:
        """The main clock's state and dates, after its events."""
        clock, facts = timeline.clock, timeline.facts
        self.steps += [Step(clock.id, "Starts", timeline.start, clock.citation), *timeline.steps]
        for text in timeline.warnings:
            self.warn(text)
        self.started_on = None if timeline.waiting else timeline.start
        self.pauses = _pauses(timeline)
        if timeline.open:
            self.state = "not_started" if timeline.waiting else "paused"
            self.due_if_answered = timeline.closed_on(facts.as_of).due().on
            return
        last = timeline.due()
        self.due, self.limit = last.on, timeline.limit()
        self.steps += last.steps
        if clock.extensible:
            self.extension_notice_due = last.on
        if clock.extension_total:
            longest = timeline.due(extended=True)
            self.extended_due = longest.on
            self.steps += longest.steps
        elif timeline.extension is not None:
            self.extended_due = self.limit
        if clock.deemed_refusal and timeline.answered_on is None:
            self.deemed_refused_on = self.limit + timedelta(days=1)

    def take_appeal(self, timeline: Timeline) -> None:
        """The appeal's dates beside the request's own."""
        last = timeline.due()
        self.appeal_due = last.on
        self.steps += last.steps
        if timeline.clock.extension_total:
            self.appeal_extended_due = timeline.due(extended=True).on
        if timeline.answered_on is None:
            self.appeal_limit = timeline.limit()
        for text in timeline.warnings:
            self.warn(text)

    def finish(self, facts: Facts) -> None:
        """What follows from the dates: the next one, the safe target, lateness."""
        self.safe_due = self._safe_due()
        self.next_due = self._next_due(facts)
        last = self.due if self.limit is None else self.limit
        if last is None:
            return
        last_day = last.astimezone(facts.zone).date() if isinstance(last, datetime) else last
        if self.answered_on is not None and self.answered_on > last_day:
            self.warn("The answer came after the last day.")
        if self.answered_on is None and facts.as_of > last_day:
            self.warn("The last day has passed without an answer.")

    def _safe_due(self) -> date | datetime | None:
        main = "due"
        bound: date | datetime | None = self.due
        if self.due is None and self.acknowledge_due is not None:
            main, bound = _ACKNOWLEDGE, self.acknowledge_due
        days = [read.on for read in self.readings if read.field == main]
        if bound is None:
            return min((d for d in days if not isinstance(d, datetime)), default=None)
        earlier = [day for day in days if day < bound]
        return min(earlier, default=None)

    def _next_due(self, facts: Facts) -> date | datetime | None:
        if isinstance(self.due, datetime):
            return None if self.answered_on else self.due
        open_days = []
        if self.answered_on is None:
            no_period = self.immediate and self.due is None and self.due_if_answered is None
            if self.immediate and (no_period or facts.as_of <= facts.received.on):
                open_days.append(facts.received.on)
            if self.acknowledge_due is not None and facts.as_of <= self.acknowledge_due:
                open_days.append(self.acknowledge_due)
            if self.limit is not None:
                open_days.append(self.limit)
        if self.appeal_limit is not None:
            open_days.append(self.appeal_limit)
        return min(open_days, default=None)


def _pauses(timeline: Timeline) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for pause in timeline.pauses:
        if pause.counted("law") != "none":
            span = pause.left_out("law", timeline.start)
            days = (span[1] - span[0]).days + 1 if span else 0
            found.append(
                {
                    "from": pause.starts_on.isoformat(),
                    "to": pause.ends_on.isoformat() if pause.ends_on else None,
                    "days": days if pause.ends_on else None,
                    "why": pause.rule.why,
                }
            )
    return found


def document_of(found: Answer, facts: Facts) -> dict[str, object]:
    """The contract's document: dates as YYYY-MM-DD, instants as RFC 3339 in the zone."""
    days = (
        "due",
        "acknowledge_due",
        "extension_notice_due",
        "extended_due",
        "appeal_due",
        "appeal_extended_due",
        "deemed_refused_on",
        "next_due",
        "not_before",
        "safe_due",
    )
    document: dict[str, object] = {
        "state": found.state,
        "started_on": _text(found.started_on, facts.zone),
        "pauses": found.pauses,
        **{name: _text(getattr(found, name), facts.zone) for name in days},
        "immediate": found.immediate,
        "without_undue_delay": found.without_undue_delay,
        "readings": [
            {
                "field": read.field,
                "date": _text(read.on, facts.zone),
                "reading": read.text,
                "citation": read.citation,
            }
            for read in found.readings
        ],
        "steps": [
            {
                "rule": step.rule,
                "text": step.text,
                "date": _text(step.on, facts.zone),
                "citation": step.citation,
            }
            for step in found.steps
        ],
        "calendar": found.calendar,
        "warnings": found.warnings,
    }
    if found.due_if_answered is not None:
        document["due_if_answered"] = _text(found.due_if_answered, facts.zone)
    return document


def _text(day: date | datetime | None, zone: ZoneInfo) -> str | None:
    if isinstance(day, datetime):
        return day.astimezone(zone).isoformat()
    return None if day is None else day.isoformat()
