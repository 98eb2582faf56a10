"""What happened to a request, replayed against one clock in order of time.

The law decides what an event does (`EventRule`): start the period anew, leave out
days, or nothing. A question that comes after the last day reopens nothing. An event
that the law does not allow (an extension too late or where none exists, proof asked
where none may be) raises NotAllowedByLaw: never a date.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from privacy.errors import BadFacts, NotAllowedByLaw
from privacy.law.clock_facts import Event, Facts
from privacy.law.clock_rules import Clock, EventRule
from privacy.law.periods import Due, Setting, Step, due, due_in_two_steps

Mode = Literal["law", "stricter", "later"]
ANSWERS = frozenset({"data_provided", "refusal_sent"})


@dataclass
class Pause:
    """Days from a question to its answer; `ends_on` is null while it is open."""

    rule: EventRule
    starts_on: date
    ends_on: date | None = None

    def left_out(self, mode: Mode, start: date) -> tuple[date, date] | None:
        """First and last day this pause leaves out of a period from `start`, if any.

        Days up to the start were never counted; an open pause leaves out none yet.
        """
        how = self.counted(mode)
        if how == "none" or self.ends_on is None:
            return None
        first = self.starts_on if how == "both_ends" else self.starts_on + timedelta(days=1)
        first = max(first, start + timedelta(days=1))
        return (first, self.ends_on) if first <= self.ends_on else None

    def counted(self, mode: Mode) -> str:
        other = {"law": "", "stricter": self.rule.stricter, "later": self.rule.later}[mode]
        return other or self.rule.days


@dataclass
class Timeline:
    """The state of one clock after the events replayed so far."""

    facts: Facts
    clock: Clock
    setting: Setting
    start: date
    pauses: list[Pause] = field(default_factory=list)
    waiting: dict[str, EventRule] = field(default_factory=dict)
    extension: Event | None = None
    answered_on: date | None = None
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether a question is open that holds the last day back."""
        return bool(self.waiting) or any(p.ends_on is None and _holds(p) for p in self.pauses)

    def extra_days(self, mode: Mode = "law") -> int:
        """Days left out, each once where pauses overlap."""
        if not self.pauses:
            return 0
        spans = [pause.left_out(mode, self.start) for pause in self.pauses]
        count, counted_to = 0, self.start
        for first, last in sorted(span for span in spans if span is not None):
            first = max(first, counted_to + timedelta(days=1))
            if first <= last:
                count += (last - first).days + 1
                counted_to = last
        return count

    def due(self, mode: Mode = "law", *, extended: bool = False, counting: str = "") -> Due:
        """The last day by the events so far, as if open questions left out nothing."""
        return due(
            self.clock,
            self.start,
            self.setting,
            extra_days=self.extra_days(mode),
            extended=extended,
            counting=counting,
        )

    def due_in_two_steps(self) -> Due:
        return due_in_two_steps(self.clock, self.start, self.setting, self.extra_days())

    def limit(self) -> date:
        """The day the answer is due: the extension's where one was given in time."""
        if self.extension is None:
            return self.due().on
        if self.clock.extension_open:
            assert self.extension.until is not None
            return self.extension.until
        extended = self.due(extended=True).on
        return min(extended, self.extension.until or extended)

    def closed_on(self, day: date) -> Timeline:
        """The same timeline as if every open question were answered on `day`."""
        closed = [Pause(p.rule, p.starts_on, p.ends_on or day) for p in self.pauses]
        start = max(self.start, day) if self.waiting else self.start
        return Timeline(
            self.facts,
            self.clock,
            self.setting,
            start,
            closed,
            {},
            self.extension,
            self.answered_on,
        )


def _holds(pause: Pause) -> bool:
    return pause.counted("law") != "none"


def replay(facts: Facts, clock: Clock, setting: Setting, start: date) -> Timeline:
    """The timeline of a clock with a period in months or days, after all events.

    Raises NotAllowedByLaw (rule, limit, citation) for an event that the law does not allow.
    """
    timeline = Timeline(facts, clock, setting, start)
    rules = [r for r in setting.rules.events if clock.id in r.clocks and _applies(r, facts)]
    known = frozenset().union(*(rule.begins | rule.ends for rule in rules))
    for event in facts.events:
        check_allowed(event, clock)
        if event.type == "extension_notice" or (
            clock.is_appeal and event.type == "appeal_extension_notice"
        ):
            extend(timeline, event)
        if event.type in setting.rules.beginning - known:
            timeline.warnings.append(f"{event.field} ({event.type}) moves nothing for this clock.")
        for rule in rules:
            _apply(timeline, rule, event)
        if event.type in ANSWERS and timeline.answered_on is None:
            _answer(timeline, event)
    _check_until(timeline)
    return timeline


def _applies(rule: EventRule, facts: Facts) -> bool:
    in_force = rule.effective is None or rule.effective <= facts.received.on
    return in_force and facts.law in rule.laws


def check_allowed(event: Event, clock: Clock) -> None:
    """Raises NotAllowedByLaw for an event that is unlawful for this kind of request."""
    if event.type in clock.forbids:
        raise NotAllowedByLaw(
            f"The law does not allow {event.type} here ({event.field}). {clock.forbids_text}",
            rule=clock.id,
            limit="none",
            citation=clock.forbids_citation or clock.citation,
            next="Act on the request without it.",
        )


