"""One call of a vendor, judged as of its instant: the judgement that the bulk path must equal.

The law is asked under every reading of what the export leaves open, and at both instants of
a call in the repeated hour, of which the stricter counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from privacy.clock import instant
from privacy.law.call_facts import read_request
from privacy.law.calling import decide
from privacy.law.grounds import Ground, Word, grounds
from privacy.law.places import NoSuchNumber, locate
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at
from privacy.vendors.calls import manner
from privacy.vendors.calls.checks import (
    Check,
    Found,
    Looked,
    Reading,
    check_of,
    joined,
    order,
    stricter,
    too_old_is_ours,
)
from privacy.vendors.calls.facts import (
    LINES,
    LIVE,
    NOBODY,
    RECORDED,
    Mandate,
    Person,
    World,
    document,
    hidden_relationship,
    last_grant,
    standing_stops,
)
from privacy.vendors.calls.record import NO_NUMBER, UNTOLD, VendorCall, digest_of

SUBJECT = "campaign"
CONSENTS = (Check.CONSENT, Check.PRERECORDED)
ERASED = "desk.consent_of_an_erased_person"
RELATION = "desk.relationship"


def judge(call: VendorCall, subject: int, world: World, mandate: Mandate) -> tuple[Found, ...]:
    """Everything that the call broke or leaves open; nothing of what was kept.

    `subject` is a digest of what the call was about, NO_SUBJECT where untold. A call that was
    stopped before dialing is none, and nothing is found in it.
    """
    if call.blocked:
        return ()
    if call.called == NO_NUMBER or not possible(call.called):
        return manner.without_number(Check)
    key = world.key(call.called)
    person = world.people.get(key, NOBODY)
    by_instant = {
        at_us: _Asked(call, key, at_us, subject, world, mandate) for at_us in instants(call)
    }
    answers = {
        reading: stricter([asked.of(reading) for asked in by_instant.values()])
        for reading in readings(call, person)
    }
    looked = joined(answers)
    found = with_desk_limits(looked.found, call, person, erased=key in world.erased)
    ways = [one for asked in by_instant.values() for one in asked.manner(looked)]
    return merged((*found, *ways))


def instants(call: VendorCall) -> tuple[int, ...]:
    """The instants at which the call may have begun."""
    return (call.at_us,) if call.second_us == UNTOLD else (call.at_us, call.second_us)


def possible(number: int) -> bool:
    """Whether a plan of numbers knows it at all."""
    try:
        locate(f"+{number}", "", "", (), True)
    except NoSuchNumber:
        return False
    return True


def readings(call: VendorCall, person: Person) -> tuple[Reading, ...]:
    """How the call may have been spoken, and to what line."""
    spoken = {0: (LIVE,), 1: (RECORDED,)}.get(call.prerecorded, (LIVE, RECORDED))
    lines = lines_of(call.called, person)
    return tuple(Reading(channel, line) for channel in spoken for line in lines)


def lines_of(number: int, person: Person) -> tuple[str, ...]:
    """Lines that the number may be: the desk's own word, what the plan says, else both."""
    if person.line and person.line != "unknown":
        return (person.line,)
    told = locate(f"+{number}", "", "", (), True).line
    return {"wireless": LINES[:1], "landline": LINES[1:]}.get(told, LINES)


class _Asked:
    """One call at one of its instants."""

    def __init__(
        self,
        call: VendorCall,
        key: int,
        at_us: int,
        subject: int,
        world: World,
        mandate: Mandate,
    ) -> None:
        self._call, self._at_us, self._subject = call, at_us, subject
        self._world, self._mandate = world, mandate
        self._key, self._digest = key, digest_of(call.key)
        self._before = world.past.before(self._key, at_us, self._digest)
        self._earlier = self._before.latest(mandate.most_counted, subject)

    def of(self, reading: Reading) -> tuple[Ground, ...]:
        """What the law says under one reading; of a cap per subject what is certain."""
        whole = self._grounds(reading, None)
        if not any(_too_often(ground) for ground in whole):
            return whole
        certain = self._grounds(reading, self._subject)
        kept = {(g.rule, g.clause) for g in certain if g.word is Word.BROKEN}
        return tuple(
            replace(ground, word=Word.OPEN, missing=SUBJECT)
            if _too_often(ground) and (ground.rule, ground.clause) not in kept
            else ground
            for ground in whole
        )

    def _grounds(self, reading: Reading, subject: int | None) -> tuple[Ground, ...]:
        told = document(
            self._world,
            self._mandate,
            reading,
            self._call.called,
            self._at_us,
            self._earlier,
            key=self._key,
            stopped=bool(self.stops(reading)),
            subject=subject,
        )
        request = read_request(told)
        assert request.facts is not None, "every fact that the law must have is told"
        call = call_at(request.facts, instant(self._at_us), rulebook())
        return grounds(call, decide(call, self._mandate.own))

    def stops(self, reading: Reading) -> list[int]:
        """Instants of opt-outs that stand against the call."""
        person = self._world.people.get(self._key, NOBODY)
        granted_at = last_grant(
            person, self._mandate.purpose.value, reading.channel.value, instant(self._at_us)
        )
        stops = self._world.stops.get(self._key, ())
        channel = reading.channel.value
        standing = standing_stops(stops, granted_at, channel, self._at_us, self._digest)
        return [stop.since_us for stop in standing]

    def manner(self, looked: Looked) -> tuple[Found, ...]:
        """How it was made at this instant."""
        book, before = rulebook(), self._before
        long_ago_us = self._at_us - manner.SHORTEST_TERM_US
        channel = RECORDED if self._call.prerecorded == 1 else LIVE
        told = manner.manner_of(
            self._call,
            self._at_us,
            book,
            too_soon=bool((before.at_us > self._at_us - manner.gap_us(book)).any()),
            opt_outs_untold=bool((~before.tells).any()),
            long_untold=bool((~before.tells & (before.at_us < long_ago_us)).any()),
            stop_us=min(self.stops(Reading(channel, "")), default=None),
        )
        return tuple(manner.look(told, looked.rules, book))


def _too_often(ground: Ground) -> bool:
    return ground.word is Word.BROKEN and check_of(ground) is Check.FREQUENCY


def with_desk_limits(
    found: Sequence[Found], call: VendorCall, person: Person, *, erased: bool
) -> tuple[Found, ...]:
    """What the desk itself cannot know of that day is open, whatever the law would say."""
    found = too_old_is_ours(found)
    hidden = hidden_relationship(person, instant(call.at_us).astimezone(UTC).date())
    told = []
    for one in found:
        reason = ERASED if erased and one.check in CONSENTS else ""
        reason = RELATION if hidden and one.check is Check.DO_NOT_CALL else reason
        if reason:
            missing = tuple(sorted({*one.missing, reason}))
            told.append(replace(one, word=Word.OPEN, missing=missing))
        else:
            told.append(one)
    return tuple(told)


def merged(found: Sequence[Found]) -> tuple[Found, ...]:
    """Each thing once, in order; broken outweighs open of the same rule and check."""
    broken = {(one.check, one.rule) for one in found if one.word is Word.BROKEN}
    kept: Mapping[Found, None] = dict.fromkeys(
        one for one in found if one.word is Word.BROKEN or (one.check, one.rule) not in broken
    )
    return tuple(sorted(kept, key=order))
