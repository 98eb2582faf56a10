"""Every clock, event and counting of the pack has a case; the answer hangs on no machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import NotAllowedByLaw
from privacy.law.calendars import calendar_of, library_version
from privacy.law.clock_facts import EVENT_TYPES
from privacy.law.clock_rules import clock_rules
from privacy.law.zones import tzdata_version
from tests.law.clock_cases import (
    CALIFORNIA,
    EU,
    UK,
    UK_ACT,
    ask,
    asked_identity,
    event,
    facts,
    walked_month_end,
)
from tests.law.clock_events_table import SCRIPTS, effect, pairs
from tests.law.test_deadlines_laws import STATES as STATE_ROWS
from tests.law.test_deadlines_vectors import (
    BREACH_ROWS,
    CA_ROWS,
    COMPLAINT_ROWS,
    EU_ROWS,
    OPT_OUT_ROWS,
    UK_ROWS,
)

PAIRS = list(pairs())
STATES = sorted(law for law in clock_rules().laws if law.startswith("US_") and len(law) == 5)
NO_APPEAL = {"US_CA", "US_UT", "US_OK", "US_LA", "US_AL", "US_VT"}


def test_every_event_type_stands_in_the_table() -> None:
    assert {name for script in SCRIPTS.values() for name, _ in script} == set(EVENT_TYPES)


def rules_seen() -> dict[str, set[str]]:
    """Ids that a step names, over every law, kind and script of the table."""
    seen: set[str] = set()
    read: set[str] = set()
    for law, kind, received in PAIRS:
        for script in SCRIPTS.values():
            if effect(law, kind, received, script) in {"refused", "no date"}:
                continue
            more = {"undue_delay": False, "reasonable_doubt": True, "large_amount": True}
            days = [(name, 14 + after) for name, after in script]
            events = [
                event(name, f"{received:%Y-%m}-{day:02}", **(more if "_requested" in name else {}))
                for name, day in days
                if name not in {"extension_notice", "appeal_extension_notice"} and day <= 28
            ]
            found = ask(law, kind, received.replace(day=14).isoformat(), events=events)
            seen |= {step["rule"] for step in found["steps"]}
            read |= {reading["citation"] for reading in found["readings"]}
    # Two readings differ from the limit only in the middle of an hour and on a Sunday.
    for found in (ask(EU, "breach", "2026-11-24T10:30"), ask(CALIFORNIA, "know", "2026-01-01")):
        read |= {reading["citation"] for reading in found["readings"]}
    return {"steps": seen, "citations": read}


def test_every_clock_event_rule_and_counting_of_the_pack_is_seen_in_an_answer() -> None:
    rules, seen = clock_rules(), rules_seen()
    assert [name for name in rules.clocks if name not in seen["steps"]] == []
    unseen = [how for how in rules.countings.values() if how.id not in seen["steps"]]
    assert [how.id for how in unseen if how.citation not in seen["citations"]] == []
    unseen_events = [rule for rule in rules.events if rule.id not in seen["steps"]]
    assert [rule.id for rule in unseen_events if rule.citation not in seen["citations"]] == []


@pytest.mark.parametrize(("law", "kind", "received"), PAIRS)
def test_every_answer_names_its_calendar_and_versions(law: str, kind: str, received: Any) -> None:
    calendar = ask(law, kind, received.isoformat())["calendar"]
    assert calendar["code"]
    assert calendar["library"] == "holidays"
    assert (calendar["version"], calendar["tzdata"]) == (library_version(), tzdata_version())


# What the text says an event does, written by hand: law, kind, event, effect, text.
BY_TEXT = [
    (EU, "access", "identity", "+4 days", "EDPB 01/2022 para. 159"),
    (EU, "erasure", "clarification", "-", "recital 63 speaks of access"),
    (EU, "access", "clarification", "a reading", "EDPB 01/2022 para. 159; recital 63"),
    (EU, "access", "fee_charged", "-", "GDPR Art. 12(5)"),
    (EU, "access", "extension_notice", "to 2029-04-16", "GDPR Art. 12(3)"),
    (EU, "refusal", "extension_notice", "refused", "GDPR Art. 12(4)"),
    (EU, "breach", "extension_notice", "refused", "GDPR Art. 33(1)"),
    (EU, "access", "appeal", "refused", "GDPR Art. 77: the authority"),
    (EU, "notice_indirect", "first_communication", "due 2029-01-20", "GDPR Art. 14(3)(b)"),
    (EU, "notice_indirect", "first_disclosure", "due 2029-01-20", "GDPR Art. 14(3)(c)"),
    (UK, "access", "identity", "starts 2029-01-24", "UK GDPR Art. 12A(2), 12(6)(b)"),
    (UK, "erasure", "identity", "starts 2029-01-24", "UK GDPR Art. 12A(2), 12(6)(b)"),
    (UK, "access", "clarification", "+5 days", "UK GDPR Art. 12A(5): both days out"),
    (UK, "erasure", "clarification", "-", "UK GDPR Art. 12A(5): Article 15 only"),
    (UK, "access", "fee_charged", "starts 2029-01-24", "UK GDPR Art. 12A(2)(c)"),
    (UK, "access", "extension_notice", "to 2029-04-16", "UK GDPR Art. 12A(3)"),
    (UK_ACT, "complaint_to_controller", "extension_notice", "refused", "DPA 2018 s. 164A(3)"),
    (CALIFORNIA, "know", "identity", "-", "11 CCR 7021(b)"),
    (CALIFORNIA, "delete", "verified", "-", "11 CCR 7021(b)"),
    (CALIFORNIA, "know", "extension_notice", "to 2029-04-15", "11 CCR 7021(b)"),
    (CALIFORNIA, "opt_out_sale_sharing", "identity", "refused", "11 CCR 7060(b)"),
    (CALIFORNIA, "limit_sensitive", "identity", "refused", "11 CCR 7027(e)"),
    (CALIFORNIA, "opt_out_admt", "identity", "refused", "11 CCR 7060(b)"),
    (CALIFORNIA, "opt_out_sale_sharing", "extension_notice", "refused", "11 CCR 7026(f)"),
    ("US_CA_DELETE", "drop_access", "extension_notice", "refused", "Civ. Code 1798.99.86(c)"),
    ("US_FL", "access", "extension_notice", "to 2029-03-16", "Fla. Stat. 501.701 ff.: 45 and 15"),
    ("US_IA", "access", "extension_notice", "to 2029-05-30", "Iowa Code ch. 715D: 90 and 45"),
    ("US_CO", "access", "appeal", "appeal 2029-03-21", "C.R.S. 6-1-1306(3): 45"),
    ("US_CO", "access", "appeal_extension", "appeal 2029-05-20", "C.R.S. 6-1-1306(3): 60 more"),
    ("US_OR", "access", "appeal_extension", "appeal 2029-05-05", "ORS 646A.570 ff.: 45 and 45"),
    ("US_MN", "access", "appeal_extension", "appeal 2029-05-20", "Minn. Stat. 325M.10-.21: 45, 60"),
    ("US_NJ", "access", "appeal", "appeal 2029-03-21", "P.L. 2023 c. 266 s. 4: 45"),
    ("US_VA", "access", "appeal", "appeal 2029-04-05", "Va. Code 59.1-575 ff.: 60"),
    ("US_UT", "access", "appeal", "refused", "Utah Code 13-61-101 ff.: none"),
    ("CA_PIPEDA", "access", "extension_notice", "to 2029-03-16", "PIPEDA s. 8(4): 30 and 30"),
    ("CA_QC", "access", "extension_notice", "refused", "Quebec private-sector Act s. 32"),
    ("BR_LGPD", "access_complete", "extension_notice", "refused", "LGPD Art. 19 II"),
    ("CH_FADP", "access", "fee_announced", "starts 2029-01-30", "DPO Art. 19(3): ten days"),
    ("CH_FADP", "access", "extension_notice", "to 2029-02-28", "DPO Art. 18(2)"),
    *[(s, "access", "identity", "-", "state law: authenticate or refuse") for s in STATES
      if s != "US_CA"],
    *[(s, "appeal", "extension_notice", "refused", "state law: the appeal's days are fixed")
      for s in STATES if s not in {*NO_APPEAL, "US_CO", "US_OR", "US_MN"}],
]  # fmt: skip


@pytest.mark.parametrize(("law", "kind", "column", "expected", "text"), BY_TEXT)
def test_an_event_does_what_its_text_says(
    law: str, kind: str, column: str, expected: str, text: str
) -> None:
    received = next(day for a, b, day in PAIRS if (a, b) == (law, kind))
    assert effect(law, kind, received, SCRIPTS[column]) == expected, text


# Sections that the reference read, beside the chapters that the pack cites.
SECTIONS = ("C.R.S. 6-1-1306(3)", "P.L. 2023 c. 266 s. 4", "state law: ")


@pytest.mark.parametrize("row", [row for row in BY_TEXT if row[0] in STATES], ids=str)
def test_a_state_is_cited_as_the_pack_cites_it(row: tuple[str, ...]) -> None:
    """No section from memory: the pack's citation of the law or a clock, or one read."""
    rules = clock_rules()
    cited = {rules.laws[row[0]].citation}
    cited |= {part for clock in rules.clocks.values() if row[0] in clock.laws
              for part in clock.citation.split("; ")}  # fmt: skip
    cited |= {part for clock in rules.clocks.values() if row[0] in clock.laws
              for part in clock.forbids_citation.split("; ") if part}  # fmt: skip
    head = row[-1].split(": ")[0]
    known = any(head in one or one in head for one in cited)
    assert known or row[-1].startswith(SECTIONS), (row[-1], cited)


