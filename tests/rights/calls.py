"""Consents and ended calls of a person, put into the desk as consent and gateway would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from privacy.clock import micros
from privacy.consent import store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.desk import Desk
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import (
    AttemptRow,
    CampaignRow,
    CandidateRow,
    DecisionRow,
    TrunkRow,
)
from privacy.storage.unit import Unit
from privacy.terms import ConsentClass, KeyClass
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk
from tests.persons import Known


def add_consent(made: MadeDesk, known: Known, words: str = "yes, do call me") -> str:
    """A grant for marketing calls with its evidence."""
    (consent_id,) = store.record(
        made.desk,
        made.handler,
        [
            NewRecord(
                known.subject_id,
                known.phone_point,
                RecordKind.GRANT,
                "marketing",
                "voice_live",
                ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
                made.desk.now() - timedelta(days=1),
                "web",
                Evidence(reference="form 17", words=words),
            )
        ],
    )
    return consent_id


def add_call(
    made: MadeDesk,
    known: Known,
    number: str,
    *,
    live: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """One attempt with its decision and sealed facts; ended unless `live`."""
    desk = made.desk
    decision = row_id(desk.now())
    document = json.dumps(facts or {"law_call": {"number": number}}).encode()
    (sealed,) = desk.vault.seal_parts(
        KeyClass.CALLS, [(Place(Part.DECISION_FACTS, known.subject_id, decision), document)]
    )
    attempt = public_id("at")

    def job(unit: Unit) -> None:
        _campaign(unit)
        at = micros(unit.now)
        candidate = row_id(unit.now)
        _insert(
            unit,
            CandidateRow,
            id=candidate,
            campaign_id="spring",
            subject_id=known.subject_id,
            point_id=known.phone_point,
            state="called",
            next_try_at=at,
            tries=1,
            last_rule="",
        )
        _insert(
            unit,
            DecisionRow,
            id=decision,
            campaign_id="spring",
            candidate_id=candidate,
            attempt_id=attempt,
            at=at,
            stage="issue",
            decision="allow",
            deciding_rule="test",
            rules="[]",
            place_code="GB",
            consent_class="prior_express_written_consent",
            pack_sha256="0" * 64,
            holder_id=known.subject_id,
            facts_sealed=sealed.sealed,
        )
        _attempt(unit, desk, known, number, attempt, candidate, decision, live)
        unit.append("test.call_added", "test", object=attempt)

    desk.write(job)
    return attempt


def end_call(made: MadeDesk, attempt: str) -> None:
    """The call ended, as the gateway would note it."""
    table = table_of(AttemptRow)

    def job(unit: Unit) -> None:
        unit.db.execute(
            table.update()
            .where(table.c.id == attempt)
            .values(live=0, state="COMPLETED", outcome="COMPLETED", ended_at=micros(unit.now))
        )
        unit.append("test.call_ended", "test", object=attempt)

    made.desk.write(job)


def _attempt(
    unit: Unit,
    desk: Desk,
    known: Known,
    number: str,
    attempt: str,
    candidate: int,
    decision: int,
    live: bool,
) -> None:
    at = micros(unit.now)
    _insert(
        unit,
        AttemptRow,
        id=attempt,
        campaign_id="spring",
        candidate_id=candidate,
        decision_id=decision,
        trunk="trunk",
        dialer="dialer-1",
        resource="r",
        subject_id=known.subject_id,
        point_id=known.phone_point,
        tag=desk.vault.keyring.tags.number_tag(number),
        state="TALKING" if live else "COMPLETED",
        live=int(live),
        outcome="" if live else "COMPLETED",
        answered_by="person",
        purpose="marketing",
        channel="voice_live",
        consent_class="prior_express_written_consent",
        consent_id="c-test",
        place_code="GB",
        permit_hash=attempt.encode(),
        issued_at=at,
        expires_at=at + 1,
        redeemed_at=at,
        slot_until_at=at + 600_000_000,
        last_seq=0,
    )


def _campaign(unit: Unit) -> None:
    campaigns = table_of(CampaignRow)
    if unit.db.execute(select(campaigns.c.id)).first() is not None:
        return
    _insert(unit, TrunkRow, id="trunk", rate_per_s=1.0, concurrency=1)
    _insert(
        unit,
        CampaignRow,
        id="spring",
        title="Spring offers",
        state="running",
        purpose="marketing",
        channel="voice_live",
        trunk="trunk",
        line="simulator",
        caller_id="+442079460999",
        script="s",
        language="en",
        opt_out_key="9",
        rate_per_s=1.0,
        concurrency=1,
        max_attempts=3,
        min_gap_s=7200,
        ring_s=20,
        max_s=60,
        facts="{}",
        created_at=micros(unit.now),
        created_by="test",
    )


def _insert(unit: Unit, model: type, **values: object) -> None:
    unit.db.execute(insert(table_of(model)).values(**values))
