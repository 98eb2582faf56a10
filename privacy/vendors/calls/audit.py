"""The audit of one import: gather, read what the desk knew, judge, count. Nothing is stored.

Two passes over the sealed chunks for each share of the numbers, so that memory holds one
chunk, the compact past of at most some millions of calls and what the desk knows of their
numbers. Run again it says the same, unless the desk has learnt more of those days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

import numpy as np

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.law.grounds import Word
from privacy.law.own_rules import OwnRules
from privacy.law.rulebook import rulebook
from privacy.terms import Purpose
from privacy.vendors import stated
from privacy.vendors.calls import sentences
from privacy.vendors.calls.abandoned import Share
from privacy.vendors.calls.checks import Check
from privacy.vendors.calls.collecting import rare_collections
from privacy.vendors.calls.counted import Counted, count_calls, standing
from privacy.vendors.calls.desk_world import Gathering, Keyring, Told, share_of, told_of
from privacy.vendors.calls.erased_numbers import erased_before
from privacy.vendors.calls.facts import Mandate
from privacy.vendors.calls.gauges.abandoned_calls import AbandonedCalls
from privacy.vendors.calls.gauges.claim import Claim
from privacy.vendors.calls.gauges.placed import Reached
from privacy.vendors.calls.judging import Sums
from privacy.vendors.calls.record import CallChunk
from privacy.vendors.calls.store import Import, chunks, import_of
from privacy.vendors.calls.tally import Finding, Row, Tally, Tell
from privacy.vendors.calls.team import Team, processes_for

SCHEMA = "rightsdesk.vendor-call-audit/1"
Progress = Callable[[int], None]
PSEUDONYM = 12
PART = 5_000_000
"""Calls that are judged together: of more, the numbers are taken in shares."""


@dataclass(frozen=True)
class Audited:
    """What the records of one import show. Shares of abandoned calls are by campaign.

    `counted` is what this audit added to the gate's counts and to the opt-outs, `standing`
    what stands there of the import.
    """

    import_id: str
    vendor_id: str
    purpose: str
    first: date
    last: date
    tally: Tally
    shares: list[Share]
    counted: Counted
    standing: Counted
    claims: list[Claim]
    reached: Reached
    abandoned: AbandonedCalls

    def abandoned_rows(self, share: Share) -> tuple[int, ...]:
        """The first records that show a share."""
        place = (share.campaign, share.country, share.begins_on, share.ends_on)
        return self.abandoned.rows(*place).listed

    @property
    def verdict(self) -> str:
        """breach, not_provable, or no_breach_found: nothing else may be said of the data."""
        words = {share.verdict for share in self.shares}
        if self.tally.listed(Word.BROKEN) or "breach" in words:
            return "breach"
        if self.tally.listed(Word.OPEN) or "not_provable" in words or not self.tally.made:
            return "not_provable"
        return "no_breach_found"


def audit(
    desk: Desk,
    actor: Actor,
    import_id: str,
    *,
    purpose: Purpose = Purpose.MARKETING,
    facts: dict[str, Any] | None = None,
    own: OwnRules | None = None,
    count: bool = True,
    progress: Progress = lambda done: None,
    tell: Tell | None = None,
) -> Audited:
    """Judge every call of an import; with `count` they enter the gate's counts first.

    Opt-outs that the records tell are durable before anything is shown. `progress` is told
    how many calls of both passes are done.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        found = import_of(db, import_id)
        known = stated.known(db, found.vendor_id, import_id)
        erased = erased_before(db, micros(found.last_at or found.started_at))
    done = _Done(progress)

    def again() -> Iterator[CallChunk]:
        return done.through(chunks(desk, actor, import_id))

    counted = count_calls(desk, actor, import_id, again()) if count else Counted()
    mandate = Mandate(purpose, desk.config.controller.name, facts or {}, own)
    first, last = _days(found)
    sums = Sums(purpose, (first, last), known, found.manifest)
    parts = parts_of(found.calls)

    def told(part: int) -> Told:
        gathered = Gathering(Keyring(desk.vault.keyring.tags.number_tag))
        for chunk in again():
            gathered.add(share_of(chunk, chunk.number, part, parts))
        return told_of(desk, actor, gathered, purpose.value, import_id)

    with rare_collections(), Team(processes_for(found.calls)) as team:
        for part in range(parts):
            of_part = (share_of(chunk, chunk.number, part, parts) for chunk in again())
            team.judge(told(part), erased, mandate, of_part, sums, tell)
    with desk.reading() as db:
        held = standing(db, import_id)
    return Audited(
        import_id,
        found.vendor_id,
        purpose.value,
        first,
        last,
        sums.tally,
        (shares := sums.shares.shares()),
        counted,
        held,
        sums.gauges.claims(shares),
        sums.gauges.reached,
        sums.gauges.abandoned,
    )


