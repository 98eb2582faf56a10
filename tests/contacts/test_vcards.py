"""vCard 2.1, 3.0 and 4.0: several cards in a file, folding, quoted-printable, bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.contacts.rows import Contact, RawContact, Refusal, read_contact
from privacy.contacts.sheet import open_sheet
from privacy.contacts.vcards import LONGEST_LINE
from privacy.errors import BadInput

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def cards(path: Path) -> list[RawContact | Refusal]:
    sheet = open_sheet(path)
    assert sheet.kind == "vcard"
    return list(sheet.rows(UTC, NOW))


def written(folder: Path, *lines: str, end: str = "\r\n") -> list[RawContact | Refusal]:
    path = folder / "cards.vcf"
    path.write_bytes(end.join([*lines, ""]).encode())
    return cards(path)


def one(found: list[RawContact | Refusal]) -> RawContact:
    (card,) = found
    assert isinstance(card, RawContact)
    return card


def test_version_2_1_of_outlook_is_read(samples: Path) -> None:
    card = one(cards(samples / "contacts" / "vcard" / "John_Doe_MS_OUTLOOK.vcf"))
    contact = read_contact(card, 1, "US")
    assert isinstance(contact, Contact)
    assert contact.name_key == "john doe"
    assert contact.phones == (("+19055551234", "work"), ("+19056661234", "home"))
    assert contact.region == "US-NY"
    assert "PHOTO" not in contact.other


def test_version_3_0_of_gmail_is_read(samples: Path) -> None:
    card = one(cards(samples / "contacts" / "vcard" / "John_Doe_GMAIL.vcf"))
    assert card.names["middle"] == "Richter, James"
    assert card.emails[0].text == "john.doe@ibm.com"
    assert card.birthday == "1980-03-22"


def test_version_4_0_is_read(samples: Path) -> None:
    card = one(cards(samples / "contacts" / "vcard" / "fullcontact.vcf"))
    assert len(card.emails) == 5
    # The address of the home comes first, that of the work last; a fax is no phone.
    assert card.addresses[0]["street"] == "HomeStreet"
    assert card.addresses[-1]["street"] == "WorkStreet"
    assert "555-555-1116" not in [phone.text for phone in card.phones]


def test_several_cards_with_quoted_printable_over_many_lines(samples: Path) -> None:
    found = cards(samples / "contacts" / "vcard" / "John_Doe_ANDROID.vcf")
    assert len(found) == 6
    named = found[3]
    assert isinstance(named, RawContact)
    assert named.names["full"] == " ".join("Ñ" * 11)
    assert named.line == 18


def test_escapes_groups_and_uris_are_undone(tmp_path: Path) -> None:
    card = one(
        written(
            tmp_path,
            "begin:vcard",
            "VERSION:4.0",
            "item1.N:O\\;Brien;Ann;;;",
            "FN:Ann O\\;Bri",
            " en",
            'TEL;VALUE=uri;TYPE="voice,cell":tel:+44-20-7946-0018;ext=5',
            "EMAIL:mailto:ann@example.com",
            "NOTE:one\\ntwo\\, three",
            "end:vcard",
        )
    )
    assert card.names["family"] == "O;Brien"
    assert card.names["full"] == "Ann O;Brien"
    assert (card.phones[0].text, card.phones[0].label) == ("tel:+44-20-7946-0018", "mobile")
    assert card.emails[0].text == "ann@example.com"
    assert card.other["NOTE"] == "one\ntwo, three"


def test_pictures_and_nested_cards_are_passed_over(tmp_path: Path) -> None:
    picture = [" " + "A" * 75] * 3000
    card = one(
        written(
            tmp_path,
            "BEGIN:VCARD",
            "FN:Ann Lee",
            "PHOTO;ENCODING=BASE64:AAAA",
            *picture,
            "AGENT:",
            "BEGIN:VCARD",
            "FN:Somebody Else",
            "TEL:020 7946 0099",
            "END:VCARD",
            "TEL:020 7946 0018",
            "END:VCARD",
        )
    )
    assert card.names == {"full": "Ann Lee"}
    assert [phone.text for phone in card.phones] == ["020 7946 0018"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["BEGIN:VCARD", "FN:Ann"], "unfinished_card"),
        (["BEGIN:VCARD", "NOTE:" + "x" * LONGEST_LINE, "END:VCARD"], "too_long"),
        (["BEGIN:VCARD", "NOTE:x", *[" " + "x" * 999] * 99, "END:VCARD"], "too_long"),
        (["BEGIN:VCARD", *["NOTE:x"] * 2100, "END:VCARD"], "too_long"),
        (["BEGIN:VCARD", "KIND:group", "FN:Friends", "END:VCARD"], "group"),
    ],
)
def test_a_card_that_is_refused_says_where_it_began(
    tmp_path: Path, lines: list[str], reason: str
) -> None:
    after = ["BEGIN:VCARD", "TEL:1", "END:VCARD"] if reason != "unfinished_card" else []
    refused, *rest = written(tmp_path, *lines, *after)
    assert refused == Refusal(1, "card", reason)
    assert len(rest) == len(after) // 3


def test_text_between_cards_is_no_card(tmp_path: Path) -> None:
    found = written(
        tmp_path, "", "BEGIN:VCARD", "FN:A", "END:VCARD", "noise", "BEGIN:VCARD", "END:VCARD"
    )
    assert [card.line for card in found] == [2, 6]


line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40)
property_line = st.sampled_from(
    ["N:a;b;c", "TEL;CELL:1", "FN;ENCODING=QUOTED-PRINTABLE:=C3=", "ADR:;;x", " folded", "="]
)


@given(st.lists(line | property_line | st.sampled_from(["BEGIN:VCARD", "END:VCARD"]), max_size=20))
def test_any_lines_give_cards_or_our_own_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.vcf"
    path.write_bytes("\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]).encode())
    try:
        found = cards(path)
    except BadInput:
        return
    for card in found:
        if isinstance(card, RawContact):
            read_contact(card, 1, "GB")
