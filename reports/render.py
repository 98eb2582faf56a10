"""One way to make a document: typed data in, one archive PDF out, nothing from outside.

The same data, instant, anchor and classification give the same bytes. The PDF
carries the canonical JSON of its data (`data.json`) and what else went into it
(`document.json`); the footer of each page names the document and the data's
digest, the last page the whole digest and the log anchor. WeasyPrint is loaded
by the first rendering, not by importing this module.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module, metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, cast

from privacy.clock import rfc3339
from privacy.errors import BadInput, Fault
from reports import annex, qr
from reports.canonical import canonical, sha256_hex
from reports.look import Look
from reports.parts import marker_line
from reports.templating import environment
from reports.wording import ENGLISH, Words, words

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

KINDS: dict[str, str] = {
    "access-answer": "reports.access_answer",
    "erasure-certificate": "reports.erasure_certificate",
    "campaign-compliance": "reports.campaign_compliance",
    "request-register": "reports.request_register",
    "log-verification": "reports.log_verification",
    "records-controller": "reports.records_controller",
    "records-processor": "reports.records_processor",
    "dpia": "reports.dpia",
    "legitimate-interest": "reports.legitimate_interest",
    "requests-performance": "reports.requests_performance",
    "calling-compliance": "reports.calling_compliance",
    "do-not-call-policy": "reports.do_not_call_policy",
    "data-protection-audit": "reports.data_protection_audit",
    "board": "reports.board",
    "consent-audit": "reports.consent_audit",
    "number-dossier": "reports.number_dossier",
    "who-called": "reports.who_called",
    "breach-notification": "reports.breach_notification",
    "breach-register": "reports.breach_register",
    "vendor-calls": "reports.vendor_calls",
    "vendor-due-diligence": "reports.vendor_due_diligence",
    "vendor-comparison": "reports.vendor_comparison",
}
REPORT_STYLE = "report.css"
DOCUMENT_SCHEMA = "rightsdesk.document/1"
TEMPLATES_VERSION = 2
"""Grows when the look or the wording of a document changes."""

PLAIN = Look()
NO_FILES: Mapping[str, tuple[bytes, str]] = MappingProxyType({})
OWN_FILES = ("data.json", "document.json")
NO_ANNEXES: Mapping[str, bytes] = MappingProxyType({})
ISOLATED = Path(__file__).parent / "assets" / "fonts.conf"
one_at_a_time = threading.Lock()
"""WeasyPrint and Pango are not safe in two threads."""


@dataclass(frozen=True)
class Anchor:
    """The checkpoint of the audit log that a document names.

    `tail_entries` counts entries that the log had beyond the checkpoint, None if not known.
    """

    origin: str
    size: int
    root_b64: str
    key_id: str
    tail_entries: int | None = None


SELF_MADE = "self-made"


@dataclass(frozen=True)
class Seal:
    """How a document will be signed, as its last page says; the signature follows it.

    `issuer` is "" for a certificate issued to itself; `stamp` is "" where no time stamp is
    made, SELF_MADE where the organisation makes it itself, else the authority's host.
    """

    level: str
    certificate_sha256: str
    issuer: str = ""
    stamp: str = ""

    def shown(self, w: Words) -> str:
        """One line in the document's language."""
        certificate = w("certificate_by", issuer=self.issuer) if self.issuer else ""
        stamp = w("stamp_own") if self.stamp == SELF_MADE else w("stamp_by", host=self.stamp)
        return w(
            "signed_how",
            level=self.level,
            certificate=certificate or w("certificate_own"),
            stamp=stamp if self.stamp else w("stamp_none"),
        )


@dataclass(frozen=True)
class Document:
    """A finished document. `document_id` and `data_sha256` stand on each of its pages."""

    pdf: bytes
    document_id: str
    data_sha256: str


@dataclass(frozen=True)
class Prepared:
    """A document before it is laid out: its two attachments, its id, the page's variables."""

    content: bytes
    envelope: bytes
    document_id: str
    page: dict[str, object]