def parts_of(calls: int) -> int:
    """How many shares of the numbers are judged one after the other: memory holds one."""
    return max(1, -(-calls // PART))


def passes(calls: int) -> int:
    """How often each call is read: to count it, and twice for each share."""
    return 1 + 2 * parts_of(calls)


def _days(found: Import) -> tuple[date, date]:
    """First and last UTC day of an import's calls; one without a call is of the day it began."""
    first, last = found.first_at or found.started_at, found.last_at or found.started_at
    return first.astimezone(UTC).date(), last.astimezone(UTC).date()


class _Done:
    """Counts calls over all passes."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._count = progress, 0

    def through(self, parts: Iterable[CallChunk]) -> Iterator[CallChunk]:
        for chunk in parts:
            yield chunk
            self._count += len(chunk)
            self._progress(self._count)


def document(audited: Audited) -> dict[str, Any]:
    """The audit as one document; calls stand by their records and a pseudonym."""
    tally = audited.tally
    return {
        "schema": SCHEMA,
        "import": audited.import_id,
        "vendor": audited.vendor_id,
        "purpose": audited.purpose,
        "period": {"from_on": audited.first.isoformat(), "to_on": audited.last.isoformat()},
        "verdict": audited.verdict,
        "calls": {
            "judged": tally.made,
            "blocked_before_dialing": tally.blocked,
            "with_breach": tally.with_breach,
        },
        "counted": {"calls": audited.standing.calls, "opt_outs": audited.standing.opt_outs},
        "checks": [_check(tally, check) for check in Check],
        "findings": [finding_document(one) for one in tally.listed(Word.BROKEN)],
        "not_provable": [finding_document(one) for one in tally.listed(Word.OPEN)],
        "abandonment": [
            {**share_document(share), "records": list(audited.abandoned_rows(share))}
            for share in audited.shares
        ],
        "claims": [claim.document() for claim in audited.claims],
        "places": audited.reached.document(),
        "heat": {"calls": tally.heat[0].tolist(), "breaches": tally.heat[1].tolist()},
        "pack": rulebook().pack.identity(),
    }


def _check(tally: Tally, check: Check) -> dict[str, Any]:
    count = tally.checks[check]
    return {
        "check": check.word,
        "what": sentences.title(check),
        "breach": count.broken,
        "no_breach": count.kept,
        "not_provable": count.undecided,
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One rule under one check, with its first calls."""
    return {
        "check": finding.check.word,
        "rule": finding.rule,
        "citation": sentences.citation_of(finding.rule),
        "verdict": "breach" if finding.word is Word.BROKEN else "not_provable",
        "reason": finding.reason,
        "text": sentences.summary(finding),
        "calls": finding.calls,
        "missing": list(sentences.needed(finding)),
        "missing_words": [sentences.missing_word(name) for name in sentences.needed(finding)],
        "rows": [row_document(finding, row) for row in finding.rows],
    }


def row_document(finding: Finding, row: Row) -> dict[str, Any]:
    """One call as evidence: its records in the vendor's file, never its number."""
    return {
        "records": list(row.rows),
        "at": instant(row.at_us).isoformat(),
        "local": sentences.local_time(row.at_us, row.zone),
        "zone": row.zone,
        "party": pseudonym(row.key),
        "number": masked(row.number),
        "two_instants": bool(row.second_us),
        "text": sentences.sentence(finding, row) if finding.word is Word.BROKEN else "",
    }


def pseudonym(key: int) -> str:
    """The same for one number in every audit of this desk, and nobody else's to resolve."""
    return f"{np.int64(key).view(np.uint64):016x}"[:PSEUDONYM]


def masked(number: int) -> str:
    """A number as it may stand on paper: its country code's beginning and two last digits."""
    text = str(number)
    return f"+{text[0]}{'•' * (len(text) - 3)}{text[-2:]}" if number else "not told"


def share_document(share: Share) -> dict[str, Any]:
    return {
        "campaign": share.campaign,
        "country": share.country,
        "rule": share.rule,
        "citation": share.citation,
        "from_on": share.begins_on,
        "to_on": share.ends_on,
        "verdict": share.verdict,
        "lowest": share.lowest,
        "highest": share.highest,
        "limit": share.limit,
        "calls": share.calls,
        "missing": list(share.missing),
    }
