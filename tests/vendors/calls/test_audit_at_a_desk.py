"""An import judged at a desk: from its ledger, suppression and dated registers, into the gate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from privacy.clock import micros
from privacy.consent import registers, suppression
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.consent.store import record
from privacy.gateway.issue import issue
from privacy.law.grounds import Word
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_counted import VendorCallRow
from privacy.terms import ConsentClass
from privacy.vendors import store as vendors
from privacy.vendors.calls import audit as audits
from privacy.vendors.calls import store as call_store
from privacy.vendors.calls.audit import Audited, audit, document
from privacy.vendors.calls.counted import count_calls
from privacy.vendors.calls.demo.planting import REGISTER, Planter
from privacy.vendors.calls.demo.world import published
from privacy.vendors.calls.demo.writing import labels, writer_of
from privacy.vendors.calls.importing import import_calls, look
from privacy.vendors.calls.record import (
    Column,
    Disposition,
    NumberState,
    VendorCall,
    chunk_of,
)
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene
from tests.persons import add_people
from tests.vendors.calls import simulated


def imported(made: MadeDesk, folder: Path) -> tuple[str, list[dict[str, object]]]:
    """The simulator's export at a desk that holds what it is supposed to; import and labels."""
    scenario, writer = Planter(simulated.SEED, 8, 1).scenario(), writer_of("mapping")
    holders = sorted(scenario.holders.values(), key=lambda holder: holder.number)
    known = add_people(
        made.desk,
        [(holder.number, f"p{n}@example.com") for n, holder in enumerate(holders)],
        region="US",
        postal_code="",
        call_facts={"line": "wireless"},
    )
    record(
        made.desk,
        made.dpo,
        [
            NewRecord(
                person.subject_id,
                person.phone_point,
                RecordKind.GRANT,
                "marketing",
                channel,
                ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
                holder.granted_at,
                "form",
                Evidence(words="as on the form"),
            )
            for person, holder in zip(known, holders, strict=True)
            if holder.consented
            for channel in ("voice_live", "voice_prerecorded")
        ],
    )
    for day in published():
        registers.load(made.desk, made.dpo, REGISTER, sorted(scenario.listed), day, "simulator")
    declared = simulated.written(writer, folder, scenario)
    vendor = vendors.new(made.desk, made.dpo, "Simulated Dialer Ltd", contact=None).id
    looked = look([folder / writer.file], declared)
    done = import_calls(made.desk, made.dpo, vendor, looked)
    return done.record.id, labels(scenario, writer, simulated.SEED)["calls"]


def broken(audited: Audited) -> dict[str, set[int]]:
    """By check the records that broke a rule."""
    found: dict[str, set[int]] = {}
    for finding in audited.tally.listed(Word.BROKEN):
        rows = {number for row in finding.rows for number in row.rows}
        found.setdefault(finding.check.word, set()).update(rows)
    return found


def test_a_desk_finds_what_is_planted_and_holds_the_opt_outs_of_the_records(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id, told = imported(made, tmp_path)
    audited = audit(made.desk, made.dpo, import_id)
    planted: dict[str, set[int]] = {}
    for label in told:
        for check in label["planted"]:  # type: ignore[attr-defined]
            planted.setdefault(check, set()).add(int(str(label["record"])) + 1)
    assert broken(audited) == planted
    assert audited.verdict == "breach"
    (share,) = [one for one in audited.shares if one.campaign == "abandoning"]
    assert (share.verdict, share.lowest, share.highest) == ("breach", 0.1, 0.1)
    assert audited.counted.opt_outs == 1
    text = str(document(audited))
    assert "5550" not in text, "no number leaves the audit"
    monkeypatch.setattr(audits, "PART", 7)
    again = audit(made.desk, made.dpo, import_id)
    assert audits.parts_of(again.tally.made) > 5
    assert document(again) == document(audited)
    assert again.counted.opt_outs == 0
    assert again.counted.calls == 0
    assert broken(again) == broken(audited)


def call_to(e164: str, at: datetime, key: str = "k1", *, opt_out: bool = False) -> VendorCall:
    return VendorCall(
        rows=(17,),
        key=key,
        columns=int(sum(Column)),
        called_raw="",
        called=int(e164.removeprefix("+")),
        called_state=NumberState.TOLD,
        at_us=micros(at),
        disposition=Disposition.NO_ANSWER,
        opt_out_us=micros(at) if opt_out else -(1 << 63),
    )


def an_import(made: MadeDesk) -> str:
    vendor = vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None).id
    return call_store.begin(made.desk, made.dpo, vendor, "mapped", "0" * 64, [GIVEN]).id


