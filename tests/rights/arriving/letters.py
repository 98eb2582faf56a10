"""E-mails, forms and lists that tests take in; made here, about nobody."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any

from privacy.clock import rfc3339
from tests.desks import WEDNESDAY

SENDER = "canarina.canarison@example.com"
NAME = "Canarina Canarison"
WORDS = "Please tell me what data you hold about me. My cat is Zwetschgenkater."
RECEIVED = "Tue, 17 Nov 2026 09:30:00 +0100"


def eml(
    words: str = WORDS,
    *,
    subject: str = "Zwetschgen request",
    sender: str = f"{NAME} <{SENDER}>",
    date: str = RECEIVED,
    headers: dict[str, str] | None = None,
    files: tuple[tuple[str, str, bytes], ...] = (),
    html: str = "",
) -> bytes:
    """One mail as its file's bytes; `files` are (name, media type, content)."""
    message = EmailMessage()
    message["From"], message["To"] = sender, "privacy@shop.example"
    message["Subject"], message["Date"] = subject, date
    message["Message-ID"] = "<1@example.com>"
    for name, value in (headers or {}).items():
        message[name] = value
    if html:
        message.set_content(html, subtype="html")
    else:
        message.set_content(words)
    for name, kind, content in files:
        major, _, minor = kind.partition("/")
        message.add_attachment(content, maintype=major, subtype=minor, filename=name)
    return message.as_bytes()


def form(**changed: Any) -> bytes:
    """A form as JSON; fields that are None are left out."""
    document = {
        "schema": "rightsdesk.request-form/1",
        "form_id": "form-0001",
        "kinds": ["access"],
        "name": NAME,
        "contact": {"email": SENDER},
        "words": WORDS,
        "received": rfc3339(WEDNESDAY),
        **changed,
    }
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


def facts(**changed: Any) -> bytes:
    """What a clerk types in, as JSON."""
    document = {
        "schema": "rightsdesk.typed-request/1",
        "name": NAME,
        "words": WORDS,
        **changed,
    }
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()
