"""The package of an answer, taken into another desk; and packages that somebody made by hand."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from hypothesis import given
from hypothesis import strategies as st

from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.contacts import packages, store
from privacy.contacts.importing import ImportOptions, ImportResult, import_sheet
from privacy.contacts.packages import PackageSheet, open_package
from privacy.errors import BadInput, RightsdeskError
from privacy.imported_consents import keeper
from privacy.rights.case import Kind
from privacy.rights.package import archive
from privacy.terms import Channel, OpeningPurpose, Purpose
from tests.desks import MadeDesk, make_desk
from tests.rights.calls import add_consent
from tests.rights.flows import MAIL, NUMBER, again, person_with
from tests.rights.packages import change_profile
from tests.rights.test_access import fulfilled

PERSON: dict[str, Any] = {
    "names": [{"given": "Ann", "family": "Example"}],
    "phones": [{"number": "+442079460123", "label": "mobile"}],
    "emails": ["ann@example.com"],
    "addresses": [{"street": "1 Main Street", "locality": "London", "country": "GB"}],
    "organisation": "",
    "language": "en",
    "birthday": "1980-02-29",
    "other": {"shoe size": "43"},
}


def consent(kind: str, purpose: str, channel: str, point: str | None, n: int = 1) -> dict[str, Any]:
    return {
        "id": f"c{n}",
        "kind": kind,
        "at": "2026-05-01T12:00:00+00:00",
        "how": "form 17",
        "text_shown": "May we call you?",
        "codes": {"purpose": purpose, "channel": channel, "class": "prior_express_consent"},
        "contact_point": point,
        "corrects": None,
    }


def package(*consents: dict[str, Any], **person: Any) -> dict[str, Any]:
    return {
        "schema": packages.SCHEMA,
        "persons": [{**copy.deepcopy(PERSON), **person}],
        "consents": list(consents),
    }


def written(folder: Path, document: Any) -> Path:
    path = folder / "answer.json"
    path.write_text(json.dumps(document))
    return path


def taken_in(made: MadeDesk, sheet: PackageSheet) -> ImportResult:
    options = ImportOptions(obtained_on=made.desk.now().date(), source="another controller")
    return import_sheet(
        made.desk, made.dpo, sheet, options, on_consents=keeper(made.desk, made.dpo)
    )


def held(made: MadeDesk, number: str = NUMBER) -> store.Record:
    (record,) = store.find(made.desk, made.dpo, OpeningPurpose.LOOKUP, phone=number)
    return record


def records(made: MadeDesk, subject_id: int) -> list[tuple[str, str, str]]:
    with made.desk.reading() as db:
        found = consent_store.of_subjects(db, [subject_id])
    return sorted((r.kind.value, r.purpose, r.channel) for _, r in found)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[MadeDesk]:
    """Another controller's desk."""
    folder = tmp_path / "other"
    folder.mkdir()
    made = make_desk(folder)
    yield made
    made.desk.close()


