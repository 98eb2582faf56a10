"""What kind of file lies there, and how its text is encoded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.contacts.files import look_at
from privacy.errors import BadInput

TEXT = "name,email\nZoë Straßer,zoe@example.com\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_unicode_is_known_by_mark_or_by_its_zeros(
    tmp_path: Path, encoding: str, found: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(TEXT.encode(encoding))
    looked = look_at(path)
    assert looked.encoding == found
    assert not looked.guessed or encoding in ("utf-16-le", "utf-16-be")
    with looked.open() as text:
        assert text.read() == TEXT


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Prénom;Nom\nZoë;Façade\nLéo;Hélène\nAgnès;Créteil\nIrène;Noël\n" * 5, "cp1252"),
        ("Имя;Фамилия\nАнна;Выдумкина\nИван;Придуманный\nОльга;Небылова\n" * 5, "cp1251"),
    ],
)
def test_an_older_encoding_is_guessed_and_can_be_told(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    looked = look_at(path)
    assert looked.guessed
    with looked.open() as file:
        assert file.read() == text
    assert look_at(path, encoding).encoding == encoding


def test_the_region_of_a_list_helps_the_guess(tmp_path: Path) -> None:
    text = "Jméno;Příjmení\nJiří;Vymyšlený\nŽofie;Dvořáková\nŘehoř;Šťastný\nMiloš;Černý\n" * 5
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode("cp1250"))
    with look_at(path, region="CZ").open() as file:
        assert file.read() == text


def test_a_workbook_named_csv_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    path.write_bytes(content.getvalue())
    with pytest.raises(BadInput, match="ZIP archive") as refusal:
        look_at(path)
    assert refusal.value.exit_code == 2
    assert "customers" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x1f\x8b\x08\x00", "a gzip file"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xx", "an old Excel"),
        (b"a,b\x00\x01\x02\x00\x00\x00\xff\xfe\x00", "binary data"),
    ],
)
def test_other_binaries_say_what_they_are(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=name):
        look_at(path)


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(BadInput, match="empty"):
        look_at(tmp_path / "empty.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        look_at(tmp_path / "none.csv")
    (tmp_path / "list.csv").write_text(TEXT)
    with pytest.raises(BadInput, match="no such encoding"):
        look_at(tmp_path / "list.csv", "no-such")


@given(content=st.binary(min_size=1, max_size=400))
def test_any_bytes_are_text_or_our_own_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x"
    path.write_bytes(content)
    try:
        looked = look_at(path)
    except BadInput:
        return
    with looked.open() as text:
        text.read()
