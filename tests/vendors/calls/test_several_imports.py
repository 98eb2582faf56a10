"""What one import told counts when another is judged, whichever way the calls were cut."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from privacy.consent import suppression
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.consent.store import record
from privacy.gateway.issue import issue
from privacy.gateway.redeem import redeem
from privacy.law.grounds import Word
from privacy.terms import ConsentClass
from privacy.vendors import store as vendors
from privacy.vendors.calls.audit import Audited, audit
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.importing import Imported, import_calls, look
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene
from tests.persons import add_person

NUMBER = "+12025550111"
OTHER = "+12025550112"
MAPPING = """
[columns]
at = "at"
called = "to"
disposition = "how"
key = "id"
{more}
"""


def vendor(made: MadeDesk) -> str:
    return vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None).id


def given(
    made: MadeDesk,
    folder: Path,
    vendor_id: str,
    name: str,
    *rows: tuple[str, datetime, str, str],
    opt_outs: bool = True,
) -> Imported:
    """An import of rows: key, instant, number and how it ended."""
    mapping = folder / f"{name}.toml"
    mapping.write_text(MAPPING.format(more='[words]\nopt_outs = ["stop"]' if opt_outs else ""))
    file = folder / f"{name}.csv"
    lines = [f"{key},{at.isoformat()},{to},{how}" for key, at, to, how in rows]
    file.write_text("\n".join(["id,at,to,how", *lines]) + "\n")
    looked = look([file], Declared(mapping=mapping, region="US"))
    return import_calls(made.desk, made.dpo, vendor_id, looked)


def found(audited: Audited, word: Word) -> set[str]:
    return {one.check.word for one in audited.tally.listed(word)}


def test_an_opt_out_that_came_after_a_lifting_consent_suppresses_again(
    store: MadeDesk, tmp_path: Path
) -> None:
    known = add_person(store.desk, NUMBER, "one@example.com", region="US", postal_code="")
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    store.clock.advance(timedelta(days=30))
    consent = NewRecord(
        known.subject_id,
        known.phone_point,
        RecordKind.GRANT,
        "marketing",
        "voice_live",
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        store.clock.now(),
        "form",
    )
    record(store.desk, store.handler, [consent])
    store.clock.advance(timedelta(days=30))

    def suppressed() -> bool:
        tag = store.desk.vault.keyring.tags.number_tag(NUMBER)
        with store.desk.reading() as db:
            return tag in suppression.suppressed(db, [tag], "marketing", "voice_live")

    now, by = store.clock.now(), vendor(store)
    before = given(store, tmp_path, by, "a", ("k1", now - timedelta(days=40), NUMBER, "stop"))
    assert audit(store.desk, store.dpo, before.record.id).counted.opt_outs == 0
    assert not suppressed(), "the consent came after what was said then"
    since = given(store, tmp_path, by, "b", ("k2", now - timedelta(days=2), NUMBER, "stop"))
    assert audit(store.desk, store.dpo, since.record.id).counted.opt_outs == 1
    assert suppressed()
    assert audit(store.desk, store.dpo, since.record.id).counted.opt_outs == 0


def test_an_opt_out_of_one_export_stands_against_calls_of_the_next_that_came_before_it_was_read(
    store: MadeDesk, tmp_path: Path
) -> None:
    now, by = store.clock.now(), vendor(store)
    first = given(store, tmp_path, by, "a", ("k1", now - timedelta(days=60), NUMBER, "stop"))
    audit(store.desk, store.dpo, first.record.id)
    calls = (("k2", now - timedelta(days=5), NUMBER, "busy"), ("k3", now, OTHER, "busy"))
    second = given(store, tmp_path, by, "b", *calls)
    audited = audit(store.desk, store.dpo, second.record.id)
    broken = {one.check.word: one.calls for one in audited.tally.listed(Word.BROKEN)}
    assert broken["after_opt_out"] == 1
    assert broken["opt_out_latency"] == 1


def test_an_earlier_export_without_opt_outs_leaves_the_next_one_open(
    store: MadeDesk, tmp_path: Path
) -> None:
    """As it would be, were both one export: silence is not carried over as a kept rule."""
    now, by = store.clock.now(), vendor(store)
    row = ("k1", now - timedelta(days=60), NUMBER, "busy")
    first = given(store, tmp_path, by, "a", row, opt_outs=False)
    audit(store.desk, store.dpo, first.record.id)
    second = given(store, tmp_path, by, "b", ("k2", now - timedelta(days=5), NUMBER, "busy"))
    audited = audit(store.desk, store.dpo, second.record.id)
    assert {"after_opt_out", "opt_out_latency"} <= found(audited, Word.OPEN)


def test_a_call_through_our_own_gate_is_no_second_call_where_the_vendor_tells_it_too(
    store: MadeDesk, tmp_path: Path
) -> None:
    """The gate's instant is a little before the dialer's, which knows whole seconds."""
    set_up = scene(store, 1)
    issued = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources)
    redeem(set_up.gate, set_up.dialer, issued.permits[0].permit)
    at = store.clock.now()
    store.clock.advance(timedelta(hours=1))
    by = vendor(store)
    later = ("k1", at + timedelta(minutes=20), number(0), "busy")
    told = given(store, tmp_path, by, "a", later)
    assert "minimum_gap" in found(audit(store.desk, store.dpo, told.record.id), Word.BROKEN)
    same = ("k2", at + timedelta(seconds=3), number(0), "busy")
    told = given(store, tmp_path, by, "b", same)
    assert "minimum_gap" not in found(audit(store.desk, store.dpo, told.record.id), Word.BROKEN)
