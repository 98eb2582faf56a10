"""Other people in an answer: found where the desk knows them, marked where it does not."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import pyzipper
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from privacy.cli.documents import renderer, wording
from privacy.consent import suppression
from privacy.errors import BadInput, NotFound
from privacy.rights import answering, planning
from privacy.rights.answer_data import Renderer
from privacy.rights.case import Kind, NotNow
from privacy.rights.package import marks, reading_text, redaction
from privacy.rights.package.redaction import Others
from reports.answer_view import view
from tests.canaries import forms
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person
from tests.reports import pdfs
from tests.rights.calls import add_call, add_consent
from tests.rights.flows import NUMBER, again, opened, person_with
from tests.rights.packages import change_profile
from tests.rights.test_access import answer, fulfilled, unpacked

MARK = redaction.MARK
# Third parties; every one of these values is a canary.
GIVEN, FAMILY = "Zebulonia", "Quackenbushel"
THIRD_MAIL = "qx71.writer@canary.example"
THIRD_NUMBER = "+442079460999"
FORMATTED = (
    "+442079460999",
    "+44 20 7946 0999",
    "020 7946 0999",
    "(020) 7946-0999",
    "0044 20 7946 0999",
    "020.7946.0999",
    "+44 (0)20 7946 0999",
    "442079460999",
    "02079460999",
)


def others(**values: set[str]) -> Others:
    return Others(**{key: frozenset(each) for key, each in values.items()})


@pytest.mark.parametrize("written", FORMATTED)
@pytest.mark.parametrize("around", ["{}", "call {} please", "ref 17, {}; 12.03.2026", "Tel.{}x"])
def test_a_number_is_found_however_it_is_written(written: str, around: str) -> None:
    found = reading_text.numbers_in(around.format(written), ("GB",))
    assert any(THIRD_NUMBER in read for read in found.values())


@given(st.text(max_size=300), st.lists(st.sampled_from(["GB", "DE", "US", ""]), max_size=3))
def test_no_text_breaks_the_search(text: str, regions: list[str]) -> None:
    reading_text.numbers_in(text, regions)
    reading_text.mails_in(text)
    reading_text.words_in(text)


def with_third_party(made: MadeDesk, shared: bool, postcode: str = "SW1A 1AA") -> Any:
    number = NUMBER if shared else THIRD_NUMBER
    known = add_person(made.desk, number, THIRD_MAIL, family=FAMILY, postal_code=postcode)
    change_profile(
        made,
        known.subject_id,
        names=[{"given": GIVEN, "family": FAMILY}],
        surname_key=f"{FAMILY.upper()}|SW1",
    )
    made.desk.vault.add_indexes(
        [("surname", f"{FAMILY.upper()}|SW1", known.subject_id, known.subject_id)]
    )
    return known


def pieces(released_files: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Every file of a package with what is packed or drawn inside it."""
    found = dict(released_files)
    if found.get("answer.pdf", b"").startswith(b"%PDF"):
        found["answer.pdf, text"] = pdfs.text(found["answer.pdf"], folder).encode()
        with pikepdf.open(io.BytesIO(found["answer.pdf"])) as pdf:
            for name, attached in pdf.attachments.items():
                found[f"answer.pdf, {name}"] = attached.get_file().read_bytes()
    return found


def leaks(path: Path, passphrase: str, canaries: list[str]) -> list[str]:
    with pyzipper.AESZipFile(path) as archive:
        archive.setpassword(passphrase.encode())
        files = {name: archive.read(name) for name in archive.namelist()}
    assert zipfile.is_zipfile(path)
    contents = pieces(files, path.parent) | {"names": "\n".join(files).encode()}
    return [
        f"{canary} in {name} as {form}"
        for name, content in contents.items()
        for canary in canaries
        for form, needle in forms(canary)
        if needle.lower() in content.lower()
    ]


@pytest.mark.parametrize(
    "text",
    [
        "BOB@Example.ORG",
        "bob+news@example.org",
        "mailto:bob@example.org?subject=x",
        "see https://example.com/?to=bob@example.org",
        "\u201ebob@example.org\u201c",
        "bob (at) example [dot] org",
        "bob@ example.org",
        "bob\uff20example.org",
        "020\u202f7946\u202f0999",
        "020_7946_0999",
        "020\n7946\n0999",
        "M\u00fcllers Hund",
        "Frau Mueller",
        "MU\u0308LLER-Quack",
        "Mul\u00adler",
    ],
)
def test_somebody_else_is_found_in_other_ways_of_writing(text: str) -> None:
    known = others(
        mails={"bob@example.org"},
        numbers={THIRD_NUMBER},
        words=set(redaction.name_words([{"family": "M\u00fcller"}])),
    )
    spans = redaction._spans(text, known, ("GB",), redaction.NOTHING)
    assert spans


