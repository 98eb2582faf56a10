"""What a mail says that came back to the desk's mailbox. Pure; nothing of it is kept.

Read are delivery status notifications (RFC 3464) and the bounces of servers that follow no
standard, as far as they carry the Message-ID of our mail: in its returned headers, or in
`In-Reply-To` and `References`. That id holds 128 random bits, so whoever names it had our
mail. An address in a bounce proves nothing and is never looked at. Of the rest only the
status code counts (RFC 3463): 5 for good, 4 for now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from enum import StrEnum

LARGEST_BYTES = 12 * 1024 * 1024
"""Our own mail comes back whole in some bounces: attachments in base64, and what is around."""

MOST_PARTS = 200
TEXT_READ = 100_000
"""Characters of a text part in which a returned header is looked for."""

OURS = re.compile(r"<(m-[a-z2-7]{26})@[^<>\s]{1,255}>", re.IGNORECASE)
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[\s-])")
RETURNED_ID = re.compile(r"^[ \t>|]*message-id:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
SENT_BY_A_SERVER = re.compile(
    r"mailer-daemon|postmaster|mail delivery|mail administrator|microsoftexchange", re.IGNORECASE
)
SAYS_FAILED = re.compile(
    r"undeliver|failure notice|delivery (?:has )?fail|delivery status|returned mail"
    r"|mail delivery|non remis|échec|unzustellbar|nicht zugestellt|no se puede entregar"
    r"|no entregado|non recapitabile|mancata consegna",
    re.IGNORECASE,
)
SAYS_DELAYED = re.compile(r"delay|warning: message still|verzöger|retard", re.IGNORECASE)


class What(StrEnum):
    """What a mail turned out to be."""

    FAILED = "failed"
    DELAYED = "delayed"
    AUTO_REPLY = "auto_reply"
    NO_BOUNCE = "no_bounce"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Reading:
    """What a mail says. `message_ids`: of ours that it names; `code`: such as 5.1.1."""

    what: What
    message_ids: tuple[str, ...] = ()
    code: str = ""

    @property
    def for_good(self) -> bool:
        """Whether the server says that no other try will help."""
        return self.code.startswith("5")


def read(raw: bytes) -> Reading:
    """Read one mail. Raises nothing: what cannot be read is UNREADABLE."""
    if not raw.strip() or len(raw) > LARGEST_BYTES:
        return Reading(What.UNREADABLE)
    try:
        # Old policy: the newer one parses header values, and stumbles over those of strangers.
        mail = message_from_bytes(raw, policy=policy.compat32)
    except RecursionError:
        # Mails within mails, deeper than any server makes them.
        return Reading(What.UNREADABLE)
    parts = list(_parts(mail))
    if len(parts) > MOST_PARTS or not mail.keys():
        return Reading(What.UNREADABLE)
    report = _of_report(parts)
    if report is not None:
        what, code = report
        return Reading(what, _ids(mail, parts), code)
    if _is_auto_reply(mail):
        return Reading(What.AUTO_REPLY)
    if _is_plain_bounce(mail):
        text = _texts(parts)
        what = What.DELAYED if SAYS_DELAYED.search(_subject(mail)) else What.FAILED
        return Reading(what, _ids(mail, parts), _code_of(text, delayed=what is What.DELAYED))
    return Reading(What.NO_BOUNCE)


# -- what the standard says --------------------------------------------------------------


def _of_report(parts: list[Message]) -> tuple[What, str] | None:
    """What the delivery-status part says; None if there is none that says anything."""
    said: list[tuple[What, str]] = []
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            said += filter(None, (_of_recipient(block) for block in _blocks(part)))
    if not said:
        return None
    failed = [each for each in said if each[0] is What.FAILED]
    delayed = [each for each in said if each[0] is What.DELAYED]
    return (failed or delayed or said)[0]


def _blocks(part: Message) -> list[Message]:
    """The blocks of fields of a delivery status, also where a server left it as text."""
    content = part.get_payload()
    if isinstance(content, list):
        return [block for block in content if isinstance(block, Message)]
    texts = re.split(r"\r?\n[ \t]*\r?\n", _text(part))
    return [message_from_bytes(text.encode("utf-8", "replace")) for text in texts]


def _of_recipient(block: Message) -> tuple[What, str] | None:
    action = _header(block, "Action").strip().lower()
    status = STATUS.search(_header(block, "Status")) or STATUS.search(
        _header(block, "Diagnostic-Code")
    )
    code = ".".join(status.groups()) if status else ""
    if action == "failed":
        # Failed is final, also with the code of a passing trouble that never passed.
        return What.FAILED, code if code[:1] in ("4", "5") else "5.0.0"
    if action == "delayed":
        return What.DELAYED, code if code.startswith("4") else "4.0.0"
    if action in ("delivered", "relayed", "expanded"):
        return What.NO_BOUNCE, code
    return None


# -- what others do ----------------------------------------------------------------------


def _is_auto_reply(mail: Message) -> bool:
    """RFC 3834, receipts (RFC 8098), and what older programs write instead."""
    if mail.get_content_type() == "multipart/report":
        return "disposition-notification" in _header(mail, "Content-Type").lower()
    submitted = _header(mail, "Auto-Submitted").strip().lower()
    if submitted.startswith("auto-replied"):
        return not SENT_BY_A_SERVER.search(_header(mail, "From"))
    return any(name in mail for name in ("X-Autoreply", "X-Autorespond")) or (
        _header(mail, "Precedence").strip().lower() == "auto_reply"
    )


def _is_plain_bounce(mail: Message) -> bool:
    """A server wrote it, and it says that something did not arrive."""
    by_server = (
        _header(mail, "Return-Path").strip() == "<>"
        or bool(SENT_BY_A_SERVER.search(_header(mail, "From")))
        or "X-Failed-Recipients" in mail
        or "X-MS-Exchange-Message-Is-Ndr" in mail
    )
    subject = _subject(mail)
    says = bool(SAYS_FAILED.search(subject) or SAYS_DELAYED.search(subject))
    named = "X-Failed-Recipients" in mail or "X-MS-Exchange-Message-Is-Ndr" in mail
    return by_server and (says or named)


def _code_of(text: str, *, delayed: bool) -> str:
    status = next((m for m in STATUS.finditer(text) if m.group(1) in "45"), None)
    if status is not None:
        return ".".join(status.groups())
    reply = REPLY.search(text)
    if reply is not None:
        return f"{reply.group(1)}.0.0"
    return "4.0.0" if delayed else "5.0.0"


# -- whose it is -------------------------------------------------------------------------


def _ids(mail: Message, parts: list[Message]) -> tuple[str, ...]:
    """Our message ids that it names: of the returned mail, else of what it answers."""
    returned: list[str] = []
    for part in parts:
        if part is not mail and _is_returned(part):
            returned += _ours(_header(part, "Message-ID"))
        elif part.get_content_type() in ("text/rfc822-headers", "text/plain"):
            for named in RETURNED_ID.findall(_text(part)):
                returned += _ours(named)
    answered = _ours(f"{_header(mail, 'In-Reply-To')} {_header(mail, 'References')}")
    return tuple(dict.fromkeys(returned or answered))


def _is_returned(part: Message) -> bool:
    """Whether a part is a mail inside a mail: it has a Message-ID of its own."""
    return "Message-ID" in part


def _ours(text: str) -> list[str]:
    return [found.lower() for found in OURS.findall(text)]


def _parts(mail: Message) -> Iterator[Message]:
    """Every part, those of returned mails too, in order; one more than is read at most."""
    waiting, count = [mail], 0
    while waiting and count <= MOST_PARTS:
        part = waiting.pop(0)
        count += 1
        yield part
        content = part.get_payload()
        if isinstance(content, list) and part.get_content_type() != "message/delivery-status":
            waiting[:0] = [each for each in content if isinstance(each, Message)]


def _texts(parts: list[Message]) -> str:
    return "\n".join(_text(part) for part in parts if part.get_content_type() == "text/plain")


def _text(part: Message) -> str:
    """The first characters of a part's text, whatever it says of its encoding."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return content[:TEXT_READ].decode("utf-8", "replace")


def _subject(mail: Message) -> str:
    """The subject with its encoded words read, or as it stands where they cannot be."""
    raw = _header(mail, "Subject")
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, ValueError):
        return raw


def _header(mail: Message, name: str) -> str:
    """A header's first value as text; "" if it is not there."""
    value = mail.get(name)
    return "" if value is None else " ".join(str(value).split())
