"""A consent audit: figures by hand, sums of the rows, as of a size whatever is erased later."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from privacy.cli import consent_report
from privacy.cli.consent_report import Options
from privacy.cli.report_made import Gathered
from privacy.consent import notices, suppression
from privacy.consent import store as consents
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.errors import Altered
from privacy.gateway import dossier
from privacy.gateway.whocalled import person_of
from privacy.rights import erasure
from privacy.rights.case import Kind
from privacy.rights.identity import Claims
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentEnd, ConsentRow
from privacy.storage.unit import Unit
from privacy.terms import ConsentClass, ContactKind, OpeningPurpose
from reports import annex, consent_audit, reading
from reports.canonical import canonical
from reports.consent_tally import COLUMNS, SAMPLED, tally
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.gateway.scene import Scene, number, scene
from tests.gateway.test_outcomes import dialled
from tests.reports import consent_examples, pdfs
from tests.reports.examples import BASE
from tests.rights.flows import approved


@dataclass
class Audited:
    """A desk with six people who were called, what they said, and the audit of it."""

    made: MadeDesk
    set_up: Scene
    gathered: Gathered
    folder: Path

    @property
    def data(self) -> dict[str, Any]:
        return self.gathered.data

    def again(self, **options: Any) -> Gathered:
        return consent_report.data(self.made.desk, self.made.dpo, Options(**options))


def grant(set_up: Scene, n: int, **changed: Any) -> str:
    """A further consent of a person, given an hour ago to survey calls."""
    made, person = set_up.made, set_up.people[n]
    told = {
        "subject_id": person.subject_id,
        "point_id": person.phone_point,
        "kind": RecordKind.GRANT,
        "purpose": "survey",
        "channel": "voice_live",
        "consent_class": ConsentClass.PRIOR_EXPRESS_CONSENT,
        "effective_at": made.clock.now() - timedelta(hours=1),
        "source": "form",
        **changed,
    }
    return consents.record(made.desk, made.handler, [NewRecord(**told)])[0]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("audit")
    made = make_desk(folder)
    set_up = scene(made, 6)
    told = notices.add(made.desk, made.handler, "web-form", "en", "Yes, call me about surveys.")
    assert len(dialled(set_up, 6)) == 6
    called_at = made.clock.now()
    made.clock.advance(timedelta(minutes=10))
    desk, people = made.desk, set_up.people
    # 0: a second consent, with its evidence.
    grant(set_up, 0, evidence=Evidence(told.id, told.version, told.sha256))
    # 1: withdrew half a minute before it was recorded, long after the call.
    consents.withdraw(
        desk, made.handler, people[1].subject_id, None, source="mail",
        at=made.clock.now() - timedelta(seconds=30),
    )  # fmt: skip
    # 2: what was recorded was wrong, and a second person says so.
    wrong = grant(set_up, 2)
    consents.correct(desk, made.dpo, wrong, "somebody else's form")
    # 3: a consent that has run out.
    grant(set_up, 3, valid_until_at=made.clock.now() - timedelta(minutes=1))
    # 4: never agreed to surveys, and says no to them.
    consents.withdraw(
        desk, made.handler, people[4].subject_id, None,
        purpose="survey", channel="voice_live", source="letter",
    )  # fmt: skip
    # 5: a letter of before the call, opened after it.
    consents.withdraw(
        desk, made.handler, people[5].subject_id, None, source="letter",
        at=called_at - timedelta(hours=2),
    )  # fmt: skip
    gathered = consent_report.data(desk, made.dpo, Options())
    yield Audited(made, set_up, gathered, folder)
    desk.close()


def cell(data: dict[str, Any], purpose: str, channel: str) -> dict[str, Any]:
    """One line of the table of purposes and channels, without what is zero."""
    (found,) = (
        each
        for each in data["counts"]["cells"]
        if (each["purpose"], each["channel"]) == (purpose, channel)
    )
    return {name: n for name, n in found.items() if n and name not in ("purpose", "channel")}


def test_the_figures_are_those_counted_by_hand(audited: Audited) -> None:
    data = audited.data
    assert cell(data, "marketing", "voice_prerecorded") == {
        "granted": 6, "in_force": 4, "withdrawn": 2, "without_evidence": 6, "when": 6,
    }  # fmt: skip
    assert cell(data, "survey", "voice_live") == {
        "granted": 3, "in_force": 1, "expired": 1, "void": 1, "refused": 1,
        "without_evidence": 1, "when": 2, "how": 1, "told": 1, "all_told": 1,
    }  # fmt: skip
    counts = data["counts"]
    assert (counts["population"], counts["withdrawals"], counts["refusals"]) == (9, 2, 1)
    assert counts["corrections"] == 1
    latency = counts["latency"]
    # 30 s, at once, and the letter: two hours and the ten minutes since the call.
    assert latency["withdrawals"] == 3
    assert latency["median_s"] == 30
    assert latency["longest_s"] == 7_800
    assert [row["withdrawals"] for row in latency["by_hours"]] == [2, 0, 1, 0, 0, 0, 0, 0]
    figures = consent_audit.figures(consent_audit.checked(data))
    assert (figures["placed"], figures["on_consent"], figures["against"]) == (6, 5, 1)
    assert figures["verdict"] == "against"
    assert figures["gaps"] == ["of 7 of 8 consents the evidence is not complete"]


def test_a_call_before_the_letter_was_opened_is_listed_and_marked(audited: Audited) -> None:
    held = next(each for each in audited.data["annexes"] if each["name"] == consent_audit.AGAINST)
    (row,) = annex.read(held, audited.gathered.annexes[consent_audit.AGAINST])
    told = dict(zip(consent_audit.AGAINST_COLUMNS, row, strict=True))
    assert (told["reason"], told["withdrawal_was_recorded"]) == ("withdrawn", "no")
    # The sixth call left 20 ms before the last instant, two hours after the letter was written.
    assert 7_199 < float(told["seconds_after"]) <= 7_200
    assert audited.data["last_call_after_s"] == float(told["seconds_after"])


@pytest.mark.parametrize("other", ["kind", "purpose", "channel"])
def test_a_call_on_a_consent_to_something_else_is_against_consent(
    other: str, made: MadeDesk
) -> None:
    set_up = scene(made, 1)
    (attempt,) = dialled(set_up, 1)
    table, wrong = table_of(ConsentRow), {"kind": "withdrawal", "purpose": "survey"}

    def job(unit: Unit) -> None:
        value = wrong.get(other, "email")
        unit.db.execute(update(table).where(table.c.kind == "grant").values({other: value}))
        unit.append("test.changed", "test", object=attempt)

    before = consent_report.data(made.desk, made.dpo, Options()).data["calls"]
    assert [row["judged"] for row in before] == ["on_consent"]
    made.desk.write(job)
    after = consent_report.data(made.desk, made.dpo, Options())
    assert [row["judged"] for row in after.data["calls"]] == ["other_consent"]
    figures = consent_audit.figures(consent_audit.checked(after.data))
    assert figures["verdict"] == "against"


def test_the_log_tells_of_every_record_that_was_counted(audited: Audited) -> None:
    log = audited.data["log"]
    assert log["root_b64"] == log["recomputed_b64"]
    assert log["told"] + log["carried"] == 13


def test_as_of_its_size_the_data_are_the_same_byte_for_byte_after_erasures(
    audited: Audited,
) -> None:
    made, before = audited.made, audited.gathered
    size = before.data["read"]["tree_size"]
    made.clock.advance(timedelta(hours=1))
    for n in (1, 5):
        claims = Claims(number(n), f"canary{n}@example.org", "Canarina", "Canarison")
        erasure.run(made.desk, made.dpo, approved(made, Kind.ERASURE, claims=claims).id)
    grant(audited.set_up, 0)
    suppression.opt_out(made.desk, made.handler, phone=number(0), source="mail")
    with made.desk.reading() as db:
        table = table_of(ConsentRow)
        gone = select(table.c.id).where(table.c.point_id.is_(None))
        assert len(db.execute(gone).all()) > 3
    after = audited.again(size=size)
    assert canonical(after.data) == canonical(before.data)
    assert after.annexes == before.annexes
    now = audited.again().data
    assert now["counts"]["population"] == before.data["counts"]["population"] + 1


def test_every_pair_of_grant_and_withdrawal_is_noted_once(audited: Audited) -> None:
    with audited.made.desk.reading() as db:
        pairs = db.execute(select(table_of(ConsentEnd))).all()
    # Persons 1 and 5 each ended one; the opt-out of the test above, person 0's three.
    assert len(pairs) in (2, 5)


def test_a_period_takes_what_was_said_in_it(audited: Audited) -> None:
    today = audited.made.clock.now().date()
    data = audited.again(from_on=today, to_on=today, size=audited.data["read"]["tree_size"]).data
    assert data["counts"]["population"] == 3
    assert sum(row["calls"] for row in data["calls"]) == 6


def test_neither_data_nor_desk_has_a_name_or_a_number(audited: Audited) -> None:
    told = canonical(audited.data) + b"".join(audited.gathered.annexes.values())
    canaries = [each for n in range(6) for each in (number(n), f"canary{n}@example.org")]
    assert not any(canary.encode() in told for canary in (*canaries, "Canarison"))
    assert find_leaks(audited.folder, [*canaries, "Canarison"]) == []


def test_the_sample_is_drawn_again_by_whoever_has_seed_and_rows() -> None:
    rows = list(consent_examples.rows(300))
    grants = [row[0] for row in rows if row[1] == "grant"]

    def digest(record: str) -> str:
        return hashlib.sha256(f"{consent_examples.SEED}:{record}".encode()).hexdigest()

    expected = sorted(grants, key=digest)[:SAMPLED]
    drawn = tally(rows, consent_examples.SEED)["sample"]
    assert [each["record"] for each in drawn] == expected
    assert tally(rows, "another seed")["sample"] != drawn


STATES = ("in_force", "withdrawn", "expired", "void")
MADE_ROWS = st.lists(
    st.tuples(
        st.sampled_from(("grant", "withdrawal", "refusal", "correction")),
        st.sampled_from(("marketing", "survey")),
        st.sampled_from(("text", "voice_live")),
        st.sampled_from(STATES),
        st.sampled_from(("yes", "no")),
        st.sampled_from(("", "n/1")),
        st.integers(0, 2_000_000),
    ),
    max_size=40,
)


@given(MADE_ROWS)
def test_totals_are_the_sums_of_the_rows(drawn: list[tuple[Any, ...]]) -> None:
    rows = [row_of(n, *each) for n, each in enumerate(drawn)]
    found = tally(rows, "seed")
    kinds = [row[1] for row in rows]
    grants = [row for row in rows if row[1] == "grant"]
    cells = found["cells"]
    assert found["population"] == kinds.count("grant") == sum(c["granted"] for c in cells)
    for state in STATES:
        counted = sum(
            int(n) for c in cells for name, n in dict[str, Any](c).items() if name == state
        )
        assert counted == [r[11] for r in grants].count(state)
    assert all(
        c["granted"] == c["in_force"] + c["withdrawn"] + c["expired"] + c["void"] for c in cells
    )
    refusing = [r for r in rows if r[1] in ("withdrawal", "refusal") and r[11] != "void"]
    latency = found["latency"]
    assert latency["withdrawals"] == len(refusing)
    assert sum(row["withdrawals"] for row in latency["by_hours"]) == len(refusing)
    assert sum(row["granted"] for row in found["months"]) == len(grants)
    standing = sum(r[11] != "void" for r in grants)
    assert sum(row["grants"] for row in found["wordings"]) == standing


def row_of(n: int, *told: Any) -> list[str]:
    kind, purpose, channel, state, documented, notice, late_s = told
    said = consent_examples.FIRST
    row = dict.fromkeys(COLUMNS, "")
    row.update(
        record=f"c-{n}", kind=kind, purpose=purpose, channel=channel, documented=documented,
        notice=notice, source="form", said_at=said.isoformat(),
        recorded_at=(said + timedelta(seconds=late_s)).isoformat(),
        state=state if kind == "grant" else "void" if state == "void" else "",
    )  # fmt: skip
    return [row[name] for name in COLUMNS]


def clean() -> tuple[dict[str, Any], dict[str, bytes]]:
    data, files = consent_examples.data(list(consent_examples.rows(20)), deepcopy(BASE))
    return data, files


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["counts"]["cells"][0].update(in_force=999),
        lambda d: d["counts"]["sample"].pop(),
        lambda d: d["counts"]["latency"].update(median_s=0.0),
        lambda d: d.update(seed="chosen"),
        lambda d: d["wordings"][0].update(text="Another text."),
        lambda d: d["calls"].append({**d["calls"][0], "judged": "withdrawn"}),
        lambda d: d.update(last_call_after_s=1.5),
        lambda d: d.update(against_listed=1),
    ],
)
def test_data_that_the_attached_rows_do_not_give_are_contradicted(change: Any) -> None:
    data, files = clean()
    assert consent_audit.contradictions(consent_audit.checked(data), files) == []
    change(data)
    assert consent_audit.contradictions(consent_audit.checked(data), files)


def test_a_document_made_of_other_figures_is_refused(tmp_path: Path) -> None:
    data, files = clean()
    data["counts"]["cells"][0]["granted"] += 1
    with pytest.raises(Altered):
        reading.verify(pdfs.made("consent-audit", data, files).pdf)


def test_calls_against_consent_stand_on_the_first_page(tmp_path: Path) -> None:
    against = [consent_examples.against_row(n, f"{60 + n}.000") for n in range(2)]
    rows = list(consent_examples.rows(20))
    data, files = consent_examples.data(rows, deepcopy(BASE), against)
    first = " ".join(pdfs.pages(pdfs.made("consent-audit", data, files).pdf, tmp_path)[0].split())
    assert "▲ 2 calls against no or withdrawn consent" in first
    assert "2 after the consent was withdrawn" in first


def test_more_rows_than_a_file_may_hold_are_several_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annex, "MOST_ROWS", 8)
    rows = list(consent_examples.rows(20))
    from reports.consent_tally import Counting

    counting = Counting("seed")
    files = consent_report._files(iter(rows), counting, "seed")
    assert [each.annex["rows"] for each in files] == [8, 8, 4]
    assert counting.tally() == tally(rows, "seed")
    assert json.dumps([each.annex["name"] for each in files]).count("consents-") == 3
    assert io.BytesIO(files[0].content).readline().startswith(b"record,")


def test_audit_and_dossier_are_made_on_either_store(store: MadeDesk) -> None:
    set_up = scene(store, 2)
    assert len(dialled(set_up, 2)) == 2
    store.clock.advance(timedelta(minutes=1))
    consents.withdraw(
        store.desk, store.handler, set_up.people[0].subject_id, None, source="letter",
        at=store.clock.now() - timedelta(hours=1),
    )  # fmt: skip
    found = consent_report.data(store.desk, store.dpo, Options())
    data = consent_audit.checked(found.data)
    assert consent_audit.contradictions(data, found.annexes) == []
    figures: Any = consent_audit.figures(data)
    assert (figures["against"], figures["on_consent"]) == (1, 1)
    assert (figures["total"]["in_force"], figures["total"]["withdrawn"]) == (1, 1)
    whom = person_of(store.desk, store.dpo, ContactKind.PHONE, number(0))
    told = dossier.dossier(store.desk, store.dpo, whom, OpeningPurpose.RIGHTS_REQUEST)
    assert [len(told[name]) for name in ("consents", "calls", "opt_outs")] == [2, 1, 0]
    assert all(each["entry"] for each in (*told["consents"], *told["calls"]))
