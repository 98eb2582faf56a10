"""What is on record of a vendor beside its answers, and what its calls show against both."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from privacy.clock import micros, rfc3339
from privacy.errors import BadInput
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ErasedTag
from privacy.storage.unit import Unit
from privacy.vendors import answering, claims, stated
from privacy.vendors import store as vendors
from privacy.vendors.answers import Source, answered
from privacy.vendors.calls.audit import Audited, audit, document
from privacy.vendors.calls.demo.planting import PAID, STOP_AT, Planter
from privacy.vendors.calls.gauges.claim import Claim
from privacy.vendors.calls.record import digest_of
from privacy.vendors.calls.store import import_of
from privacy.vendors.reading import base
from tests.desks import MadeDesk
from tests.vendors.calls import simulated
from tests.vendors.calls.test_audit_at_a_desk import an_import, imported
from tests.vendors.test_commands import command

__all__ = ["command"]

YEAR_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = {
    "incident-03": "tested",
    "dnc-01": "own_or_seller_account_full_cover",
    "dnc-02": "up_to_31_days",
    "abandon-02": "live_answers_only",
    "callerid-02": "no_rotation",
    "callerid-03": {"numerator": 100, "denominator": 100},
    "consent-05": "within_1h",
    "records-02": "yes",
    "rights-02": "yes",
}


def with_history(made: MadeDesk, vendor_id: str) -> None:
    """Everything that the simulator's history wants on record, and a stated share."""
    stated.told_to_stop(made.desk, made.dpo, vendor_id, STOP_AT)
    stated.areas_covered(made.desk, made.dpo, vendor_id, PAID, YEAR_BEGAN)
    for number, at in Planter(simulated.SEED, 8, 1).scenario().erased.items():
        made.desk.write(lambda unit, n=number, a=at: _erase(made, unit, n, a))  # type: ignore[misc]


def _erase(made: MadeDesk, unit: Unit, number: str, at: datetime) -> None:
    tag = made.desk.vault.keyring.tags.number_tag(number)
    unit.db.execute(insert(table_of(ErasedTag)).values(tag=tag, erased_at=micros(at)))
    unit.append("test.erased", made.dpo.id)


def shown(audited: Audited) -> dict[str, Claim]:
    return {claim.kind: claim for claim in audited.claims}


def test_an_audit_holds_every_claim_against_the_records_and_what_the_desk_knows(
    made: MadeDesk, tmp_path: Path
) -> None:
    import_id, labels = imported(made, tmp_path)
    with made.desk.reading() as db:
        vendor_id = import_of(db, import_id).vendor_id
        manifest = import_of(db, import_id).manifest
    with_history(made, vendor_id)
    questionnaire = base()
    given = [answered(questionnaire, k, v, by="controller") for k, v in CLAIMS.items()]
    answering.record(made.desk, made.dpo, vendor_id, given, source=Source.TYPED)
    first = audit(made.desk, made.dpo, import_id, count=False)
    (share,) = [one for one in first.shares if one.campaign == "abandoning"]
    assert len(first.abandoned_rows(share)) == 4
    days = date.fromisoformat(share.begins_on), date.fromisoformat(share.ends_on)
    stated.abandonment_stated(made.desk, made.dpo, vendor_id, "abandoning", days, Decimal("2.5"))
    audited = audit(made.desk, made.dpo, import_id)
    found = shown(audited)
    for kind, claim in found.items():
        rows = [int(label["record"]) + 1 for label in labels if kind in label["against"]]  # type: ignore[call-overload, operator]
        if kind == "abandonment_figure_differs":
            assert claim.rows == first.abandoned_rows(share)
        else:
            assert claim.rows == tuple(rows), kind
        assert claim.exceptions
    told = document(audited)
    assert "5550" not in str(told), "no number leaves the audit"
    assert set(claims.from_calls(made.desk, made.dpo, told, manifest)) >= set(CLAIMS)