def test_the_person_s_own_name_and_mailbox_stay_beside_a_namesake_s() -> None:
    known = others(words={"peter"}, own={"peters", "anna"}, mails={"anna+shop@example.org"})
    text = "Anna Peters, anna@example.org, with Peter"
    spans = redaction._spans(text, known, (), redaction.NOTHING)
    assert [text[start:end] for start, end in spans] == ["Peter"]


notes = st.lists(
    st.sampled_from(
        [
            f"spoke to {GIVEN} {FAMILY}",
            f"spoke to {FAMILY}, {GIVEN}",
            f"partner: {GIVEN.upper()} {FAMILY.upper()}",
            f"Mrs {FAMILY} wants no calls",
            f"mail {THIRD_MAIL}",
            f"<{THIRD_MAIL.upper()}>",
            *(f"call {each} after six" for each in FORMATTED),
            "no note",
            "=HYPERLINK(1)",
            "<b>bold</b>",
            "12.03.2026, order 4711-0815",
        ]
    ),
    min_size=1,
    max_size=4,
).map(" / ".join)


@settings(
    max_examples=8,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(
    column=notes,
    said=notes,
    words=notes,
    street=notes,
    label=st.sampled_from(["notes", f"partner {GIVEN} {FAMILY}", THIRD_MAIL, THIRD_NUMBER]),
    shared=st.booleans(),
)
def test_no_canary_of_a_third_party_is_in_any_file_of_a_package(
    column: str, said: str, words: str, street: str, label: str, shared: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make_desk(Path(folder))
        try:
            told = Told(column, said, words, street, label, shared)
            _answered_without_canary(made, Path(folder), told, view_only)
        finally:
            made.desk.close()


@pytest.mark.parametrize("shared", [True, False])
def test_no_canary_of_a_third_party_is_in_the_pdf(
    made: MadeDesk, tmp_path: Path, shared: bool
) -> None:
    column = f"{GIVEN} {FAMILY} {THIRD_MAIL}"
    told = Told(
        column if shared else f"{column} {' / '.join(FORMATTED)}",
        f"I am with {GIVEN} {FAMILY}",
        f"ask {THIRD_MAIL}",
        f"c/o {GIVEN} {FAMILY}, 1 Main Street",
        "notes",
        shared,
    )
    _answered_without_canary(made, tmp_path, told, renderer(made.desk))


@dataclass(frozen=True)
class Told:
    """What stands about somebody else in the texts of the person who asks."""

    column: str
    said: str
    words: str
    street: str
    label: str
    shared: bool


def view_only(kind: str, data: dict[str, Any]) -> bytes:
    """The page is real; for the PDF stands its data."""
    return view(data) if kind == "access-view" else json.dumps(data).encode()


def _answered_without_canary(made: MadeDesk, folder: Path, told: Told, rendered: Renderer) -> None:
    brought = person_with(made, Kind.ACCESS)
    third = with_third_party(made, told.shared)
    add_consent(made, third, f"I am {GIVEN} {FAMILY}")
    add_consent(made, brought.known, told.said)
    add_call(made, third, NUMBER if told.shared else THIRD_NUMBER)
    for known in (third, brought.known):
        suppression.opt_out(
            made.desk,
            made.dpo,
            phone=NUMBER if told.shared or known is brought.known else THIRD_NUMBER,
            source="call",
            words=told.words.encode(),
            holder_id=known.subject_id,
        )
    change_profile(
        made,
        brought.known.subject_id,
        addresses=[{"street": told.street, "locality": "London", "postal_code": "SW1A 1AA"}],
        organisation=told.column,
        other={told.label: told.column, "second": told.said},
    )
    again(made, brought.case)
    done = answering.fulfil(
        made.desk,
        made.handler,
        brought.case.id,
        folder / "a.zip",
        renderer=rendered,
        wording=wording,
    )
    canaries = [GIVEN, FAMILY, THIRD_MAIL]
    if not told.shared:
        canaries += FORMATTED
    assert leaks(done.path, done.passphrase, canaries) == []


def test_what_was_replaced_is_counted_with_its_ground(made: MadeDesk, tmp_path: Path) -> None:
    brought = person_with(made, Kind.ACCESS)
    with_third_party(made, shared=False)
    change_profile(
        made,
        brought.known.subject_id,
        other={"notes": f"{GIVEN} {FAMILY} ({THIRD_MAIL}) pays; own number {NUMBER}"},
    )
    again(made, brought.case)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    (note,) = [item["value"] for item in found["held"]["other"] if item["label"] == "notes"]
    assert note == f"{MARK} ({MARK}) pays; own number {NUMBER}"
    (line,) = [row for row in found["withheld"] if "other people" in row["what"]]
    assert "2 replaced" in line["what"]
    assert line["citation"] == "GDPR Art. 15(4), recital 63"
    assert found["persons"][0]["other"]["notes"] == note


def test_what_nobody_knows_and_what_is_the_person_s_own_stays(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    text = f"Canarina Canarison, {NUMBER}, ask Nobody Inparticular at 020 7946 0555"
    change_profile(made, brought.known.subject_id, other={"notes": text})
    again(made, brought.case)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    assert text in {item["value"] for item in found["held"]["other"]}
    assert not [row for row in found["withheld"] if "other people" in row["what"]]


def test_a_name_in_small_letters_is_taken_for_a_word_unless_the_person_is_near() -> None:
    text = "the baker will come, says Baker"
    found = redaction._spans(text, others(likely={"baker"}), (), redaction.NOTHING)
    assert [text[start:end] for start, end in found] == ["Baker"]
    found = redaction._spans(text, others(words={"baker"}), (), redaction.NOTHING)
    assert len(found) == 2


# -- marks of staff -------------------------------------------------------------------------


def noted(made: MadeDesk) -> Any:
    brought = person_with(made, Kind.ACCESS)
    change_profile(
        made,
        brought.known.subject_id,
        other={"notes": "seen with Hieronymus  Unknownson", "private": "about his wife"},
    )
    again(made, brought.case)
    return brought


def test_a_marked_field_and_marked_words_are_left_out_with_their_ground(
    store: MadeDesk, tmp_path: Path
) -> None:
    brought = noted(store)
    marks.mark(store.desk, store.handler, brought.case.id, field="private", ground="eu.15.4")
    marks.mark(
        store.desk, store.handler, brought.case.id, words="Hieronymus Unknownson", ground="eu.15.4"
    )
    again(store, brought.case)
    files = unpacked(fulfilled(store, brought.case.id, tmp_path / "a.zip"))
    content = b"".join(files.values())
    for value in (b"about his wife", b"Hieronymus", b"Unknownson"):
        assert value not in content
    found = json.loads(files["answer.json"])
    assert f"seen with {MARK}" in {item["value"] for item in found["held"]["other"]}
    assert ("private", "GDPR Art. 15(4)") in {
        (row["what"], row["citation"]) for row in found["withheld"]
    }


def test_a_mark_after_the_approval_makes_the_plan_void(made: MadeDesk, tmp_path: Path) -> None:
    brought = noted(made)
    marks.mark(made.desk, made.handler, brought.case.id, field="private", ground="eu.15.4")
    with pytest.raises(NotNow, match="redactions"):
        fulfilled(made, brought.case.id, tmp_path / "a.zip")
    planned = planning.make_plan(made.desk, made.handler, brought.case.id)
    assert [each["ground"] for each in planned["redactions"]["marks"]] == ["eu.15.4"]
    assert "private" not in json.dumps(planned["redactions"]), "what it names is sealed"


def test_a_mark_can_be_taken_back(made: MadeDesk, tmp_path: Path) -> None:
    brought = noted(made)
    seq = marks.mark(made.desk, made.handler, brought.case.id, field="private", ground="eu.15.4")
    marks.unmark(made.desk, made.handler, brought.case.id, seq)
    assert marks.listed(made.desk, made.handler, brought.case.id) == []
    with pytest.raises(NotFound):
        marks.unmark(made.desk, made.handler, brought.case.id, seq)
    found = answer(fulfilled(made, brought.case.id, tmp_path / "a.zip"))
    assert "about his wife" in {item["value"] for item in found["held"]["other"]}


def test_a_mark_needs_one_thing_a_ground_and_an_open_answer(made: MadeDesk, tmp_path: Path) -> None:
    brought = noted(made)
    for wrong in ({}, {"field": "a", "words": "b"}, {"field": " "}):
        with pytest.raises(BadInput):
            marks.mark(made.desk, made.handler, brought.case.id, ground="eu.15.4", **wrong)
    for ground in ("no.such", "eu.12.5.excessive"):
        with pytest.raises(BadInput):
            marks.mark(made.desk, made.handler, brought.case.id, field="a", ground=ground)
    erasing = opened(made.desk, made.handler, Kind.ERASURE)
    with pytest.raises(BadInput):
        marks.mark(made.desk, made.handler, erasing.id, field="a", ground="eu.15.4")
    fulfilled(made, brought.case.id, tmp_path / "a.zip")
    with pytest.raises(NotNow):
        marks.mark(made.desk, made.handler, brought.case.id, field="a", ground="eu.15.4")
