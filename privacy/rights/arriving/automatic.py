"""Mail that no person wrote: bounces, automatic replies, newsletters. Pure.

By headers alone, which the standards give for that (RFC 3834, RFC 3464, RFC 2369). Who
writes a few words that ask to stop is heard all the same: see proposing.is_short.
"""

from __future__ import annotations

from privacy.rights.arriving.mail import Mail
from privacy.rights.arriving.ways import Aside

ROBOTS = ("mailer-daemon@", "postmaster@")
BULK = frozenset({"bulk", "list", "junk"})
REPLIES = frozenset({"auto_reply", "auto-reply"})


def automatic(mail: Mail) -> Aside | None:
    """What kind of machine wrote it; None for a person, as far as headers tell."""
    headers = {name: value.strip().lower() for name, value in mail.headers.items()}
    if is_bounce(mail):
        return Aside.BOUNCE
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip()
    answers = headers.keys() & {"x-autoreply", "x-autorespond"}
    if submitted != "no" or answers or headers.get("precedence") in REPLIES:
        return Aside.AUTO_REPLY
    if headers.keys() & {"list-id", "list-unsubscribe"} or headers.get("precedence") in BULK:
        return Aside.NEWSLETTER
    if not mail.text.strip() and not mail.subject and not mail.files:
        return Aside.EMPTY
    return None


def generated(mail: Mail) -> bool:
    """Whether a program wrote it of itself, and answers nothing."""
    return mail.headers.get("auto-submitted", "").strip().lower().startswith("auto-generated")


def is_bounce(mail: Mail) -> bool:
    """Whether a mail server says that a message was not delivered."""
    from_a_robot = any(sender.startswith(ROBOTS) for sender in mail.senders)
    nobody = mail.headers.get("return-path", "").replace(" ", "") == "<>"
    report = mail.media_type == "multipart/report"
    return (report and (from_a_robot or nobody)) or "x-failed-recipients" in mail.headers