def render(
    kind: str,
    data: dict[str, object],
    *,
    made_at: datetime,
    anchor: Anchor,
    classification: str,
    seal: Seal | None = None,
    look: Look = PLAIN,
    annexes: Mapping[str, bytes] = NO_ANNEXES,
) -> Document:
    """Make the document of a kind (see KINDS) from data in the form its module documents.

    `made_at` is aware; `classification` a word or line for the head of each page; `seal` says
    how it will be signed, None for a document that nobody signs; `look` is the paper and the
    organisation's brand; `annexes` are the files that the data's annexes speak of, by name.
    Raises BadInput for an unknown kind, BadFacts for data of another form, and
    Fault if a template is not fit.
    """
    ready = prepared(kind, data, made_at, anchor, classification, seal, look)
    held = cast(list[annex.Annex], data.get("annexes", []))
    annex.check_files(held, annexes)
    html = environment().get_template(f"{kind}.html").render(layout="base.html", **ready.page)
    attached = {
        "data.json": (ready.content, "All data of this document, canonical JSON (RFC 8785)"),
        "document.json": (ready.envelope, "What else the document was made from"),
        **{each["name"]: (annexes[each["name"]], each["what"]) for each in held},
    }
    pdf = to_pdf(html, attached, made_at, files=look.files)
    return Document(pdf, ready.document_id, sha256_hex(ready.content))


def prepared(
    kind: str,
    data: dict[str, object],
    made_at: datetime,
    anchor: Anchor,
    classification: str,
    seal: Seal | None,
    look: Look,
) -> Prepared:
    """Everything that goes into a document before it is laid out. Raises as `render`."""
    report = report_of(kind)
    content = canonical(data)
    checked = report.checked(data)
    envelope = _envelope(kind, sha256_hex(content), made_at, anchor, classification)
    envelope["look"] = look.document()
    if seal is not None:
        envelope["signature"] = asdict(seal)
    document_id = f"{report.PREFIX}-{sha256_hex(canonical(envelope))[:16]}"
    said = words(checked.get("language", ENGLISH))
    titled = getattr(report, "title_in", lambda _: said("title"))
    title = titled(checked["language"]) if "language" in checked else report.TITLE
    page: dict[str, object] = {
        "w": said,
        "data": checked,
        "figures": report.figures(checked),
        "charts": report.drawings(checked),
        "paper_rows": getattr(report, "PAPER_ROWS", None),
        "title": f"{title} – {report.subject(checked)}",
        "heading": title,
        "document": {**envelope, "id": document_id},
        "look": look,
        "code": qr.drawn(
            qr.text(document_id, sha256_hex(content), anchor),
            said("code"),
            getattr(report, "MODULE_MM", qr.MODULE_MM),
        ),
        "signed_how": "" if seal is None else seal.shown(said),
        "marker": marker_line(checked["marker"]),
    }
    return Prepared(content, canonical(envelope), document_id, page)


def report_of(kind: str) -> ModuleType:
    """The module of a kind of report. Raises BadInput."""
    if kind not in KINDS:
        raise BadInput(
            "There is no report of that kind.", what=kind, next=f"Known: {', '.join(KINDS)}."
        )
    return import_module(KINDS[kind])


def _envelope(
    kind: str, data_sha256: str, made_at: datetime, anchor: Anchor, classification: str
) -> dict[str, object]:
    return {
        "schema": DOCUMENT_SCHEMA,
        "kind": kind,
        "generator": f"rightsdesk {metadata.version('rightsdesk')}",
        "templates": TEMPLATES_VERSION,
        "made_with": made_with(),
        "data_sha256": data_sha256,
        "made_at": rfc3339(made_at),
        "classification": classification,
        "anchor": {
            "origin": anchor.origin,
            "size": anchor.size,
            "root_b64": anchor.root_b64,
            "key_id": anchor.key_id,
            "tail_entries": anchor.tail_entries,
        },
    }


