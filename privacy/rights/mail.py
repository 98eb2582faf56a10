"""Giving one message to the mail server of the controller, by SMTP.

`starttls` and `tls` check the server's certificate and its name and never fall
back to plain text; `none` is for a server on this machine only. What the server
says is kept as a code: its text could repeat the address. Once the server took the
mail nothing that follows un-takes it, not even a refusal of the farewell.
"""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from privacy.errors import BadInput
from privacy.settings import MailServer, read_secret

TIMEOUT_S = 20.0
SECURITIES = ("starttls", "tls", "none")
PERMANENT = 500


class Undelivered(Exception):
    """The server did not take the message. `reason` is a code; `for_good`: never will."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


@dataclass(frozen=True)
class Smtp:
    """Sends by one server; a connection for each message."""

    server: MailServer
    password: str = ""
    timeout_s: float = TIMEOUT_S

    def __call__(self, mail: EmailMessage) -> None:
        """Hand over `mail`; Undelivered if it was not taken."""
        try:
            self._hand_over(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise Undelivered("recipient", for_good=min(codes) >= PERMANENT) from None
        except smtplib.SMTPAuthenticationError:
            raise Undelivered("login") from None
        except smtplib.SMTPResponseException as answered:
            # 5xx to the message itself is final; a refused greeting is the server's trouble.
            final = isinstance(answered, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
            raise Undelivered(
                f"smtp_{answered.smtp_code}", for_good=final and answered.smtp_code >= PERMANENT
            ) from None
        except ssl.SSLError:
            raise Undelivered("certificate") from None
        except (smtplib.SMTPException, OSError):
            raise Undelivered("connection") from None

    def _hand_over(self, mail: EmailMessage) -> None:
        connection = self._connect()
        try:
            self._greet(connection)
            _give(connection, mail)
        finally:
            _part(connection)

    def _greet(self, connection: smtplib.SMTP) -> None:
        """Encrypt and log in, as the settings say; nothing is left out where it is not offered."""
        server = self.server
        if server.security == "starttls":
            try:
                connection.starttls(context=_context(server))
            except smtplib.SMTPNotSupportedError:
                raise Undelivered("no_starttls") from None
        if server.user:
            try:
                connection.login(server.user, self.password)
            except smtplib.SMTPNotSupportedError:
                raise Undelivered("login") from None

    def _connect(self) -> smtplib.SMTP:
        server, port = self.server, int(self.server.port)
        if server.security == "tls":
            return smtplib.SMTP_SSL(
                server.host, port, timeout=self.timeout_s, context=_context(server)
            )
        return smtplib.SMTP(server.host, port, timeout=self.timeout_s)


def _give(connection: smtplib.SMTP, mail: EmailMessage) -> None:
    try:
        connection.send_message(mail)
    except smtplib.SMTPNotSupportedError:
        # An address outside ASCII needs SMTPUTF8 (RFC 6531), and the server has none.
        raise Undelivered("smtputf8", for_good=True) from None
    except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError, ssl.SSLError):
        # Perhaps it was taken: the next try carries the same Message-ID.
        raise Undelivered("lost") from None


def _part(connection: smtplib.SMTP) -> None:
    """End the connection. Whether the mail was taken is decided by now, whatever is answered."""
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()


def transport_of(server: MailServer, *, demo: bool) -> Smtp:
    """What sends by that server. BadInput for settings that are not safe or not whole.

    A demo desk gives mail to a server on this machine only: its people are invented, their
    addresses may not be.
    """
    if not server.host or not server.sender:
        raise _wrong("mail.host", "Name the server and the sender: `config set mail.host …`.")
    if server.security not in SECURITIES:
        raise _wrong("mail.security", f"One of: {', '.join(SECURITIES)}.")
    if not server.port.isdecimal() or not 0 < int(server.port) < 65_536:
        raise _wrong("mail.port", "Give a port from 1 to 65535; 587 is usual for starttls.")
    here = is_loopback(server.host)
    if server.security == "none" and not here:
        raise _wrong("mail.security", "Plain SMTP is for a server on this machine only.")
    if demo and not here:
        raise _wrong("mail.host", "A demo desk gives mail to a server on this machine only.")
    domain_of(server.sender)
    if server.user and not server.password_file:
        raise _wrong("mail.password_file", "Name the file that holds the password.")
    return Smtp(server, read_secret(server.password_file) if server.user else "")


def domain_of(sender: str) -> str:
    """The domain of an address; BadInput for what is no address."""
    name, _, domain = sender.rpartition("@")
    if not name or not domain or not sender.isascii() or any(c.isspace() for c in sender):
        raise _wrong("mail.sender", "Give one plain address, such as privacy@example.com.")
    return domain


def is_loopback(host: str) -> bool:
    """Whether that host is this machine, by its name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _context(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=server.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _wrong(what: str, what_next: str) -> BadInput:
    return BadInput("The mail settings cannot be used.", what=what, next=what_next)