def check_extensible(clock: Clock, event: Event) -> None:
    """Raises NotAllowedByLaw where the clock knows no extension."""
    if not clock.extensible:
        raise NotAllowedByLaw(
            f"This period cannot be extended ({event.field}).",
            rule=clock.id,
            limit="none",
            citation=clock.citation,
            next="Answer by the last day.",
        )


def extend(timeline: Timeline, event: Event) -> None:
    """An extension notice: it counts only up to the last day of the first period."""
    clock = timeline.clock
    check_extensible(clock, event)
    if clock.extension_open and event.until is None:
        raise BadFacts("This extension needs the new day.", field=f"{event.field}.until")
    last = timeline.due()
    if not timeline.open and event.on > last.on:
        raise NotAllowedByLaw(
            f"The extension notice came too late ({event.field}).",
            rule=clock.id,
            limit=last.on.isoformat(),
            citation=clock.citation,
            next="Answer at once; the period is over.",
        )
    if not event.reason:
        timeline.warnings.append("The extension notice must state the reasons.")
    timeline.extension = timeline.extension or event
    timeline.steps.append(
        Step(clock.id, "Extension notice given in time", event.on, clock.citation)
    )


def _check_until(timeline: Timeline) -> None:
    event, clock = timeline.extension, timeline.clock
    if event is None or event.until is None or timeline.open:
        return
    first = timeline.due()
    if event.until < first.on:
        # Told to a person it would be a promise; as a slip it would move the last day unseen.
        raise NotAllowedByLaw(
            f"The extension ends before the period that it extends ({event.field}.until).",
            rule=clock.id,
            limit=first.on.isoformat(),
            citation=clock.citation,
            next="Name a day after the limit, or record no extension.",
        )
    if clock.extension_open:
        return
    last = timeline.due(extended=True)
    if event.until > last.on:
        raise NotAllowedByLaw(
            f"The extension names a day that the law does not allow ({event.field}.until).",
            rule=clock.id,
            limit=last.on.isoformat(),
            citation=clock.citation,
            next="Name a day up to the limit.",
        )


def _apply(timeline: Timeline, rule: EventRule, event: Event) -> None:
    if event.type in rule.ends:
        _end(timeline, rule, event)
    if event.type not in rule.begins:
        return
    if rule.effect == "none":
        _explain(timeline, rule, event.on)
    elif _counts(timeline, rule, event):
        _begin(timeline, rule, event)


def _counts(timeline: Timeline, rule: EventRule, event: Event) -> bool:
    """Whether the event meets the rule's conditions; otherwise a warning says which not."""
    facts, missed = timeline.facts, ""
    if rule.kinds and not rule.kinds & timeline.setting.rules.kinds_of(facts.law, facts.kind):
        missed = "only for other kinds of request"
    elif unmet := [name for name, value in rule.requires if getattr(event, name) is not value]:
        wanted = dict(rule.requires)
        missed = "only with " + ", ".join(f"{n}: {str(wanted[n]).lower()}" for n in unmet)
    elif not timeline.open and event.on > timeline.limit():
        missed = "the last day had passed before"
    elif timeline.answered_on is not None:
        missed = "the request was answered before"
    if missed:
        timeline.warnings.append(
            f"{event.field} ({event.type}) does not move the last day: {missed} ({rule.citation})."
        )
    return not missed


def _begin(timeline: Timeline, rule: EventRule, event: Event) -> None:
    if rule.effect == "start_over":
        timeline.waiting.setdefault(rule.id, rule)
    elif rule.effect == "wait_days":
        timeline.start = max(timeline.start, event.on + timedelta(days=rule.wait_days))
        timeline.steps.append(
            Step(rule.id, "The period starts anew", timeline.start, rule.citation)
        )
        timeline.warnings.append(f"{rule.lapse_text} ({rule.citation}).")
    elif not any(p.rule is rule and p.ends_on is None for p in timeline.pauses):
        timeline.pauses.append(Pause(rule, event.on))


def _end(timeline: Timeline, rule: EventRule, event: Event) -> None:
    if timeline.waiting.pop(rule.id, None):
        timeline.start = max(timeline.start, event.on)
        timeline.steps.append(
            Step(rule.id, "The period starts anew", timeline.start, rule.citation)
        )
    for pause in timeline.pauses:
        if pause.rule is rule and pause.ends_on is None:
            pause.ends_on = event.on
            timeline.steps.append(
                Step(rule.id, rule.days_text or rule.later_text, event.on, rule.citation)
            )


def _answer(timeline: Timeline, event: Event) -> None:
    """An answer ends a pause; a period that waits for its start has none to end."""
    timeline.answered_on = event.on
    for pause in timeline.pauses:
        pause.ends_on = pause.ends_on or event.on


def _explain(timeline: Timeline, rule: EventRule, on: date) -> None:
    if not any(step.rule == rule.id for step in timeline.steps):
        timeline.steps.append(Step(rule.id, f"Moves nothing: {rule.text}", on, rule.citation))
