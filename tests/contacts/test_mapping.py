"""Headers of five products and of none; mappings given as TOML; consent columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.contacts.consents import parse_instant
from privacy.contacts.documents import call_part
from privacy.contacts.mapping import from_toml, guess
from privacy.contacts.rows import Contact, RawContact, Refusal, read_contact
from privacy.contacts.sheet import open_sheet
from privacy.errors import BadInput
from privacy.terms import Channel

FIXTURES = Path(__file__).parent.parent / "fixtures" / "contacts"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def contacts(path: Path, region: str = "") -> tuple[str, list[Contact], list[Refusal]]:
    """Layout, contacts and row refusals of a file."""
    sheet = open_sheet(path, region=region)
    assert sheet.mapping is not None
    taken, refused = [], []
    for row, raw in enumerate(sheet.rows(BERLIN, NOW), start=1):
        read = read_contact(raw, row, region) if isinstance(raw, RawContact) else [raw]
        if isinstance(read, Contact):
            taken.append(read)
        else:
            refused.extend(read)
    return sheet.mapping.layout, taken, refused


def test_a_hubspot_export_is_read() -> None:
    layout, (ines, otto), refused = contacts(FIXTURES / "hubspot.csv")
    assert layout == "HubSpot"
    assert ines.phones == (("+12125550123", ""),)
    assert (ines.region, ines.surname_key) == ("US-NY", "SELFMADESON|100")
    assert ines.other["Lifecycle Stage"] == "lead"
    assert not ines.consents
    assert [(c.kind, c.channel, c.at) for c in otto.consents] == [
        ("withdrawal", Channel.EMAIL, None)
    ]
    assert [(r.line, r.reason) for r in refused] == [(4, "no_contact")]


def test_a_salesforce_export_is_read() -> None:
    layout, (greta, emil), refused = contacts(FIXTURES / "salesforce.csv")
    assert (layout, refused) == ("Salesforce", [])
    assert greta.names == {"given": "Greta", "family": "Handgemacht", "prefix": "Ms."}
    assert greta.phones == (("+493023125123", ""),)
    assert greta.addresses[0]["street"] == "Musterweg 1\nHinterhaus"
    assert greta.region == "DE-BE"
    assert greta.birthday == "1980-04-02"
    assert {c.channel for c in greta.consents} == {
        Channel.VOICE_LIVE,
        Channel.VOICE_PRERECORDED,
        Channel.TEXT,
    }
    assert [(c.channel, c.withdrawn) for c in emil.consents] == [(Channel.EMAIL, True)]


def test_a_mailchimp_export_is_read() -> None:
    layout, (paula, luis), refused = contacts(FIXTURES / "mailchimp.csv")
    assert layout == "Mailchimp"
    assert paula.emails == ("paula.inventada@example.com",)
    assert [(c.kind, c.granted_at) for c in paula.consents] == [
        ("grant", datetime(2025, 3, 1, 8, 15, 30, tzinfo=BERLIN)),
        ("grant", datetime(2025, 3, 1, 8, 20, 0, tzinfo=BERLIN)),
    ]
    assert not luis.consents
    assert [r.reason for r in refused] == ["not_an_address", "no_usable_contact"]


def test_a_google_export_is_read() -> None:
    layout, (nora, only), refused = contacts(FIXTURES / "google.csv", "GB")
    assert (layout, refused) == ("Google", [])
    assert [number for number, _ in nora.phones] == [
        "+442079460021",
        "+442079460018",
        "+442079460019",
    ]
    assert nora.emails == (
        "nora@example.net",
        "nora.fabricated@example.com",
        "n.fabricated@example.com",
    )
    assert nora.addresses[0]["postal_code"] == "SW1A 1AA"
    assert only.phones == (("+442079460022", ""),)


def test_an_outlook_export_is_read() -> None:
    layout, (zoe, leo), refused = contacts(FIXTURES / "outlook.csv", "FR")
    assert (layout, refused) == ("Outlook", [])
    assert zoe.names["family"] == "Erfundén"
    assert zoe.phones == (("+33199001234", "work"), ("+33199001235", "home"))
    # Where somebody lives comes before where somebody works.
    assert [address["locality"] for address in zoe.addresses] == ["Paris", "Lyon"]
    assert zoe.other["Business Fax"] == "01 99 00 12 36"
    assert "01 99 00 12 37" in zoe.other.values()
    assert leo.emails == ("leo.facade@example.fr",)


def test_a_fax_or_an_assistants_number_is_nobodys_phone() -> None:
    found = guess(["Name", "Fax", "Business Fax", "Assistant's Phone", "Pager", "Spouse Phone"])
    assert not found.of("phone")


def test_a_header_that_says_nothing_is_refused_without_being_quoted(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Canarina,+442079460018\nBob,+442079460019\n")
    with pytest.raises(BadInput, match="No column is recognised") as refusal:
        open_sheet(path)
    assert "Canarina" not in str(refusal.value) + refusal.value.what + refusal.value.next


def test_a_given_mapping_reads_a_list_without_header(tmp_path: Path) -> None:
    path, mapping = tmp_path / "list.csv", tmp_path / "m.toml"
    path.write_text("Ann;Lee;020 7946 0018;yes;03.02.2026\nBob;Lee;;;\n")
    mapping.write_text(
        'header = false\n[columns]\n1 = "given"\n2 = "family"\n3 = "phone:mobile"\n'
        '[[consent]]\ncolumn = 4\nat = 5\nkind = "grant"\nchannel = "text"\npurpose = "survey"\n'
    )
    sheet = open_sheet(path, mapping=mapping)
    rows = list(sheet.rows(BERLIN, NOW))
    assert len(rows) == 2
    assert isinstance(rows[0], RawContact)
    (consent,) = rows[0].consents
    assert (consent.purpose, consent.channel) == ("survey", Channel.TEXT)
    assert consent.at == datetime(2026, 2, 3, 23, 59, 59, tzinfo=BERLIN)
    assert consent.source == "column 4"


def test_last_dealings_are_taken_where_a_mapping_names_them_and_the_day_is_sure(
    tmp_path: Path,
) -> None:
    path, mapping = tmp_path / "list.csv", tmp_path / "m.toml"
    path.write_text(
        "Name,Phone,Last Purchase,Asked\n"
        "Ann,+442079460018,2026-10-01,03/02/2026\nBob,+442079460019,,2026-02-30\n"
    )
    guessed = open_sheet(path).mapping
    assert guessed is not None
    assert not guessed.of("last_purchase")
    mapping.write_text(
        '[columns]\nName = "full"\nPhone = "phone"\n'
        '"Last Purchase" = "last_purchase"\nAsked = "last_inquiry"\n'
    )
    raws = list(open_sheet(path, mapping=mapping).rows(BERLIN, NOW))
    read = [
        contact
        for row, raw in enumerate(raws, 1)
        if isinstance(raw, RawContact)
        and isinstance(contact := read_contact(raw, row, "GB"), Contact)
    ]
    assert [contact.dealings for contact in read] == [{"last_purchase": "2026-10-01"}, {}]
    assert read[0].other == {"last_inquiry": "03/02/2026"}
    assert [(r.field, r.reason, r.kept) for r in read[1].refusals] == [
        ("last_inquiry", "no_iso_date", True)
    ]
    call = json.loads(call_part(read[0], "+442079460018"))
    assert call["last_purchase"] == "2026-10-01"
    assert "last_inquiry" not in call
    assert "last_purchase" not in json.loads(call_part(read[1], "+442079460019"))


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "columns = 1",
        '[columns]\nNowhere = "phone"',
        '[columns]\nName = "nothing"',
        '[columns]\nName = "address.street:moon"',
        '[[consent]]\ncolumn = "Name"\nkind = "maybe"\nchannel = "text"',
        '[[consent]]\ncolumn = "Name"\nkind = "grant"\nchannel = "pigeon"',
        '[[consent]]\nkind = "grant"',
        "consent = 3",
    ],
)
def test_a_mapping_that_does_not_fit_says_where(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(BadInput):
        from_toml(path, ["Name", "Phone"])


def _consents(folder: Path, header: str, cells: str) -> tuple[RawContact, list[str]]:
    path = folder / "list.csv"
    path.write_text(f"email,{header}\nann@example.com,{cells}\n")
    (raw,) = open_sheet(path).rows(UTC, NOW)
    assert isinstance(raw, RawContact)
    return raw, [refusal.reason for refusal in raw.refusals]


@pytest.mark.parametrize("cell", ["yes", "1", "x", "perhaps", "2026-01-02", "?"])
def test_a_withdrawal_counts_unless_the_cell_says_no(tmp_path: Path, cell: str) -> None:
    raw, _ = _consents(tmp_path, "Do Not Call", cell)
    assert {c.channel for c in raw.consents} == {
        Channel.VOICE_LIVE,
        Channel.VOICE_PRERECORDED,
        Channel.TEXT,
    }


@pytest.mark.parametrize("cell", ["", "no", "0", "FALSE", "-"])
def test_a_withdrawal_column_that_says_no_tells_nothing(tmp_path: Path, cell: str) -> None:
    assert not _consents(tmp_path, "Do Not Call", cell)[0].consents


@pytest.mark.parametrize(
    ("header", "cells", "reasons"),
    [
        ("SMS consent,SMS consent date", "yes,2026-01-02", []),
        ("SMS consent,SMS consent date", "yes,", ["no_sure_date"]),
        ("SMS consent,SMS consent date", "yes,02/03/2026", ["no_sure_date"]),
        ("SMS consent,SMS consent date", "maybe,2026-01-02", ["no_sure_date"]),
    ],
)
def test_a_grant_counts_only_with_a_sure_date(
    tmp_path: Path, header: str, cells: str, reasons: list[str]
) -> None:
    raw, told = _consents(tmp_path, header, cells)
    assert told == reasons
    assert len(raw.consents) == (0 if reasons else 1)


@pytest.mark.parametrize(
    ("text", "order", "instant"),
    [
        ("2026-01-02T03:04:05Z", "", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04 +02:00", "", datetime(2026, 1, 2, 1, 4, tzinfo=UTC)),
        ("2026-01-02", "", datetime(2026, 1, 2, 23, 59, 59, tzinfo=BERLIN)),
        ("31/12/2025 11:30 PM", "", datetime(2025, 12, 31, 23, 30, tzinfo=BERLIN)),
        ("12/31/2025", "", datetime(2025, 12, 31, 23, 59, 59, tzinfo=BERLIN)),
        ("02/03/2026", "dmy", datetime(2026, 3, 2, 23, 59, 59, tzinfo=BERLIN)),
        ("02/03/2026", "", None),
        ("2026-02-30", "", None),
        ("2026-11-24", "", NOW),
        ("soon", "", None),
    ],
)
def test_a_date_is_read_only_where_it_can_be_one_day(
    text: str, order: str, instant: datetime | None
) -> None:
    assert parse_instant(text, BERLIN, NOW, order) == instant


@given(st.lists(st.text(max_size=30), max_size=30))
def test_any_header_has_a_mapping_that_keeps_every_column(header: list[str]) -> None:
    found = guess(header)
    assert [column.index for column in found.columns] == list(range(len(header)))


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_none(text: str) -> None:
    found = parse_instant(text, BERLIN, NOW)
    assert found is None or found.tzinfo is not None