ZONES = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin")
ASKED = [
    facts(EU, "access", "2026-03-31T22:00:00Z", events=[asked_identity("2026-04-02T23:30:00Z")]),
    facts(EU, "breach", "2026-03-27T10:00:00"),
    facts(EU, "breach", "2026-10-25"),
    facts(UK, "access", "2026-03-31T23:00:00Z"),
    facts(CALIFORNIA, "know", "2026-12-01T07:59:59Z"),
    facts("US_CA_DELETE", "drop_access", "2026-08-01T23:59:59"),
]
PROGRAM = (
    "import json, sys; from privacy.law.deadlines import answer;"
    "print(json.dumps([answer(facts) for facts in json.load(sys.stdin)]))"
)


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_the_machine_changes_no_date(zone: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(ASKED),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": zone},
    )
    expected = [ask(**_named(document)) for document in ASKED]
    assert json.loads(found.stdout) == expected


ROLLING = [("DE-BE", EU), ("DE-BY", EU), ("FR", EU), ("NL", EU), ("GB-SCT", UK), ("GB-NIR", UK)]


@given(st.dates(date(2026, 2, 5), date(2035, 12, 31)), st.sampled_from(ROLLING))
def test_a_due_date_is_a_working_day_and_never_earlier_than_the_period(
    received: date, seat: tuple[str, str]
) -> None:
    """Regulation 1182/71 Art. 3(2)(c), 3(4): at least the whole month, at most a holiday more."""
    code, law = seat
    found = ask(law, "access", received.isoformat(), holiday_calendar=code)
    for field, months in (("due", 1), ("extended_due", 3)):
        last = date.fromisoformat(found[field])
        whole = walked_month_end(received, months)
        assert whole <= last <= whole + timedelta(days=7)
        assert last.weekday() < 5
        assert not calendar_of(code).is_holiday(last)


