"""Packs of rights, calendars and case handling: a fault is named by file, row and field."""

from __future__ import annotations

import copy
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput
from privacy.law.pack import load_pack
from privacy.law.pack_form import Form
from privacy.law.pack_schema import checked, faults_of, validate
from privacy.law.pack_schema_rights import CALENDARS, CASES, FIXED, RIGHTS, WEEKDAYS

RIGHTS_PACK, CALENDAR_PACK, CASE_PACK = "rights", "rights_calendars", "case_handling"
PACKS = (RIGHTS_PACK, CALENDAR_PACK, CASE_PACK)
PAGE = Path(__file__).parents[2] / "docs" / "law-packs.md"


def bytes_of(name: str) -> bytes:
    return (resources.files("privacy.law") / "packs" / f"{name}.toml").read_bytes()


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_of_the_package_have_no_fault(name: str) -> None:
    assert validate(f"{name}.toml", bytes_of(name)) == ()


BROKEN = [
    (RIGHTS_PACK, 'id = "eu.access"', 'id = "eu access"', "eu access", "id"),
    (RIGHTS_PACK, 'id = "eu.access"', 'id = "eu.notice_direct"', "eu.notice_direct", "id"),
    (RIGHTS_PACK, 'citation = "Art. 13"', 'citation = " "', "eu.notice_direct", "citation"),
    (RIGHTS_PACK, 'citation = "Art. 13"', 'cited = "Art. 13"', "eu.notice_direct", "cited"),
    (RIGHTS_PACK, 'citation = "Art. 13"\n', "", "eu.notice_direct", "citation"),
    (RIGHTS_PACK, 'url = "https://eur', 'url = "eur', "eu.notice_direct", "url"),
    (RIGHTS_PACK, 'status = "verified"', 'status = "certain"', "eu.notice_direct", "status"),
    (RIGHTS_PACK, 'effective = "', 'effective = "on ', "uk.15.ea", "effective"),
    (RIGHTS_PACK, "response_days = 45", 'response_days = "45"', "VA", "response_days"),
    (RIGHTS_PACK, "response_days = 45", "response_days = 0", "VA", "response_days"),
    (RIGHTS_PACK, "appeal_days = 60", "appeal_days = -1", "VA", "appeal_days"),
    (RIGHTS_PACK, 'status_cure = "', 'status_cure = "not ', "VA", "status_cure"),
    (RIGHTS_PACK, "years = ", "years = 1.", "retention[1]", "years"),
    (RIGHTS_PACK, 'code = "VA"', 'code = "CO"', "CO", "id"),
    (RIGHTS_PACK, "legal_advice = false", "legal_advice = 0", "pack", "meta.legal_advice"),
    (RIGHTS_PACK, 'version = "1"\n', "", "pack", "meta.version"),
    (RIGHTS_PACK, "[[dpia_item]]", "[[dpia_items]]", "pack", "dpia_items"),
    (CALENDAR_PACK, "month = 5", "month = 13", "NL", "month"),
    (CALENDAR_PACK, "month = 5\nday = 5", "month = 2\nday = 30", "NL", "day"),
    (CALENDAR_PACK, 'code = "NL"', 'code = "XX"', "XX", "code"),
    (CALENDAR_PACK, 'citation = "Algemene', 'source = "Algemene', "NL", "citation"),
    (CALENDAR_PACK, 'name = "Day off (substituted"', 'name = ""', "HU", "name"),
    (CALENDAR_PACK, "month = 4, day = 24", "month = 4, day = 31", "US-CA", "fixed[4].day"),
    (CALENDAR_PACK, "sunday_moves = true", "sunday_move = true", "US-CA", "fixed[1].sunday_move"),
    (CALENDAR_PACK, "weekday = 0, nth = 3", "weekday = 7, nth = 3", "US-CA", "weekdays[1].weekday"),
    (CALENDAR_PACK, "weekday = 0, nth = 3", "weekday = 0, nth = 5", "US-CA", "weekdays[1].nth"),
    (CALENDAR_PACK, '"2024-02-10"', '"2024-02-30"', "US-CA", "dates"),
    (CALENDAR_PACK, "\n[[removal]]", "\n[[removed]]", "pack", "removed"),
    (CASE_PACK, 'kind = "access"', 'kind = "a ccess"', "right[1]", "kind"),
    (CASE_PACK, 'request_kind = "access"', "", "right[1]", "request_kind"),
    (CASE_PACK, 'law = "*"', 'law = ""', "right[1]", "law"),
    (CASE_PACK, 'law = "US_CA"', 'law = "*"', "right[3]", "law"),
    (CASE_PACK, 'law = "*"', 'law = "EU_GDPR"', "pack", "right"),
    (CASE_PACK, 'level = "high"', 'level = "highest"', "identity[2]", "level"),
    (CASE_PACK, "years = 5", "years = 0", "us.telemarketing_records.consent", "years"),
    (CASE_PACK, 'counted_from = "last_record"', 'counted_from = "birth"',
     "us.telemarketing_records.consent", "counted_from"),
    (CASE_PACK, 'regions = ["US", ', 'regions = ["U S", ', "us.telemarketing_records.consent",
     "regions"),
    (CASE_PACK, 'words = ["ssn"', 'words = [""', "never_disclose[1]", "words"),
    (CASE_PACK, 'as_of = "2026-11-22"', 'as_of = "November"', "pack", "as_of"),
    (CASE_PACK, "[[withheld]]", "[[withholding]]", "pack", "withheld"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "row", "field"), BROKEN)
