"""One mail as it leaves the desk: plain text, its language, attachments. Pure.

There is no HTML: a mail of the desk has nothing that is loaded, followed or hidden, so
nothing in it can tell the sender that it was read, and no name can become markup.
A line break in a header would begin another one (CWE-93): what holds one is refused, before
it is sealed and again before it is sent. So is an encoded word (RFC 2047) in an address; in a
subject it is broken up: Python's library decodes it, with the line break that it may hold.
Characters that turn the direction of writing around (Unicode UAX 9) are taken out: with them
a name could rewrite what stands beside it.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from privacy.errors import BadInput
from privacy.numbers import BadEmail, fold_email
from privacy.terms import Language

LARGEST_BYTES = 10 * 1024 * 1024
"""Of all attachments together; most mail servers take 20 MiB in base64, a third more."""

LONGEST_SUBJECT = 200
ENCODED_WORD = "=?"
PDF = "application/pdf"
# The package of an answer is a ZIP: it never goes by mail, so no type but this one does.
MEDIA_TYPES = (PDF,)
FILE_NAME = re.compile(r"\w[\w.-]{0,79}")
# Marks, embeddings, overrides and isolates of UAX 9, with the separators that end their lines.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What has a meaning in a list of addresses, and so in none of ours.
_OF_LISTS = frozenset(' \t"(),:;<>[\\]')


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail. `name` names no person: it is made of ids."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What a message says: plain text in one language ("": not stated), and files."""

    subject: str
    text: str
    language: str = ""
    attachments: tuple[Attachment, ...] = ()


def is_address(text: str) -> bool:
    """Whether a mail can be sent to that: one bare address, without anything beside it."""
    if ENCODED_WORD in text or any(c in _OF_LISTS or _is_hidden(c) for c in text):
        return False
    try:
        fold_email(text)
    except BadEmail:
        return False
    return True


def check(to: str, letter: Letter) -> None:
    """BadInput for what no mail may be made of; the message repeats none of it."""
    if not is_address(to):
        raise _wrong("address", "Give one address, such as name@example.com, and nothing beside.")
    subject = letter.subject
    if (
        not subject.strip()
        or len(subject) > LONGEST_SUBJECT
        or any(_is_control(c) for c in subject)
    ):
        raise _wrong("subject", f"One line of 1 to {LONGEST_SUBJECT} characters.")
    if letter.language and letter.language not in set(Language):
        raise _wrong("language", f"One of: {', '.join(Language)}.")
    for each in letter.attachments:
        _check_attachment(each)
    if sum(len(each.content) for each in letter.attachments) > LARGEST_BYTES:
        raise BadInput(
            f"The attachments of a mail have at most {LARGEST_BYTES} bytes together.",
            what="attachment",
            next="Print the letter, or hand it over at the portal.",
        )


def _check_attachment(each: Attachment) -> None:
    if each.media_type not in MEDIA_TYPES:
        raise _wrong("attachment", f"By mail goes only: {', '.join(MEDIA_TYPES)}.")
    if not FILE_NAME.fullmatch(each.name):
        raise _wrong("attachment", "Name it by letters, digits, dot, dash, underscore.")


def sealed_text(letter: Letter, tells: Mapping[str, Any] | None = None) -> str:
    """The letter as it is sealed; `tells`: what its sending tells the clock."""
    return json.dumps(
        {
            "subject": letter.subject,
            "text": letter.text,
            "language": letter.language,
            "tells": tells,
            "attachments": [
                {
                    "name": each.name,
                    "media_type": each.media_type,
                    "content": base64.b64encode(each.content).decode("ascii"),
                }
                for each in letter.attachments
            ],
        }
    )


def of_sealed(text: bytes) -> tuple[Letter, dict[str, Any] | None]:
    """The letter that was sealed, and what it tells; one from before attachments has neither."""
    document: Mapping[str, Any] = json.loads(text)
    letter = Letter(
        str(document["subject"]),
        str(document["text"]),
        str(document.get("language", "")),
        tuple(
            Attachment(each["name"], each["media_type"], base64.b64decode(each["content"]))
            for each in document.get("attachments", ())
        ),
    )
    return letter, document.get("tells")


def compose(message_id: str, domain: str, to: str, letter: Letter) -> EmailMessage:
    """The mail without sender and date, the same bytes at every try. BadInput as `check`."""
    check(to, letter)
    mail = EmailMessage()
    # Set from its two halves and not parsed: no comma or comment can make it two.
    name, _, of_domain = to.rpartition("@")
    mail["To"] = Address(username=name, domain=of_domain)
    mail["Subject"] = straight(letter.subject).replace(ENCODED_WORD, "= ?")
    # Derived from the row, so that every try carries the same one (RFC 5322, 3.6.4).
    mail["Message-ID"] = f"<{message_id}@{domain}>"
    # No program answers it (RFC 3834, 5).
    mail["Auto-Submitted"] = "auto-generated"
    # Quoted-printable passes every server unchanged, whatever it knows of eight bits.
    mail.set_content(plain(letter.text), charset="utf-8", cte="quoted-printable")
    if letter.language:
        mail["Content-Language"] = letter.language
    for each in letter.attachments:
        main, _, sub = each.media_type.partition("/")
        mail.add_attachment(each.content, maintype=main, subtype=sub, filename=each.name)
    if letter.attachments:
        # Neither base64 nor quoted-printable ever holds `=_`; the same at every try.
        mail.set_boundary(f"=_{message_id}")
    return mail


def straight(text: str) -> str:
    """The text without characters that turn the direction of writing."""
    return "".join(c for c in text if c not in TURNING)


def plain(text: str) -> str:
    """Text for people: lines end in one way, nothing turns them, no other control."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in straight(lines) if c in "\n\t" or not _is_control(c))


def _is_control(character: str) -> bool:
    """Controls, and the line and paragraph separators of Unicode."""
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")


def _is_hidden(character: str) -> bool:
    """What is not seen where it stands: controls, separators, format characters."""
    return _is_control(character) or unicodedata.category(character) in ("Cf", "Zs")


def _wrong(what: str, what_next: str) -> BadInput:
    return BadInput("No mail can be made of that.", what=what, next=what_next)