@lru_cache(maxsize=1)
def made_with() -> dict[str, str]:
    """Versions of what decides the bytes of a document besides this package."""
    from weasyprint.text import ffi

    number = int(ffi.pango.pango_version())
    ffi.ffi.cdef("const char *hb_version_string(void);")
    names = ("fonttools", "pydyf", "weasyprint")
    return {
        **{name: metadata.version(name) for name in names},
        "harfbuzz": ffi.ffi.string(ffi.harfbuzz.hb_version_string()).decode("ascii"),
        "pango": f"{number // 10000}.{number // 100 % 100}.{number % 100}",
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def to_pdf(
    html: str,
    attached: dict[str, tuple[bytes, str]],
    made_at: datetime,
    *,
    style: str = REPORT_STYLE,
    files: Mapping[str, tuple[bytes, str]] = NO_FILES,
) -> bytes:
    """HTML that needs nothing but bundled assets as PDF/A-3a and PDF/UA-1.

    `attached` maps file names to content and description, `style` names the style sheet;
    `files` are what the page may load besides fonts: content and media type by name.
    Raises Fault where the HTML asks for something else or WeasyPrint has anything to
    complain about.
    """
    with one_at_a_time, _complaints() as complaints:
        pdf = _write(html, attached, made_at.astimezone(UTC), style, files)
    if complaints:
        raise Fault(
            f"A template is not fit to print ({complaints[0]}); no document was made.",
            what="reports",
            next="Report this as a fault of ours.",
        )
    return pdf


def _write(
    html: str,
    attached: dict[str, tuple[bytes, str]],
    made_at: datetime,
    sheet: str,
    assets: Mapping[str, tuple[bytes, str]],
) -> bytes:
    from weasyprint import HTML, Attachment
    from weasyprint.urls import FatalURLFetchingError

    from reports.archive import declare_ua, finish
    from reports.fetching import AssetsOnly, refused

    fetcher = AssetsOnly(assets)
    files = [
        Attachment(
            file_obj=_file(content),
            name=name,
            description=description,
            created=made_at,
            modified=made_at,
            relationship="Data" if name in OWN_FILES else "Source",
            url_fetcher=fetcher,
        )
        for name, (content, description) in attached.items()
    ]
    try:
        style, fonts = _style(sheet)
        document = HTML(string=html, url_fetcher=fetcher).render(
            font_config=fonts, stylesheets=[style], pdf_variant="pdf/a-3a"
        )
        declare_ua(document.metadata)
        with warnings.catch_warnings():
            # WeasyPrint leaves its own colour profile for the collector to close.
            warnings.simplefilter("ignore", ResourceWarning)
            pdf: bytes = document.write_pdf(
                pdf_variant="pdf/a-3a",
                pdf_identifier=_identifier(html, attached),
                attachments=files,
                finisher=finish,
            )
    except FatalURLFetchingError:
        raise refused() from None
    return pdf


def _identifier(html: str, attached: dict[str, tuple[bytes, str]]) -> bytes:
    """The PDF's own identifier: from what goes into it, so that it is the same again."""
    digest = hashlib.sha256(html.encode())
    for name in attached:
        digest.update(hashlib.sha256(attached[name][0]).digest())
    return digest.hexdigest()[:32].encode()


def _file(content: bytes) -> Any:
    from io import BytesIO

    return BytesIO(content)


@lru_cache(maxsize=2)
def _style(sheet: str) -> tuple[CSS, FontConfiguration]:
    """The style sheet with its fonts, parsed once; no font of the machine is seen."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    from reports.fetching import AssetsOnly

    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(ISOLATED)
    try:
        fonts = FontConfiguration()
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before
    # Before the interpreter takes apart what the fonts' own destructor needs.
    atexit.register(_style.cache_clear)
    source, _, _ = environment().loader.get_source(environment(), sheet)  # type: ignore[union-attr]
    return CSS(string=source, font_config=fonts, url_fetcher=AssetsOnly()), fonts


class _Listener(logging.Handler):
    """Collects what a library complains about, without the values that it names."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(str(record.msg))


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """WeasyPrint's warnings and errors, which it would only log."""
    logger = logging.getLogger("weasyprint")
    listener, passed_on, level = _Listener(), logger.propagate, logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield listener.heard
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = passed_on
