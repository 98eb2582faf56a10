"""An access answer leaves nothing out unsaid: each kind of the inventory is given or named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlmodel import SQLModel

from privacy.clock import micros
from privacy.consent import restrictions, suppression
from privacy.rights import (
    answer_limits,
    casework,
    clock,
    correcting,
    files,
    holds,
    identity,
    law_words,
)
from privacy.rights.case import Kind
from privacy.rights.correction import Asked
from privacy.rights.identity import Evidence
from privacy.rights.inventory import HELD
from privacy.rights.inventory_cases import INCIDENT
from privacy.rights.inventory_kinds import Shown
from privacy.rights.package import marks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import Outbox, ProfileVersion, RequestEvidence, RetentionEvent
from privacy.storage.tables.gateway import CallHistoryRow, EarlierCallRow
from privacy.storage.tables.rights import KeptKey, RightsRequest
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vendors.calls.counted import count_calls
from privacy.vendors.calls.record import chunk_of
from reports import rights_text
from reports.wording import words
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.calls import add_call, add_consent
from tests.rights.flows import (
    CLAIMS,
    FILE,
    NUMBER,
    Brought,
    again,
    approved,
    opened,
    person_with,
    verified,
)
from tests.rights.packages import released
from tests.rights.test_access import answer, fulfilled, unpacked
from tests.vendors.calls.test_audit_at_a_desk import an_import, call_to

Document = dict[str, Any]
VENDOR = "Example Dialer Ltd"


def labels(words: str) -> Callable[[Document], list[Any]]:
    """Lines of the answer whose label has these words."""
    return lambda found: [item for item in found["held"]["other"] if words in item["label"]]


# Where each kind of data that a plan gives stands in answer.json.
TOLD: dict[str, Callable[[Document], list[Any]]] = {
    "profile": lambda found: found["held"]["names"],
    "source": lambda found: found["sources"],
    "earlier_profiles": labels("until the correction of"),
    "corrections": labels("proposed correction"),
    "retention_events": labels("contract end"),
    "contact_points": lambda found: found["held"]["contact_points"],
    "consents": lambda found: found["consents"],
    "consent_evidence": lambda found: [each for each in found["consents"] if each["how"]],
    "suppressions": lambda found: found["persons"][0]["opted_out"],
    "opt_out_words": labels("what you said at an opt-out"),
    "restrictions": labels("restriction of processing"),
    "candidates": labels("campaign that would call you"),
    "disclosures": lambda found: found["recipients"],
    "calls": lambda found: [each for each in found["calls"] if "told by" not in each["campaign"]],
    "earlier_calls": lambda found: [e for e in found["calls"] if "old dialer" in e["campaign"]],
    "calls_by_vendors": lambda found: [e for e in found["calls"] if VENDOR in e["campaign"]],
    "decisions": lambda found: [each for each in found["decisions"] if each["facts"]],
    "requests": labels("your words"),
    "arrivals": labels("as it came in"),
    "request_timeline": labels("note"),
    "request_attachments": labels("file"),
    "identity_evidence": labels("evidence of identity"),
    "messages": labels("message to you"),
    "kept_keys": lambda found: [e for e in found["retention"] if "earlier request" in e["what"]],
    "log_entries": lambda found: found["openings"],
}


def test_every_kind_of_data_that_a_plan_gives_has_its_place_in_an_answer() -> None:
    given = {held.key for held in HELD if held.shown is not Shown.WITHHELD}
    assert given == set(TOLD)


def test_every_reason_for_which_data_is_withheld_is_said_in_an_answer() -> None:
    reasons = {held.why for held in HELD if held.shown is Shown.WITHHELD}
    assert reasons - {INCIDENT} <= set(answer_limits.NOT_GIVEN)


def everything_held(made: MadeDesk) -> Brought:
    """A person of whom the desk holds each kind of data."""
    brought = person_with(made, Kind.ACCESS)
    desk, case, known = made.desk, brought.case, brought.known
    told = call_to(NUMBER, made.clock.now() - timedelta(days=3))
    count_calls(desk, made.dpo, an_import(made), [chunk_of([told])])
    add_consent(made, known)
    add_call(made, known, NUMBER)
    suppression.opt_out(
        desk, made.dpo, phone=NUMBER, source="call", words=b"stop", holder_id=known.subject_id
    )
    restrictions.place(desk, made.dpo, known.subject_id, "contested")
    files.attach(desk, made.handler, case.id, "my complaint.pdf", b"%PDF-1.7 what is inside")
    casework.note(desk, made.handler, case.id, "rang, was friendly")
    fixing = opened(desk, made.handler, Kind.RECTIFICATION)
    identity.verify(desk, made.handler, fixing.id, Evidence.LOGIN, CLAIMS)
    correcting.propose(desk, made.handler, fixing.id, [Asked("family", "Newcanarius")])
    earlier = _earlier(made, brought)
    desk.write(lambda unit: _rows(unit, made, brought, earlier))
    return brought


def _earlier(made: MadeDesk, brought: Brought) -> bytes:
    """A profile that a correction replaced."""
    subject = brought.known.subject_id
    profile = {"names": [{"family": "Canarius"}], "emails": [], "other": {"shoe size": "43"}}
    document = json.dumps({"profile": profile, "phones": {}}).encode()
    (earlier,) = made.desk.vault.seal_parts(
        KeyClass.DESK, [(Place(Part.PROFILE_HISTORY, subject, subject, 1), document)]
    )
    return earlier.sealed


def _rows(unit: Unit, made: MadeDesk, brought: Brought, earlier: bytes) -> None:
    case, subject, now = brought.case, brought.known.subject_id, micros(unit.now)

    def put(model: type[SQLModel], **values: Any) -> None:
        unit.db.execute(insert(table_of(model)).values(**values))

    put(
        ProfileVersion,
        subject_id=subject,
        version=1,
        sealed=earlier,
        request_id=case.id,
        replaced_at=now,
    )
    put(
        RetentionEvent,
        subject_id=subject,
        what="contract_end",
        on_day="2026-01-31",
        recorded_at=now,
        recorded_by="dpo",
    )
    put(
        RequestEvidence,
        request_id=case.id,
        number=1,
        row_id=case.holder_id,
        kind="identity_document",
        added_at=now,
        deleted_at=now,
    )
    put(
        Outbox,
        id="M-1",
        holder_id=case.holder_id,
        request_id=case.id,
        kind="acknowledgement",
        row_id=case.holder_id,
        state="failed",
        next_at=now,
        created_at=now,
    )
    put(
        KeptKey,
        holder_id=subject,
        key_class="consent",
        request_id=case.id,
        ground="eu.claims",
        citation="GDPR Art. 17(3)(e)",
        until_on="2029-12-31",
    )
    put(CallHistoryRow, id="H-1", file_sha256="0" * 64, source="old dialer", started_at=now)
    put(
        EarlierCallRow,
        id=1,
        batch_id="H-1",
        line=2,
        tag=made.desk.vault.keyring.tags.number_tag(NUMBER),
        at=now,
        channel="voice_live",
        outcome="COMPLETED",
    )
    unit.append("test.rows", "dpo")


def test_what_the_desk_holds_of_each_kind_stands_in_the_answer(
    store: MadeDesk, tmp_path: Path
) -> None:
    brought = everything_held(store)
    again(store, brought.case)
    found = answer(fulfilled(store, brought.case.id, tmp_path / "a.zip"))
    assert [key for key, place in TOLD.items() if not place(found)] == []
    values = {item["value"] for item in found["held"]["other"]}
    assert {FILE.words, "rang, was friendly", "my complaint.pdf", "Newcanarius", "43"} <= values
    (inside,) = [row for row in found["withheld"] if "what is inside the files" in row["what"]]
    assert "3 held" in inside["what"], "an attachment, and two requests as they came in"


def test_the_answer_in_each_language_says_every_label_of_what_is_beside_the_record(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = everything_held(made)
    again(made, brought.case)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    own = {"shoe size"}
    fixed = {item["label"] for item in found["held"]["other"]} - own
    for language in ("de", "fr", "es", "it"):
        said = words(language)
        assert {text for text in fixed if said.says(text) == text} == set(), language


def test_a_hold_or_a_namesake_changes_nothing_of_what_an_answer_says_it_leaves_out(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    before = [row for row in found["withheld"] if "inside the files" not in row["what"]]
    assert "legal holds, if there are any" in {row["what"] for row in before}
    add_person(made.desk, NUMBER, "housemate@example.com")
    holds.place(made.desk, made.dpo, brought.known.subject_id, "claim17")
    case = approved(made, Kind.ACCESS)
    found = answer(fulfilled(made, case.id, tmp_path / "b.zip"))
    after = [row for row in found["withheld"] if "inside the files" not in row["what"]]
    assert after == before


def test_an_agents_name_and_a_request_of_unproved_identity_stay_out(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    agent = approved(made, Kind.ACCESS)
    stranger = verified(made, Kind.ERASURE)

    def job(unit: Unit) -> None:
        table = table_of(RightsRequest)
        for id_, values in (
            (agent.id, {"asked_by": "agent"}),
            (stranger.id, {"identity_level": ""}),
        ):
            unit.db.execute(update(table).where(table.c.id == id_).values(**values))
        unit.append("test.changed", "dpo")

    made.desk.write(job)
    found = answer(fulfilled(made, again(made, brought.case).id, tmp_path / "a.zip"))
    told = {item["label"].partition(": ")[::2] for item in found["held"]["other"]}
    of_agent = {what for which, what in told if which == f"request {agent.id}"}
    assert of_agent == {"your words", "as it came in"}
    assert not [what for which, what in told if which == f"request {stranger.id}"]


def test_a_mark_takes_a_note_out_and_a_refusal_takes_the_kind(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    casework.note(made.desk, made.handler, brought.case.id, "about the neighbour")
    label = f"request {brought.case.id}: note"
    marks.mark(made.desk, made.handler, brought.case.id, field=label, ground="eu.15.4")
    again(made, brought.case)
    content = json.dumps(answer(fulfilled(made, brought.case.id, tmp_path / "a.zip")))
    assert "about the neighbour" not in content
    assert label in content, "it is named among what is withheld"


def test_a_mark_is_never_told_as_a_note(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    marks.mark(made.desk, made.handler, brought.case.id, field="private", ground="eu.15.4")
    again(made, brought.case)
    assert labels("note")(answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))) == []


def test_a_decision_s_facts_do_not_tell_of_calls_to_a_housemate(
    made: MadeDesk, tmp_path: Path
) -> None:
    facts = {
        "law_call": {
            "number": NUMBER,
            "context": {"line": "fixed", "earlier_calls": [{"at": "2026-11-17T19:00:00Z"}]},
        },
        "standing": {"tries": 1, "last_call_at": "2026-11-17T19:00:00Z", "live_call": True},
    }
    brought = person_with(made, Kind.ACCESS)
    add_call(made, brought.known, NUMBER, facts=facts)
    again(made, brought.case)
    (decision,) = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))["decisions"]
    assert decision["facts"] == {
        "law_call": {"number": NUMBER, "context": {"line": "fixed"}},
        "standing": {"tries": 1},
    }


# -- laws ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [code for code in clock.known_laws() if code not in rights_text.laws()]
)
def test_every_law_without_a_text_of_its_own_says_where_to_complain_in_each_language(
    law: str,
) -> None:
    rights, complaint = law_words.of(law, date(2026, 11, 30))
    assert complaint["to_authority"]
    assert "for example" not in json.dumps([rights, complaint])
    told = {row["name"] for row in rights} | {row["meaning"] for row in rights}
    told |= {text for text in complaint.values() if text}
    for language in ("de", "fr", "es", "it"):
        said = words(language)
        assert {text for text in told if said.says(text) == text} == set()


def test_a_person_in_oregon_gets_an_answer_with_the_appeal_and_the_attorney_general(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS, "US_OR")
    done = released(made, brought.case.id, tmp_path / "a.zip")
    page = unpacked(done)["answer.html"].decode()
    assert "Attorney General of Oregon" in page
    assert "you may appeal to us" in page