def test_a_package_goes_into_another_desk_and_twice_changes_nothing(
    store: MadeDesk, other: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(store, Kind.PORTABILITY)
    add_consent(store, brought.known)
    change_profile(
        store,
        brought.known.subject_id,
        addresses=[{"street": "1 Main Street", "locality": "London", "postal_code": "SW1A 1AA"}],
        birthday="1980-02-29",
        other={"shoe size": "43"},
    )
    again(store, brought.case)
    done = fulfilled(store, brought.case.id, tmp_path / "a.zip")
    assert packages.encrypted(done.path)
    first = taken_in(other, open_package(done.path, done.passphrase))
    assert (first.read, first.imported, first.rejected) == (1, 1, 0)
    record = held(other)
    assert record.profile["names"][0]["family"] == "Canarison"
    assert [mail["address"] for mail in record.profile["emails"]] == [MAIL]
    assert record.profile["addresses"][0]["postal_code"] == "SW1A 1AA"
    assert record.profile["birthday"] == "1980-02-29"
    assert record.profile["other"]["shoe size"] == "43"
    told = record.profile["other"]["consent told by another controller 1"]
    assert "grant marketing voice_live" in told
    assert "yes, do call me" in told
    assert records(other, record.subject_id) == [], "no permission of ours"
    second = taken_in(other, open_package(done.path, done.passphrase))
    assert (second.imported, second.merged, second.unchanged) == (0, 0, 1)


def test_withdrawals_and_opt_outs_hold_here_too(made: MadeDesk, tmp_path: Path) -> None:
    document = package(
        consent("grant", "marketing", "voice_live", NUMBER),
        consent("withdrawal", "*", "voice_live", NUMBER, 2),
        opted_out=[{"value": "ann@example.com", "since": "2026-05-01T12:00:00+00:00"}],
    )
    sheet = open_package(written(tmp_path, document), "")
    taken_in(made, sheet)
    found = records(made, held(made).subject_id)
    assert {kind for kind, _, _ in found} == {RecordKind.WITHDRAWAL.value}
    assert {(p, c) for _, p, c in found if c == "voice_live"} == {
        (purpose.value, "voice_live") for purpose in Purpose
    }
    assert {p for _, p, c in found if c == "email"} == {purpose.value for purpose in Purpose}
    assert sheet.counted.document() == {"withdrawals": 2, "grants_taken": 0, "grants_told": 1}
    before = len(found)
    taken_in(made, open_package(written(tmp_path, document), ""))
    assert len(records(made, held(made).subject_id)) == before


def test_a_grant_counts_only_where_the_mapping_takes_it(made: MadeDesk, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('grants = ["marketing/voice_live"]')
    taken = packages.taken_by(mapping)
    assert taken == {(Purpose.MARKETING, Channel.VOICE_LIVE)}
    document = package(
        consent("grant", "marketing", "voice_live", NUMBER),
        consent("grant", "marketing", "email", "ann@example.com", 2),
        consent("grant", "*", "voice_live", NUMBER, 3),
    )
    sheet = open_package(written(tmp_path, document), "", taken)
    taken_in(made, sheet)
    assert records(made, held(made).subject_id) == [("grant", "marketing", "voice_live")]
    assert sheet.counted.document() == {"withdrawals": 0, "grants_taken": 1, "grants_told": 2}


def test_a_grant_for_one_of_two_numbers_or_of_a_day_to_come_permits_nothing(
    made: MadeDesk, tmp_path: Path
) -> None:
    taken = frozenset({(Purpose.MARKETING, Channel.VOICE_LIVE)})
    two = [{"number": NUMBER, "label": ""}, {"number": "+442079460777", "label": ""}]
    grant = consent("grant", "marketing", "voice_live", NUMBER)
    later = {**grant, "at": "2099-01-01T00:00:00+00:00"}
    void = {**consent("correction", "marketing", "voice_live", NUMBER, 9), "corrects": "c1"}
    for document in (package(grant, phones=two), package(later), package(grant, void)):
        sheet = open_package(written(tmp_path, document), "", taken)
        taken_in(made, sheet)
        assert sheet.counted.grants_taken == 0
        for record in store.find(made.desk, made.dpo, OpeningPurpose.LOOKUP, phone=NUMBER):
            assert records(made, record.subject_id) == []


@pytest.mark.parametrize("text", ["", "grants = 1", 'grants = ["x"]', 'grants = ["a/b"]', "{"])
def test_a_mapping_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(BadInput, match="mapping"):
        packages.taken_by(tmp_path / "m.toml")


# -- hostile packages -----------------------------------------------------------------------


def refused(path: Path, passphrase: str = "right") -> BadInput:
    with pytest.raises(BadInput) as caught:
        open_package(path, passphrase)
    return caught.value


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def test_a_wrong_pass_phrase_says_so_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive.sealed({"answer.json": json.dumps(package()).encode()}, "right"))
    assert "pass phrase" in refused(path, "wrong").message
    assert "pass phrase" in refused(path, "").message
    assert open_package(path, "right").file.lines == 1


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LARGEST_JSON_BYTES", 1 << 20)
    bomb = zipped(tmp_path / "b.zip", {"answer.json": b"0" * (8 << 20)})
    assert bomb.stat().st_size < 1 << 20
    assert "larger" in refused(bomb).message
    monkeypatch.setattr(packages, "LARGEST_FILE_BYTES", 100)
    assert "larger" in refused(bomb).message


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "..\\x", "C:\\x", "\\x"])
def test_a_file_that_leads_away_makes_it_no_package(tmp_path: Path, name: str) -> None:
    content = json.dumps(package()).encode()
    path = zipped(tmp_path / "b.zip", {"answer.json": content, name: b"x"})
    assert "no package has" in refused(path).message
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.zip"]


