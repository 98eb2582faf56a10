"""One e-mail file as a frozen value: who claims to write, when, what, with which files. Pure.

Any bytes give a value or BadInput. Nothing is rendered, no address is looked up, no
signature is checked: a sender's name in a mail proves nothing. Parts that are signed,
encrypted or of one vendor's own form stay as they are, as files, and are named.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from privacy.errors import BadInput
from privacy.numbers import BadEmail, fold_email
from privacy.rights.arriving.html_text import text_of

LONGEST_TEXT = 100_000
"""Characters of a mail's words that go into the case file; the original is whole."""

LONGEST_LINE = 500
MOST_PARTS = 500
MOST_NAME = 150
# What the standard library's parser raises on headers and parts that follow no standard.
BROKEN = (ValueError, LookupError, AttributeError, TypeError, RecursionError, AssertionError)
KEPT_HEADERS = (
    "auto-submitted",
    "precedence",
    "list-id",
    "list-unsubscribe",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "return-path",
    "x-failed-recipients",
)
FROM_HOST = re.compile(r"\s*from\s+([A-Za-z0-9][A-Za-z0-9.-]*)")
BY_HOST = re.compile(r"\bby\s+([A-Za-z0-9][A-Za-z0-9.-]*)")
NOT_IN_A_NAME = re.compile(r'[/\\:*?"<>|]')
OUTLOOK = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
SEALED_BY_SENDER = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
)


@dataclass(frozen=True)
class File:
    """A file that came with the mail, under a name that is one plain name."""

    name: str
    media_type: str
    content: bytes


class Hop(NamedTuple):
    """One Received header: the host that wrote it, when, and what it had the mail from."""

    host: str
    at: datetime
    sender: str = ""