GIVEN = call_store.Given("0" * 64, 1)


def counted(made: MadeDesk) -> int:
    with made.desk.reading() as db:
        table = table_of(VendorCallRow)
        return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_vendors_call_counts_at_the_gate_and_never_opens_it(store: MadeDesk) -> None:
    set_up = scene(store, 1)
    import_id = an_import(store)
    call = call_to(number(0), store.clock.now() - timedelta(hours=1))
    count_calls(store.desk, store.dpo, import_id, [chunk_of([call])])
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    assert [str(one["rule"]) for one in answer.none_because] == ["gateway.min_gap"]
    set_up.wait(3_600)
    assert (
        len(issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources).permits) == 1
    )


def test_the_same_call_in_two_exports_counts_once(made: MadeDesk) -> None:
    import_id = an_import(made)
    chunk = chunk_of([call_to("+12025550111", made.clock.now() - timedelta(days=1))])
    for _ in range(2):
        count_calls(made.desk, made.dpo, import_id, [chunk])
    assert counted(made) == 1
    call_store.replace(made.desk, made.dpo, import_id)
    assert counted(made) == 0


def test_an_opt_out_in_a_record_suppresses_the_number_with_the_record_as_evidence(
    store: MadeDesk,
) -> None:
    set_up = scene(store, 1)
    import_id = an_import(store)
    told = call_to(number(0), store.clock.now() - timedelta(days=30), opt_out=True)
    assert count_calls(store.desk, store.dpo, import_id, [chunk_of([told])]).opt_outs == 1
    tag = store.desk.vault.keyring.tags.number_tag(number(0))
    with store.desk.reading() as db:
        assert suppression.suppressed(db, [tag])[tag].source == "vendor_records"
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    assert not answer.permits
    assert count_calls(store.desk, store.dpo, import_id, [chunk_of([told])]).opt_outs == 0


def test_a_register_tells_who_stood_on_the_list_of_an_earlier_day(store: MadeDesk) -> None:
    tag_of = store.desk.vault.keyring.tags.number_tag
    came, went, stayed = ("+12025550111", "+12025550112", "+12025550113")
    days = [datetime(2026, month, 1, tzinfo=UTC).date() for month in (8, 9, 10)]
    for day, listed in zip(days, ([went, stayed], [came, stayed], [came, went]), strict=True):
        registers.load(store.desk, store.dpo, "us_national", listed, day, "test")
    with store.desk.reading() as db:
        tags = {tag_of(one): one for one in (came, went, stayed)}
        told = registers.history(db, tags)["us_national"]
    assert told.published == tuple(days)
    assert {tags[tag] for tag in told.now} == {came, went}
    moves = {tags[tag]: [on for _, on in changes] for tag, changes in told.changes.items()}
    assert moves == {came: [True], went: [False, True], stayed: [False]}


def test_a_call_that_two_imports_tell_is_no_second_call(made: MadeDesk) -> None:
    import_id = an_import(made)
    call = call_to("+12025550111", made.clock.now() - timedelta(days=1))
    count_calls(made.desk, made.dpo, import_id, [chunk_of([call])])
    other = call_store.Given("1" * 64, 2)
    vendor = vendors.new(made.desk, made.dpo, "Another Dialer Ltd", contact=None).id
    second = call_store.begin(made.desk, made.dpo, vendor, "mapped", "1" * 64, [other]).id
    count_calls(made.desk, made.dpo, second, [chunk_of([call])])
    assert counted(made) == 1