def test_damaged_empty_and_odd_archives_are_refused(tmp_path: Path) -> None:
    good = archive.sealed({"answer.json": json.dumps(package()).encode()}, "right")
    many = {f"{n}.csv": b"" for n in range(300)} | {"answer.json": b"{}"}
    zipped(tmp_path / "many.zip", many)
    zipped(tmp_path / "none.zip", {"x": b""})
    (tmp_path / "cut.zip").write_bytes(good[:-30])
    (tmp_path / "head.zip").write_bytes(b"PK")
    flipped = bytearray(good)
    flipped[len(good) // 3] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(bytes(flipped))
    for path in tmp_path.glob("*.zip"):
        refused(path)
    assert refused(tmp_path / "not-there.zip").what == "package"


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_package_or_our_own_error(content: bytes, zip_like: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes((b"PK\x03\x04" if zip_like else b"") + content)
        try:
            packages.encrypted(path)
            open_package(path, "x")
        except RightsdeskError:
            return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["schema", "persons", "consents", "names", "phones", "number", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["persons", "consents", "names", "phones", "other", "codes"]))
def test_any_json_gives_a_sheet_or_our_own_error(value: Any, where: str) -> None:
    import tempfile
    from datetime import UTC, datetime

    document = package(consent("grant", "marketing", "email", None))
    holder = document if where in document else document["persons"][0]
    holder = document["consents"][0] if where == "codes" else holder
    holder[where] = value
    with tempfile.TemporaryDirectory() as folder:
        try:
            sheet = open_package(written(Path(folder), document), "")
        except RightsdeskError:
            return
        list(sheet.rows(UTC, datetime(2026, 11, 30, tzinfo=UTC)))


def test_deep_huge_and_wrong_documents_are_refused_without_their_values(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    for text in ("[" * 100_000, '{"a": ' + "9" * 10_000 + "}", "null", "[]", "", "\ufeff{}"):
        path.write_text(text)
        refused(path)
    secret = "a value of a person"
    for key, value in (
        ("names", secret),
        ("phones", [{"number": secret * 2000, "label": ""}]),
        ("emails", [secret] * 51),
        ("other", {secret: {}}),
    ):
        error = refused(written(tmp_path, package(**{key: value})))
        assert secret not in f"{error.message} {error.what} {error.next}"
    wrong = {**package(), "schema": "rightsdesk.access-package/2"}
    assert "rightsdesk.access-package/1" in refused(written(tmp_path, wrong)).message


def test_hostile_values_are_rejected_or_kept_as_text(made: MadeDesk, tmp_path: Path) -> None:
    document = package(
        names=[{"given": "=cmd|x", "family": "<script>", "password": "x"}],
        phones=[{"number": "not a number", "label": "x"}],
        emails=["a@b\r\nBcc: x@y.z", "ann@example.com"],
    )
    result = taken_in(made, open_package(written(tmp_path, document), ""))
    assert (result.imported, result.rejected) == (1, 0)
    assert sum(result.reasons.values()) == 2
    (record,) = store.find(made.desk, made.dpo, OpeningPurpose.LOOKUP, email="ann@example.com")
    assert record.profile["names"] == [{"given": "=cmd|x", "family": "<script>"}]


def test_the_archive_of_another_program_opens_too(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", encryption=pyzipper.WZ_AES) as made:
        made.setpassword(b"right")
        made.setencryption(pyzipper.WZ_AES, nbits=128)
        made.writestr("answer.json", json.dumps(package()))
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    assert open_package(tmp_path / "a.zip", "right").file.lines == 1