@given(st.dates(date(2026, 2, 5), date(2035, 12, 31)), st.sampled_from(STATES))
def test_american_days_are_never_more_than_the_law_gives(received: date, law: str) -> None:
    """Calendar days are counted as they are: a weekend or holiday moves no last day."""
    clocks = clock_rules().clocks_of(law, "access" if law != CALIFORNIA else "know")
    days = next(clock.amount for clock in clocks if clock.field == "due")
    try:
        found = ask(law, "access" if law != CALIFORNIA else "know", received.isoformat())
    except NotAllowedByLaw:
        return
    assert date.fromisoformat(found["due"]) - received == timedelta(days=days)


def _named(document: dict[str, Any]) -> dict[str, Any]:
    return {("kind" if key == "request_kind" else key): v for key, v in document.items()}


def test_at_least_two_hundred_clock_cases_are_written_from_the_texts() -> None:
    """Cases by hand with their citation; generated and property tests are not counted."""
    cited = [*EU_ROWS, *UK_ROWS, *CA_ROWS, *BREACH_ROWS, *BY_TEXT]
    assert all(isinstance(row[-1], str) and row[-1] for row in cited)
    # Cited for all their rows by the test's docstring or by the row of the pack of rights.
    together = [*COMPLAINT_ROWS, *OPT_OUT_ROWS]
    assert len(cited) + len(together) + 3 * len(STATE_ROWS) >= 200