@dataclass(frozen=True)
class Mail:
    """What the file says. `senders` are folded addresses, claimed and never proven.

    `html`: the words of its HTML where it has plain text besides, which may say something
    else (a line that a mail server adds, "this mail is HTML"). `received`: its Received
    headers, the newest first. `unreadable`: codes of what nobody can read here: outlook
    (winmail.dat), encrypted, parts.
    """

    senders: tuple[str, ...] = ()
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    sent_at: datetime | None = None
    received: tuple[Hop, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/plain"
    unreadable: tuple[str, ...] = ()


def read_mail(raw: bytes) -> Mail:
    """The mail in these bytes. BadInput where they are no e-mail."""
    try:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        keys = {name.lower() for name, _ in message.raw_items()}
    except BROKEN:
        raise _no_mail() from None
    if not isinstance(message, EmailMessage) or not keys & {"from", "date", "received", "to"}:
        raise _no_mail()
    parts = _Parts()
    try:
        parts.read(message)
    except BROKEN:
        parts.unreadable.append("parts")
    senders, name = _senders(message)
    return Mail(
        senders=senders,
        sender_name=one_line(name),
        subject=one_line(_header(message, "subject")),
        text=parts.text(),
        html=parts.html_besides(),
        files=tuple(parts.files),
        sent_at=_instant(_raw(message, "date")),
        received=tuple(_received(message)),
        headers={k: one_line(_raw(message, k)) for k in KEPT_HEADERS if k in keys},
        media_type=_media_type(message),
        unreadable=tuple(dict.fromkeys(parts.unreadable)),
    )


def one_line(text: str) -> str:
    """The text on one line of at most 500 characters: no line ends, no control characters."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c for c in text)
    return " ".join(plain.split())[:LONGEST_LINE]


def file_name(name: str, number: int) -> str:
    """One plain name for a file: no path, no control or direction marks, not too long."""
    last = re.split(r"[/\\]", one_line(name))[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    plain = NOT_IN_A_NAME.sub("_", kept).strip(". ")
    return plain[-MOST_NAME:] or f"attachment-{number}"


class _Parts:
    """Walks a message without recursion and sorts what it finds."""

    def __init__(self) -> None:
        self.files: list[File] = []
        self.unreadable: list[str] = []
        self._plain: list[str] = []
        self._html: list[str] = []

    def read(self, message: EmailMessage) -> None:
        waiting, seen = [message], 0
        while waiting:
            part = waiting.pop()
            seen += 1
            if seen > MOST_PARTS:
                self.unreadable.append("parts")
                return
            kind = _media_type(part)
            if kind == "multipart/encrypted":
                self.unreadable.append("encrypted")
            if part.is_multipart() and kind != "message/rfc822":
                inner = part.get_payload()
                waiting.extend(
                    each for each in reversed(list(inner)) if isinstance(each, EmailMessage)
                )
            else:
                self._leaf(part, kind)

    def _leaf(self, part: EmailMessage, kind: str) -> None:
        content = _content(part, kind)
        name = _part_name(part)
        if kind in OUTLOOK or name.lower() == "winmail.dat":
            self.unreadable.append("outlook")
        if kind in SEALED_BY_SENDER:
            self.unreadable.append("encrypted")
        attached = bool(name) or _disposition(part) == "attachment"
        if kind in ("text/plain", "text/html") and not attached:
            words = _decoded(part, content)
            (self._plain if kind == "text/plain" else self._html).append(words)
        elif content:
            number = len(self.files) + 1
            self.files.append(File(file_name(name, number), kind, content))

    def text(self) -> str:
        return self._kept(self._words() or self._html_words())

    def html_besides(self) -> str:
        return self._kept(self._html_words()) if self._words() else ""

    def _words(self) -> str:
        return "\n\n".join(text.strip() for text in self._plain if text.strip())

    def _html_words(self) -> str:
        return "\n\n".join(filter(None, (text_of(html) for html in self._html)))

    @staticmethod
    def _kept(words: str) -> str:
        lines = words.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        return lines.encode("utf-8", "replace").decode()[:LONGEST_TEXT]


def _content(part: EmailMessage, kind: str) -> bytes:
    if kind == "message/rfc822" and part.is_multipart():
        return bytes(part.get_payload(0).as_bytes(policy=policy.compat32))  # type: ignore[union-attr]
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decoded(part: EmailMessage, content: bytes) -> str:
    """The text, in the encoding that it names or that fits; what fits none as U+FFFD."""
    try:
        return content.decode(part.get_content_charset() or "utf-8")
    except (*BROKEN, UnicodeError):
        pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _senders(message: EmailMessage) -> tuple[tuple[str, ...], str]:
    """Every address of From, folded, and the first name that stands there."""
    try:
        found = [(str(one.display_name), str(one.addr_spec)) for one in message["from"].addresses]
    except BROKEN:
        found = getaddresses([_raw(message, "from")])
    addresses = []
    for _, address in found:
        try:
            addresses.append(fold_email(address))
        except BadEmail:
            continue
    return tuple(dict.fromkeys(addresses)), next((name for name, _ in found if name), "")


def _received(message: EmailMessage) -> Iterator[Hop]:
    for name, value in message.raw_items():
        if name.lower() != "received":
            continue
        told, _, when = str(value).rpartition(";")
        at, host, sender = _instant(when), BY_HOST.search(told), FROM_HOST.match(told)
        if at is not None and host is not None:
            yield Hop(_host(host), at, _host(sender) if sender else "")


def _host(found: re.Match[str]) -> str:
    return found.group(1).lower().rstrip(".")


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text.strip())
        # "-0000" says UTC without a zone (RFC 5322, 3.3).
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (*BROKEN, OverflowError):
        return None


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except BROKEN:
        return _raw(message, name)


def _raw(message: EmailMessage, name: str) -> str:
    """The first header of that name as it stands in the file."""
    return next((str(value) for key, value in message.raw_items() if key.lower() == name), "")


def _media_type(part: EmailMessage) -> str:
    try:
        return str(part.get_content_type()).lower()
    except BROKEN:
        return "application/octet-stream"


def _disposition(part: EmailMessage) -> str:
    try:
        return str(part.get_content_disposition() or "")
    except BROKEN:
        return ""


def _part_name(part: EmailMessage) -> str:
    try:
        return str(part.get_filename() or "")
    except BROKEN:
        return ""


def _no_mail() -> BadInput:
    return BadInput(
        "This file is no e-mail that can be read.",
        what="file",
        next="Save the message as .eml; what is on paper goes to `rightsdesk intake paper`.",
    )