def test_a_broken_pack_is_named_by_file_row_and_field(
    name: str, old: str, new: str, row: str, field: str
) -> None:
    content = bytes_of(name).decode("utf-8")
    assert old in content
    problems = validate("mine.toml", content.replace(old, new, 1).encode("utf-8"))
    assert ("mine.toml", row, field) in {(p.file, p.rule, p.field) for p in problems}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_that_decides_nothing_is_not_taken_for_one_that_does(name: str) -> None:
    with pytest.raises(BadInput) as raised:
        checked("mine.toml", bytes_of(name))
    assert "mine.toml: pack: rule" in raised.value.message


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 40), st.text(max_size=4), st.just([]), st.just({}),
    st.lists(st.integers(), max_size=2), st.just([{}]),
)  # fmt: skip


def small(name: str) -> dict[str, Any]:
    data = copy.deepcopy(dict(load_pack(name).data))
    return {key: value[:3] if isinstance(value, list) else value for key, value in data.items()}


SMALL = {name: small(name) for name in PACKS}


@given(name=st.sampled_from(PACKS), data=st.data())
def test_whatever_stands_in_a_pack_the_answer_is_a_list_of_named_faults(
    name: str, data: st.DataObject
) -> None:
    pack: Any = copy.deepcopy(SMALL[name])
    place = pack
    for _ in range(data.draw(st.integers(1, 5))):
        if not isinstance(place, dict | list) or not place:
            break
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        parent, key = place, data.draw(st.sampled_from(keys))
        place = place[key]
    parent[key] = data.draw(VALUES)
    for row, field, why in faults_of(pack):
        assert all((row, field, why))


@pytest.mark.parametrize("form", [*RIGHTS.values(), *CALENDARS.values(), *CASES.values()])
def test_the_page_on_packs_names_every_field(form: Form) -> None:
    words = set(re.findall(r"[a-z_]+", PAGE.read_text("utf-8")))
    assert set(form) | set(FIXED) | set(WEEKDAYS) <= words


def test_the_page_on_packs_names_every_table() -> None:
    page = PAGE.read_text("utf-8")
    assert [key for key in (*RIGHTS, *CALENDARS, *CASES) if f"`{key}`" not in page] == []
