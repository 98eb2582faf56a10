"""The package: its schema, its vCard, its ways, its copy, and tools of others that open it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from privacy.cli import documents
from privacy.cli.letter_print import pdf_of
from privacy.cli.running import Run
from privacy.contacts import vcards
from privacy.contacts.files import look_at
from privacy.contacts.rows import RawContact
from privacy.errors import BadInput, Denied, NotFound
from privacy.rights import answering, erasure, pack, print_runs, retention, store
from privacy.rights.case import Kind, NotNow
from privacy.rights.letters import store as letter_store
from privacy.rights.package import archive, contents, copies, copy_store, tables, vcard, writing
from privacy.rights.package.handing import Handing, Way
from privacy.rights.print_runs import Press
from privacy.rights.retention_rules import Start
from privacy.terms import KeyClass
from privacy.vault.erase import keys_left
from reports import rights_text
from reports.joining import Joined
from reports.wording import words
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.needed import need
from tests.persons import add_person
from tests.reports import pdfs
from tests.rights.calls import add_call, add_consent
from tests.rights.flows import MAIL, NUMBER, again, approved, person_with
from tests.rights.packages import change_profile, released
from tests.rights.test_access import answer, fulfilled, unpacked
from tests.rights.test_erasure import merge

HOME = {"street": "1 Main Street", "locality": "London", "postal_code": "SW1A 1AA", "country": "GB"}


def validator() -> Any:
    schema = json.loads(contents.schema())
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def rich_person(made: MadeDesk, kind: Kind = Kind.ACCESS) -> Any:
    brought = person_with(made, kind)
    add_consent(made, brought.known)
    add_call(made, brought.known, NUMBER)
    change_profile(
        made,
        brought.known.subject_id,
        addresses=[HOME],
        birthday="1980-02-29",
        organisation="Example, Sons; & Co",
        language="en",
        other={"shoe size": "43"},
    )
    again(made, brought.case)
    return brought


# -- schema ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.PORTABILITY])
def test_every_package_fits_the_schema_that_lies_in_it(
    made: MadeDesk, tmp_path: Path, kind: Kind
) -> None:
    brought = rich_person(made, kind)
    files = unpacked(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    assert files["schema.json"] == contents.schema()
    document = json.loads(files["answer.json"])
    assert list(validator().iter_errors(document)) == []
    (person,) = document["persons"]
    assert person["phones"][0]["number"] == NUMBER
    assert person["emails"] == [MAIL]
    assert person["other"] == {"shoe size": "43"}
    (consent,) = document["consents"]
    assert consent["contact_point"] == NUMBER


def test_the_schema_refuses_what_is_no_package() -> None:
    wrongs: list[Any] = [{}, {"schema": "rightsdesk.access-package/2"}, []]
    for wrong in wrongs:
        assert list(validator().iter_errors(wrong))


def test_every_key_of_the_schema_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "package.md").read_text()
    schema = json.loads(contents.schema())
    for key in schema["properties"]:
        assert f"`{key}`" in page, key
    for name, columns in tables.COLUMNS.items():
        assert f"`{name}`" in page, name
        assert columns


# -- vCard ----------------------------------------------------------------------------------


def read_back(cards: bytes, folder: Path) -> list[RawContact]:
    path = folder / "contact.vcf"
    path.write_bytes(cards)
    found = list(vcards.cards(look_at(path)))
    assert all(isinstance(each, RawContact) for each in found)
    return [each for each in found if isinstance(each, RawContact)]


def test_a_vcard_is_read_by_our_own_importer_and_by_vobject(made: MadeDesk, tmp_path: Path) -> None:
    brought = rich_person(made)
    cards = unpacked(fulfilled(made, brought.case.id, tmp_path / "a.zip"))["contact.vcf"]
    (ours,) = read_back(cards, tmp_path)
    assert [cell.text for cell in ours.phones] == [NUMBER]
    assert [cell.text for cell in ours.emails] == [MAIL]
    assert ours.names["family"] == "Canarison"
    assert ours.organisation == "Example, Sons; & Co"
    assert ours.addresses[0]["postal_code"] == "SW1A 1AA"
    theirs = vobject.readOne(cards.decode())
    assert theirs.version.value == "4.0"
    assert theirs.fn.value == "Canarina Canarison"
    assert theirs.tel.value == NUMBER
    assert theirs.email.value == MAIL


def person(**values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "names": [],
        "phones": [],
        "emails": [],
        "addresses": [],
        "organisation": "",
        "language": "",
        "birthday": "",
    }
    return {**empty, **values}


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120))
def test_no_value_begins_a_property_of_a_vcard(given_name: str, street: str, firm: str) -> None:
    found = vcard.cards(
        [
            person(
                names=[{"given": given_name, "family": firm}],
                addresses=[{"street": street}],
                organisation=firm,
                language=given_name,
                birthday=street,
                phones=[{"number": "+442079460123", "label": given_name}],
                emails=[firm],
            )
        ]
    )
    lines = found.split(b"\r\n")
    assert lines[-1] == b""
    allowed = tuple(
        b"BEGIN:VCARD VERSION:4.0 PRODID: FN: N: TEL; EMAIL: ADR: ORG: BDAY LANG: END:VCARD".split()
    )
    for line in lines[:-1]:
        assert len(line) <= 75
        assert line.startswith((b" ", *allowed))
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()
    assert sum(line == b"BEGIN:VCARD" for line in lines) == 1


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=200))
def test_a_text_is_unescaped_to_what_it_was(text: str) -> None:
    folded = vcard.folded(f"NOTE:{vcard.text(text)}")
    unfolded = folded.replace("\r\n ", "")
    plain = unfolded.removeprefix("NOTE:")
    back = plain.replace("\\\\", "\0").replace("\\,", ",").replace("\\;", ";")
    wanted = "".join(c for c in text if c not in "\x85\u2028\u2029")
    assert back.replace("\\n", "\n").replace("\0", "\\") == wanted


# -- tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\u200e=1",
        "\u202e=1",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        "=cmd|'/C calc'!A0",
        "x;=1+1",
        'x;"=1+1',
        "x\t=1",
        "x,=1",
        "x\n=1",
        "x|=1",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_cell_runs_as_a_formula_whatever_separates_the_cells(text: str, delimiter: str) -> None:
    found = tables.table(("a", text), [{"a": text, text: "plain"}])
    for row in csv.reader(io.StringIO(found, newline=""), delimiter=delimiter):
        for cell in row:
            for line in cell.replace("\r", "\n").split("\n"):
                bare = line.strip(' \t\u00a0\u200e\u202e"')
                assert not bare.startswith(tuple("=+-@＝＋－＠")), (delimiter, cell)


def test_the_names_of_the_files_are_fixed(made: MadeDesk, tmp_path: Path) -> None:
    brought = rich_person(made)
    change_profile(made, brought.known.subject_id, other={"=cmd|x": "1", "../../etc": "2"})
    again(made, brought.case)
    names = set(unpacked(fulfilled(made, brought.case.id, tmp_path / "a.zip")))
    fixed = {"answer.pdf", "answer.html", "answer.json", "schema.json", "contact.vcf"}
    assert names == fixed | set(tables.COLUMNS)


def test_every_fixed_word_of_an_answer_is_told_in_each_language(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = rich_person(made)
    shown: list[dict[str, Any]] = []

    def kept(kind: str, data: dict[str, Any]) -> bytes:
        shown.append(data)
        return b"%PDF"

    answering.fulfil(
        made.desk,
        made.handler,
        brought.case.id,
        tmp_path / "a.zip",
        renderer=kept,
        wording=documents.wording,
    )
    data = shown[0]
    fixed = {data["request"]["identity"], data["automated_decisions"], data["sources"][0]["what"]}
    fixed |= {row[key] for row in data["purposes"] for key in ("description", "data")}
    fixed |= {row[key] for row in data["retention"] for key in ("what", "how_long")}
    fixed |= {row[key] for row in data["searched"] for key in ("system", "what")}
    fixed |= {row[key] for row in data["recipients"] for key in ("role", "what", "why")}
    fixed |= {row["label"] for key in ("names", "contact_points") for row in data["held"][key]}
    fixed |= {row[key] for row in data["withheld"] for key in ("what", "why")}
    fixed |= {row[key] for row in data["rights"] for key in ("name", "meaning")}
    fixed |= {text for text in data["complaint"].values() if text}
    for law in rights_text.laws():
        fixed |= {pack.law_name(law), *(t for t in rights_text.complaint(law).values() if t)}
        fixed |= {text for row in rights_text.rights(law) for text in (row["name"], row["meaning"])}
    for language in ("de", "fr", "es", "it"):
        said = words(language)
        # The same in both languages: e-mail in Italian.
        untold = {text for text in fixed if said.says(text) == text} - {"e-mail"}
        assert untold == set(), language


HOSTILE = (
    "<script>alert(1)</script></style>{{ 7 * 191 }}{% raw %}=cmd|'/C calc'!A0"
    "\r\nTEL:+1\n\tEND:VCARD\u202egpj.exe\u2066;=1+1"
)


def test_a_hostile_value_in_every_field_harms_no_file(made: MadeDesk, tmp_path: Path) -> None:
    brought = rich_person(made)
    change_profile(
        made,
        brought.known.subject_id,
        names=[{"given": HOSTILE, "family": f"={HOSTILE}"}],
        addresses=[dict.fromkeys(HOME, HOSTILE)],
        birthday=HOSTILE,
        organisation=HOSTILE,
        language=HOSTILE,
        other={HOSTILE: HOSTILE, "=1": "@x"},
    )
    add_consent(made, brought.known, HOSTILE)
    again(made, brought.case)
    files = unpacked(released(made, brought.case.id, tmp_path / "a.zip"))
    page = files["answer.html"].decode()
    assert "<script" not in page
    assert page.count("<style>") == 1
    for text in (page, pdfs.text(files["answer.pdf"], tmp_path)):
        assert "1337" not in text
        assert "\u202e" not in text
    for name in tables.COLUMNS:
        for delimiter in ",;\t":
            rows = csv.reader(io.StringIO(files[name].decode(), newline=""), delimiter=delimiter)
            cells = [cell.strip(' \t"') for row in rows for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))]
    lines = files["contact.vcf"].split(b"\r\n")
    assert sum(line == b"END:VCARD" for line in lines) == 1
    assert sum(line.startswith(b"TEL") for line in lines) == 1
    found = json.loads(files["answer.json"])
    assert list(validator().iter_errors(found)) == []
    assert found["persons"][0]["names"][0]["given"] == HOSTILE, "for programs as it is held"


# -- archive and ways -----------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["7z", "bsdtar"])
def test_other_programs_open_the_archive_with_the_pass_phrase_only(
    tmp_path: Path, tool: str
) -> None:
    need(shutil.which(tool) is not None, f"{tool} is missing")
    (tmp_path / "a.zip").write_bytes(archive.sealed({"answer.json": b'{"x": 1}'}, "right"))

    def extract(passphrase: str) -> subprocess.CompletedProcess[bytes]:
        if tool == "7z":
            command = ["7z", "x", "-so", f"-p{passphrase}", "a.zip", "answer.json"]
        else:
            command = ["bsdtar", "-xOf", "a.zip", "--passphrase", passphrase, "answer.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)

    opened = extract("right")
    assert opened.returncode == 0
    assert opened.stdout == b'{"x": 1}'
    refused = extract("wrong")
    assert refused.returncode != 0
    assert b'"x"' not in refused.stdout


@pytest.mark.parametrize("way", [Way.EMAIL, Way.POST, Way.PORTAL])
def test_package_and_pass_phrase_never_go_by_the_same_way(
    made: MadeDesk, tmp_path: Path, way: Way
) -> None:
    brought = person_with(made, Kind.ACCESS)
    with pytest.raises(Denied, match="both go by"):
        released(made, brought.case.id, tmp_path / "a.zip", handing=Handing(way, way))
    assert not list(tmp_path.glob("a.zip*"))


def test_a_pass_phrase_by_post_is_a_letter_of_the_next_print_run(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = rich_person(made)
    ways = Handing(Way.EMAIL, Way.POST)
    done = released(made, brought.case.id, tmp_path / "a.zip", handing=ways)
    with made.desk.reading() as db:
        (letter,) = letter_store.listed(db, request_id=brought.case.id)
        entries = [json.loads(body) for _, body in made.desk.log.bodies(db)]
    assert (letter.kind, letter.form, letter.state) == ("package_passphrase", "post", "approved")
    (release,) = [entry for entry in entries if entry["action"] == "package.released"]
    assert release["fields"] == ["package:email", "passphrase:post"]
    assert find_leaks(tmp_path / "desk", (done.passphrase,)) == []
    acting = cast(Run, SimpleNamespace(desk=made.desk, actor=made.handler))
    press = Press(pdf_of(acting), lambda duplex: Joined(duplex=duplex))
    print_runs.make(made.desk, made.handler, tmp_path / "run.pdf", press)
    printed = pdfs.text((tmp_path / "run.pdf").read_bytes(), tmp_path)
    assert done.passphrase in printed
    assert "1 Main Street" in printed


def test_a_pass_phrase_that_was_not_printed_dies_with_the_copy(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = rich_person(made)
    ways = Handing(Way.EMAIL, Way.POST)
    released(made, brought.case.id, tmp_path / "a.zip", handing=ways)
    made.clock.advance(copies.LIFE)
    copies.sweep(made.desk, made.handler)
    with made.desk.reading() as db:
        (letter,) = letter_store.listed(db, request_id=brought.case.id)
    assert letter.state == "cancelled"
    assert print_runs.waiting(made.desk) == 0


def test_without_a_postal_address_no_pass_phrase_goes_by_post(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    with pytest.raises(BadInput, match="postal address"):
        released(made, brought.case.id, tmp_path / "a.zip", handing=Handing(Way.PORTAL, Way.POST))


# -- the desk's copy ------------------------------------------------------------------------


def test_the_same_bytes_are_handed_out_again_and_logged(store: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(store, Kind.ACCESS)
    first = fulfilled(store, brought.case.id, tmp_path / "a.zip")
    store.clock.advance(timedelta(days=29))
    done = copies.again(store.desk, store.handler, brought.case.id, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == (tmp_path / "a.zip").read_bytes()
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert done.sha256 == first.sha256
    with store.desk.reading() as db:
        entries = [json.loads(body) for _, body in store.desk.log.bodies(db)]
    again_ = [entry for entry in entries if entry["action"] == "package.released_again"]
    assert [entry["digest"] for entry in again_] == [first.sha256]
    with pytest.raises(BadInput, match="overwritten"):
        copies.again(store.desk, store.handler, brought.case.id, tmp_path / "b.zip")


def test_the_copy_dies_after_thirty_days_whether_work_ran_or_not(
    store: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(store, Kind.ACCESS)
    fulfilled(store, brought.case.id, tmp_path / "a.zip")
    with store.desk.reading() as db:
        copy = copy_store.latest(db, brought.case.id)
    assert copy is not None
    store.clock.advance(timedelta(days=30))
    with pytest.raises(Denied, match="died at 2026-12-18"):
        copies.again(store.desk, store.handler, brought.case.id, tmp_path / "b.zip")
    assert copies.due(store.desk) == 1
    assert copies.sweep(store.desk, store.handler) == 1
    assert (copies.due(store.desk), copies.sweep(store.desk, store.handler)) == (0, 0)
    assert keys_left(store.desk.vault, [copy.holder_id], [KeyClass.CASE]) == 0
    with store.desk.reading() as db:
        dead = copy_store.latest(db, brought.case.id)
    assert dead is not None
    assert dead.content is None
    with pytest.raises(Denied, match="died at 2026-12-18"):
        copies.again(store.desk, store.handler, brought.case.id, tmp_path / "b.zip")
    assert not list(tmp_path.glob("b.zip*"))


def test_a_key_that_outlived_its_copy_is_destroyed_later(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    fulfilled(made, brought.case.id, tmp_path / "a.zip")
    with made.desk.reading() as db:
        copy = copy_store.latest(db, brought.case.id)
    assert copy is not None

    def crashed(unit: Any) -> None:
        copy_store.destroy(unit, [copy.holder_id])
        unit.append("test.changed", "dpo")

    made.desk.write(crashed)
    assert copies.due(made.desk) == 1
    copies.sweep(made.desk, made.handler)
    assert keys_left(made.desk.vault, [copy.holder_id], [KeyClass.CASE]) == 0


def test_an_erasure_destroys_the_copy_at_once(store: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(store, Kind.ACCESS)
    fulfilled(store, brought.case.id, tmp_path / "a.zip")
    with store.desk.reading() as db:
        copy = copy_store.latest(db, brought.case.id)
    assert copy is not None
    case = approved(store, Kind.ERASURE)
    erasure.run(store.desk, store.handler, case.id)
    assert keys_left(store.desk.vault, [copy.holder_id], [KeyClass.CASE]) == 0
    with store.desk.reading() as db:
        gone = copy_store.latest(db, brought.case.id)
    assert gone is not None
    assert (gone.content, gone.destroyed_at) == (None, store.desk.now())
    with pytest.raises((Denied, NotNow)):
        copies.again(store.desk, store.handler, brought.case.id, tmp_path / "b.zip")


def test_the_end_of_the_account_destroys_the_copy_at_once(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    fulfilled(made, brought.case.id, tmp_path / "a.zip")
    today = made.desk.now().date()
    person_id = brought.known.subject_id
    retention.record_day(
        made.desk, made.dpo, person_id, Start.CONTRACT_END, today + timedelta(days=9)
    )
    with made.desk.reading() as db:
        assert copy_store.living(db) == 1, "an end to come ends nothing yet"
    retention.record_day(made.desk, made.dpo, person_id, Start.CONTRACT_END, today)
    with made.desk.reading() as db:
        assert copy_store.living(db) == 0


def test_what_was_never_released_is_not_handed_out_again(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    with pytest.raises(NotFound):
        copies.again(made.desk, made.handler, brought.case.id, tmp_path / "b.zip")


def test_after_a_merge_the_copy_goes_to_nobody(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    fulfilled(made, brought.case.id, tmp_path / "a.zip")
    merge(made.desk, brought.known, add_person(made.desk, "+442079460777", "work@example.com"))
    with pytest.raises(NotNow, match="merge"):
        copies.again(made.desk, made.handler, brought.case.id, tmp_path / "b.zip")
    assert not list(tmp_path.glob("b.zip*"))


def test_the_copy_lies_sealed_and_the_log_has_it_before_the_file_has_its_name(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = person_with(made, Kind.ACCESS)
    done = fulfilled(made, brought.case.id, tmp_path.parent / f"{tmp_path.name}-a.zip")
    assert find_leaks(tmp_path, (NUMBER, MAIL, done.passphrase)) == []

    def broken(path: Path) -> None:
        with made.desk.reading() as db:
            actions = [json.loads(body)["action"] for _, body in made.desk.log.bodies(db)]
        assert "package.released_again" in actions
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "complete", broken)
    with pytest.raises(KeyboardInterrupt):
        copies.again(made.desk, made.handler, brought.case.id, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_portability_has_the_same_schema_and_less_in_it(made: MadeDesk, tmp_path: Path) -> None:
    brought = rich_person(made, Kind.PORTABILITY)
    done = fulfilled(made, brought.case.id, tmp_path / "a.zip")
    files = unpacked(done)
    assert "answer.pdf" not in files
    assert "answer.html" not in files
    assert b"Canarina" in files["contact.vcf"]
    found = answer(done)
    assert found["persons"][0]["opted_out"] == []
    assert "line" not in found["persons"][0]["phones"][0]
    with made.desk.reading() as db:
        assert store.released(db, brought.case.id, store.case(db, brought.case.id).approved_seq)