def test_facts_are_lines_of_codes_and_the_newest_counts(made: MadeDesk) -> None:
    vendor_id = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None).id
    desk, dpo = made.desk, made.dpo
    noon = made.desk.now() - timedelta(days=1)
    stated.areas_covered(desk, dpo, vendor_id, ["404", "212"], noon)
    stated.areas_covered(desk, dpo, vendor_id, ["303"], noon + timedelta(hours=1))
    stated.told_to_stop(desk, dpo, vendor_id, noon)
    stated.told_to_go_on(desk, dpo, vendor_id, noon + timedelta(hours=2))
    days = date(2026, 6, 1), date(2026, 6, 30)
    stated.abandonment_stated(desk, dpo, vendor_id, "Jane's spring", days, Decimal("2.40"))
    stated.call_known(desk, dpo, vendor_id, "vi-1", 17, noon)
    stated.call_known(desk, dpo, vendor_id, "vi-1", 17, noon + timedelta(seconds=1))
    with desk.reading() as db:
        known = stated.known(db, vendor_id, "vi-1")
        other = stated.known(db, vendor_id, "vi-2")
        text = str([line.facts for line in vendors.history(db, vendor_id)])
    assert [sorted(each.codes) for each in known.covered] == [[212, 404], [303]]
    (stop,) = known.stops
    assert (stop.from_us, stop.to_us) == (micros(noon), micros(noon + timedelta(hours=2)))
    assert known.calls == {17: micros(noon + timedelta(seconds=1))}
    assert other.calls == {}
    (figure,) = known.figures
    assert (figure.campaign, str(figure.percent)) == (digest_of("Jane's spring"), "2.40")
    assert figure.slack == Decimal("0.005")
    assert "Jane" not in text


def test_a_fact_to_come_or_of_no_area_is_refused(made: MadeDesk) -> None:
    vendor_id = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None).id
    later = made.desk.now() + timedelta(hours=1)
    with pytest.raises(BadInput):
        stated.told_to_stop(made.desk, made.dpo, vendor_id, later)
    for codes in ([], ["12"], ["112"], ["4040"], ["abc"]):
        with pytest.raises(BadInput):
            stated.areas_covered(made.desk, made.dpo, vendor_id, codes, YEAR_BEGAN)
    for days, percent in (
        ((date(2026, 6, 2), date(2026, 6, 1)), "1"),
        ((date(2026, 6, 1), date(2026, 6, 1)), "101"),
    ):
        with pytest.raises(BadInput):
            stated.abandonment_stated(
                made.desk, made.dpo, vendor_id, "spring", days, Decimal(percent)
            )


def test_facts_are_recorded_and_listed_by_command(command: Any, made: MadeDesk) -> None:
    vendor_id = command("vendor", "new", "Another Dialer Ltd")["id"]
    at = rfc3339(made.desk.now() - timedelta(hours=2))
    command("vendor", "fact", "stop", vendor_id, "--at", at)
    command("vendor", "fact", "go-on", vendor_id)
    command("vendor", "fact", "areas", vendor_id, "--codes", "404, 212", "--at", at)
    period = ("--from", "2026-03-02", "--to", "2026-03-31")
    command(
        "vendor", "fact", "abandonment", vendor_id, "--campaign", "spring", "--percent", "2.4",
        *period,
    )  # fmt: skip
    import_id = an_import(made)
    other = command(
        "vendor", "fact", "call", vendor_id, "--import", import_id, "--record", "17", "--at", at,
        code=2,
    )  # fmt: skip
    assert other["error"]["what"] == "--import"
    bad = command(
        "vendor", "fact", "abandonment", vendor_id, "--campaign", "spring", "--percent", "few",
        *period, code=2,
    )  # fmt: skip
    assert bad["error"]["what"] == "--percent"
    told = command("vendor", "fact", "list", vendor_id)
    assert [row["what"] for row in told["facts"]] == [
        "told_to_stop",
        "areas_covered",
        "told_to_go_on",
        "abandonment_stated",
    ]
    assert told["facts"][1]["facts"] == {"codes": "212 404"}
    assert "spring" not in json.dumps(told)
