"""What is sealed for a contact is the JSON that readers expect, whatever stands in the row."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from privacy.contacts.documents import call_part, profile
from privacy.contacts.rows import ADDRESS_PARTS, Contact

TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ['"', "\\", "\n", "\u2028", "é", '","x":"', "\x7f", "\x00", "{}"]
)
FIELDS = st.dictionaries(TEXT, TEXT, max_size=3)
ADDRESS = st.fixed_dictionaries(dict.fromkeys(ADDRESS_PARTS, TEXT))


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    return Contact(
        row=1,
        line=2,
        names=draw(FIELDS),
        name_key="",
        phones=(),
        emails=(),
        addresses=draw(st.lists(ADDRESS, max_size=2)),
        organisation=draw(TEXT),
        language=draw(TEXT),
        birthday=draw(TEXT),
        other=draw(FIELDS),
        region=draw(TEXT),
        surname_key=draw(TEXT),
        consents=[],
        refusals=[],
    )


@given(contacts(), st.lists(st.tuples(TEXT, st.integers(0, 2**63 - 1)), max_size=2), TEXT)
def test_a_profile_reads_back_as_its_row(
    contact: Contact, mails: list[tuple[str, int]], row_key: str
) -> None:
    expected: dict[str, Any] = {
        "names": [contact.names] if contact.names else [],
        "surname_key": contact.surname_key,
        "emails": [{"address": mail, "point": point} for mail, point in mails],
        "addresses": contact.addresses,
        "organisation": contact.organisation,
        "language": contact.language,
        "birthday": contact.birthday,
        "other": contact.other,
    }
    if row_key:
        expected["row_key"] = row_key
    written = profile(contact, mails, row_key)
    assert json.loads(written) == expected
    assert written == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()


@given(contacts(), TEXT)
def test_a_call_part_reads_back_without_name_and_street(contact: Contact, number: str) -> None:
    home = contact.addresses[0] if contact.addresses else {}
    assert json.loads(call_part(contact, number)) == {
        "number": number,
        "region": contact.region,
        "postal_code": home.get("postal_code", ""),
        "locality": home.get("locality", ""),
        "zones": [],
        "language": contact.language,
        "times": None,
        "line": "unknown",
    }
