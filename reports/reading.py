"""Reads a document of ours again and checks it against itself.

Nothing here trusts the file: what it carries is taken out with bounds, digests
are computed again, and the whole document is made again from its own data. Only
files made by this package are read; a PDF of another maker is refused.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from privacy.errors import Altered, BadFacts, BadInput
from reports import annex, look
from reports.canonical import canonical, sha256_hex
from reports.render import DOCUMENT_SCHEMA, Anchor, Seal, made_with, render, report_of

MOST_BYTES = 256 * 1024 * 1024
EMBEDDED = re.compile(rb"/Type /EmbeddedFile.{0,600}?>>\s*stream\r?\n", re.DOTALL)


@dataclass(frozen=True)
class Verified:
    """What a document says of itself and holds.

    `same_bytes` is False if making it again here gives another file: the pages
    were changed, or they were made with other versions of the libraries, which
    `same_versions` tells. `seal` is what the document says of its signature.
    """

    kind: str
    document_id: str
    data_sha256: str
    made_at: datetime
    classification: str
    anchor: Anchor
    seal: Seal | None
    figures: dict[str, object]
    same_bytes: bool
    same_versions: bool


@dataclass(frozen=True)
class Attached:
    """The exact bytes of what a document carries; `annexes` in the order of the file."""

    data: bytes
    document: bytes
    annexes: tuple[bytes, ...]


def attachments(pdf: bytes) -> tuple[bytes, bytes]:
    """The exact bytes of `data.json` and of `document.json`. Raises BadInput."""
    found = attached(pdf)
    return found.data, found.document


def attached(pdf: bytes) -> Attached:
    """Everything that the document carries. Raises BadInput."""
    found = [_inflated(pdf, match.end()) for match in EMBEDDED.finditer(pdf)]
    named = [(_schema(content), content) for content in found]
    documents = [content for schema, content in named if schema == DOCUMENT_SCHEMA]
    datas = [content for schema, content in named if schema not in (DOCUMENT_SCHEMA, "")]
    if not pdf.startswith(b"%PDF-") or len(documents) != 1 or len(datas) != 1:
        raise BadInput(
            "The file is not a document of this package: it does not carry its data.",
            what="document",
            next="Give a PDF that `rightsdesk report` made, as it was made.",
        )
    return Attached(datas[0], documents[0], tuple(each for schema, each in named if not schema))


def verify(pdf: bytes) -> Verified:
    """Check digests and form, compute the figures and make the document again.

    Raises BadInput for another file, and Altered where its parts contradict each other.
    """
    carried = attached(pdf)
    content, envelope_bytes = carried.data, carried.document
    try:
        data = cast(dict[str, Any], json.loads(content))
        envelope = cast(dict[str, Any], json.loads(envelope_bytes))
        stated = Anchor(**envelope["anchor"])
        seal = Seal(**envelope["signature"]) if "signature" in envelope else None
        looks = look.of_document(envelope["look"])
        made_at = datetime.fromisoformat(envelope["made_at"])
        kind, classification = str(envelope["kind"]), str(envelope["classification"])
        holds = canonical(data) == content and canonical(envelope) == envelope_bytes
        holds = holds and envelope["data_sha256"] == sha256_hex(content)
        report = report_of(kind)
        figures = cast(dict[str, object], report.figures(report.checked(data)))
    except (ValueError, KeyError, TypeError, AttributeError, BadFacts, BadInput):
        raise altered() from None
    if not holds:
        raise altered()
    files = annex.verified(data.get("annexes", []), carried.annexes)
    if hasattr(report, "contradictions") and report.contradictions(data, files):
        raise altered()
    again = render(
        kind,
        data,
        made_at=made_at,
        anchor=stated,
        classification=classification,
        seal=seal,
        look=looks,
        annexes=files,
    )
    return Verified(
        kind=kind,
        document_id=f"{report.PREFIX}-{sha256_hex(envelope_bytes)[:16]}",
        data_sha256=sha256_hex(content),
        made_at=made_at,
        classification=classification,
        anchor=stated,
        seal=seal,
        figures=figures,
        same_bytes=again.pdf == pdf,
        same_versions=envelope.get("made_with") == made_with(),
    )


def _inflated(pdf: bytes, start: int) -> bytes:
    """The stream that begins at `start`; b"" if it is not one of ours or too large."""
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(pdf[start:], MOST_BYTES)
    except zlib.error:
        return b""
    return content if inflate.eof else b""


def _schema(content: bytes) -> str:
    try:
        read = json.loads(content)
    except ValueError:
        return ""
    return str(read.get("schema", "")) if isinstance(read, dict) else ""


def altered() -> Altered:
    """The error of a document whose parts do not fit."""
    return Altered(
        "The document contradicts itself: its data, its digest or its form do not fit.",
        what="document",
        next="Ask whoever made it for the original; do not rely on this copy.",
    )
