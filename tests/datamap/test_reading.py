"""The files of a data map: any bytes give a map or every fault with its place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.datamap import form, reading, tables, vocabulary
from privacy.errors import BadInput
from tests.datamap.flows import KAUFHAUS

RETAIL = (Path(reading.__file__).parent / "retail.toml").read_bytes()
HEAD = 'schema = "rightsdesk.datamap/1"\n[organisation]\nestablishment = "DE"\n'


def faults(text: str) -> list[tuple[str, str]]:
    return [(f.place, f.what) for f in reading.check({"a.toml": text.encode()}).faults]


def test_the_sample_and_the_example_are_valid() -> None:
    for content in (RETAIL, KAUFHAUS):
        assert not reading.check({"a.toml": content}).faults
    assert reading.is_sample({"a.toml": RETAIL})
    assert not reading.is_sample({"a.toml": KAUFHAUS})


@given(st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_map_or_faults_with_file_and_place(content: bytes) -> None:
    checked = reading.check({"a.toml": content})
    for fault in checked.faults:
        assert fault.file == "a.toml"
        assert fault.place
        assert fault.what
        assert fault.next
    if checked.faults:
        with pytest.raises(BadInput):
            reading.read({"a.toml": content})


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "term", "article", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(tables.TABLES)), st.data())
def test_any_value_in_any_field_is_taken_or_named(table: str, data: st.DataObject) -> None:
    fields = st.sampled_from(sorted(tables.TABLES[table]))
    row = data.draw(st.dictionaries(fields, VALUES, max_size=4))
    told = form.Faults("a.toml")
    good = form.check_rows(told, table, [{"id": "one", "name": "One", **row}], tables.TABLES[table])
    assert bool(good) != bool(told.found)


@given(st.integers(0, len(KAUFHAUS) - 1), st.binary(min_size=1, max_size=3))
def test_a_map_with_any_bytes_changed_is_read_or_refused(at: int, put: bytes) -> None:
    content = KAUFHAUS[:at] + put + KAUFHAUS[at + len(put) :]
    checked = reading.check({"a.toml": content})
    assert checked.faults or reading.read({"a.toml": content}) == checked.map


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("x = ", "at end of document", "not valid TOML"),
        ("x = =\ny = 1", "at line 1, column 5", "not valid TOML"),
        ("a = 1", "schema", "missing"),
        (HEAD + "[[activity]]\nid = 'A'\nname = 'x'", "activity[1].id", "no id"),
        (HEAD + "[[activity]]\nid = 'a1'", "activity.a1.name", "missing"),
        (
            HEAD + "[[activity]]\nid='a1'\nname='x'\npurposes=['Directmarketing']",
            "activity.a1.purposes", "purposes",
        ),
        (HEAD + "[[activity]]\nid='a1'\nname='x'\npurpose=['x']", "activity.a1.purpose", "no such"),
        (
            HEAD + "[[activity]]\nid='a1'\nname='x'\nsystems=['crm']",
            "activity.a1.systems", "no system",
        ),
        (
            HEAD + "[[activity]]\nid='a1'\nname='x'\nintroduced_on='2026-01-01'",
            "activity.a1.introduced_on", "no date",
        ),
        (
            HEAD + "[[recipient]]\nid='r1'\nname='x'\nrole='friend'\ncountry='DE'",
            "recipient.r1.role", "none of the words",
        ),
        (
            HEAD + "[[recipient]]\nid='r1'\nname='x'\nrole='processor'\ncountry='Germany'",
            "recipient.r1.country", "no country",
        ),
        (
            HEAD + "[[activity]]\nid='a1'\nname='x'\ndata=[{term='Name', erase_after='3 years'}]",
            "activity.a1.data[1].erase_after", "no period",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_table_and_field(text: str, place: str, says: str) -> None:
    assert any(p == place and says in what for p, what in faults(text)), faults(text)


def test_a_wrong_term_names_the_ones_that_may_be_meant() -> None:
    text = HEAD + "[[activity]]\nid='a1'\nname='x'\npurposes=['Directmarketing']"
    (fault,) = reading.check({"a.toml": text.encode()}).faults
    assert fault.next == "Did you mean DirectMarketing or Marketing or SocialMediaMarketing?"


@pytest.mark.parametrize(
    "value", ["Ask jane@shop.example", "Call +44 20 7946 0000", "020 7946 0000"]
)
def test_a_text_that_reads_like_an_address_or_a_number_is_refused_and_not_repeated(
    value: str,
) -> None:
    text = HEAD + f"[[activity]]\nid='a1'\nname='x'\npurpose_text='{value}'"
    (fault,) = reading.check({"a.toml": text.encode()}).faults
    assert fault.place == "activity.a1.purpose_text"
    assert value not in str(fault)


@pytest.mark.parametrize("value", ["C(2021) 3972 of 4 June 2021", "From 2026-11-30 to 2027-11-30"])
def test_dates_and_references_are_no_numbers(value: str) -> None:
    assert not faults(HEAD + f"[[activity]]\nid='a1'\nname='x'\npurpose_text='{value}'")


def test_several_files_are_one_map_and_an_id_stands_once() -> None:
    one = HEAD + "[[system]]\nid = 'crm'\nname = 'CRM'"
    other = "schema='rightsdesk.datamap/1'\n[[activity]]\nid='a1'\nname='x'\nsystems=['crm']"
    files = {"a.toml": one.encode(), "b.toml": other.encode()}
    assert set(reading.read(files).activities) == {"a1"}
    again = reading.check({**files, "c.toml": one.encode()})
    assert [(f.file, f.place) for f in again.faults] == [
        ("c.toml", "organisation"),
        ("c.toml", "system.crm"),
    ]


@pytest.mark.parametrize("name", ["../desk", "Desk.toml", "a/b", "", ".toml", "x" * 60])
def test_a_file_of_the_map_has_a_plain_name(name: str) -> None:
    with pytest.raises(BadInput):
        reading.file_name(name)


def test_every_term_stands_in_one_list_and_special_ones_are_told_apart() -> None:
    held = tomllib.loads((Path(reading.__file__).parent / "vocabulary.toml").read_text())
    assert (held["version"], held["licence"]) == ("2.0", "W3C Software and Document License (2023)")
    lists = [set(held[name]) for name in vocabulary.DATA]
    assert len(set.union(*lists)) == sum(map(len, lists))
    assert vocabulary.is_special("MedicalHealth")
    assert vocabulary.is_criminal("CriminalConviction")
    assert not vocabulary.is_special("Name")
