"""How somebody may change a signed report; each gives a file that a reader opens."""

from __future__ import annotations

import os
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from privacy.vault import report_key
from privacy.vault.custody import Kdf, PassphraseFiles
from reports.signing import identities
from reports.signing.identities import Identity
from reports.signing.revisions import first_revision

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OVERLAY = b"q 1 1 1 rg 40 40 500 760 re f Q BT /F1 30 Tf 60 700 Td (Paid in full) Tj ET"


def stranger(folder: Any) -> Identity:
    """Somebody else's self-issued certificate, with the same names in it."""
    custody = PassphraseFiles.make(
        folder / "stranger", b"another passphrase", b"d-stranger", kdf=Kdf(1, 1, 64)
    )
    key = report_key.make(
        folder / "stranger",
        custody,
        organisation="Example Retail",
        desk_id="d-stranger",
        now=AT - timedelta(days=1),
    )
    return identities.own(key.certificate, key.private_key(custody))


def other_key() -> bytes:
    """A private key that belongs to no certificate, as PKCS#8."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def flipped(pdf: bytes, at: int) -> bytes:
    """One bit of one byte changed."""
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def with_page(pdf: bytes) -> bytes:
    """A new page behind the others."""
    writer = _writer(pdf)
    page = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Page"),
            generic.pdf_name("/MediaBox"): generic.ArrayObject(
                map(generic.NumberObject, (0, 0, 595, 842))
            ),
            generic.pdf_name("/Parent"): writer.root.raw_get("/Pages"),
        }
    )
    pages = writer.root["/Pages"]
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = generic.NumberObject(int(pages["/Count"]) + 1)
    writer.update_container(pages)
    return _written(writer)


def with_overlay(pdf: bytes) -> bytes:
    """Something painted over the first page."""
    writer = _writer(pdf)
    page = writer.root["/Pages"]["/Kids"][0]
    painted = writer.add_object(generic.StreamObject(stream_data=OVERLAY))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), painted])
    writer.update_container(page)
    return _written(writer)


def with_replaced_contents(pdf: bytes) -> bytes:
    """The first page's own stream exchanged under its number."""
    writer = _writer(pdf)
    stream = writer.root["/Pages"]["/Kids"][0]["/Contents"]
    stream._data = OVERLAY
    stream._encoded_data = zlib.compress(OVERLAY)
    writer.update_container(stream)
    return _written(writer)


def with_annotation(pdf: bytes) -> bytes:
    """A note that lies over the first page."""
    writer = _writer(pdf)
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(
                map(generic.NumberObject, (40, 40, 500, 760))
            ),
            generic.pdf_name("/Contents"): generic.pdf_string("Paid in full"),
        }
    )
    if "/Annots" not in page:
        page["/Annots"] = generic.ArrayObject()
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page)
    return _written(writer)


def with_script(pdf: bytes) -> bytes:
    """Something that runs when the file is opened."""
    writer = _writer(pdf)
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {
            generic.pdf_name("/S"): generic.pdf_name("/JavaScript"),
            generic.pdf_name("/JS"): generic.pdf_string("app.alert(1)"),
        }
    )
    writer.update_root()
    return _written(writer)


def with_other_title(pdf: bytes) -> bytes:
    """Another title in the window's bar."""
    writer = _writer(pdf)
    info = writer.trailer["/Info"]
    info["/Title"] = generic.pdf_string("Paid in full")
    writer.update_container(info)
    return _written(writer)


def with_other_attachment(pdf: bytes) -> bytes:
    """The name data.json made to lead to other data."""
    writer = _writer(pdf)
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    file = names[1]["/EF"]["/F"]
    file._data = b'{"schema":"other"}'
    file._encoded_data = zlib.compress(b'{"schema":"other"}')
    writer.update_container(file)
    return _written(writer)


def with_nothing(pdf: bytes) -> bytes:
    """An update that says nothing at all, behind the signature."""
    writer = _writer(pdf)
    writer.add_object(generic.DictionaryObject())
    return _written(writer)


def stripped(pdf: bytes) -> bytes:
    """The document without its signature."""
    return first_revision(pdf)


UPDATES = {
    "a new page": with_page,
    "an overlay": with_overlay,
    "other contents": with_replaced_contents,
    "an annotation": with_annotation,
    "a script": with_script,
    "another title": with_other_title,
    "another attachment": with_other_attachment,
    "an empty update": with_nothing,
}


def _writer(pdf: bytes) -> Any:
    return IncrementalPdfFileWriter(BytesIO(pdf))


def _written(writer: Any) -> bytes:
    writer._update_meta = lambda: None
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def noise(size: int) -> bytes:
    """Bytes without a meaning."""
    return os.urandom(size)
