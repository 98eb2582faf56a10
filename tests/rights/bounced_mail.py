"""Mails that come back, written as the servers of that kind write them; invented, no real one."""

from __future__ import annotations

OURS = "m-abcdefghijklmnopqrstuvwxyz"
ADDRESS = "canarina.reply@example.com"


def standard(
    message_id: str, action: str = "failed", status: str = "5.1.1", *, whole: bool = True
) -> bytes:
    """As Postfix writes it (RFC 3464): words, fields, the returned mail or its headers."""
    returned = "message/rfc822" if whole else "text/rfc822-headers"
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: privacy@retail.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"
Message-Id: <20261130.AAAA@mx.example.net>

--B
Content-Type: text/plain; charset=us-ascii

<{ADDRESS}>: host mx.example.net said: 550 5.1.1 no such user

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {ADDRESS}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{ADDRESS}>: Recipient address rejected

--B
Content-Type: {returned}

From: privacy@retail.example
To: {ADDRESS}
Subject: About your request
Message-ID: <{message_id}@retail.example>

canary of a returned text

--B--
""".replace("\n", "\r\n").encode()


def qmail(message_id: str) -> bytes:
    """As qmail writes it: words only, the returned mail below a line."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mail.example.org
To: privacy@retail.example
Subject: failure notice

Hi. This is the qmail-send program at mail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{ADDRESS}>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.2.1 The account is disabled
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <privacy@retail.example>
From: privacy@retail.example
To: {ADDRESS}
Message-ID: <{message_id}@retail.example>
Subject: About your request

canary of a returned text
""".encode()


def exchange(message_id: str) -> bytes:
    """As an Exchange server writes it without the standard's part: HTML, and what it answers."""
    return f"""From: Microsoft Outlook <postmaster@corp.example.com>
To: privacy@retail.example
Subject: =?utf-8?q?Unzustellbar=3A_Ihre_Anfrage?=
X-MS-Exchange-Message-Is-Ndr:
In-Reply-To: <{message_id}@retail.example>
References: <{message_id}@retail.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="E"

--E
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

RGllIE5hY2hyaWNodCBrb25udGUgbmljaHQgenVnZXN0ZWxsdCB3ZXJkZW4uClJlbW90ZSBTZXJ2
ZXIgcmV0dXJuZWQgJzU1MCA1LjQuMSBSZWNpcGllbnQgYWRkcmVzcyByZWplY3RlZCcK
--E
Content-Type: text/html; charset="utf-8"

<html><body>canary of a returned text</body></html>
--E--
""".encode()


def exim(message_id: str) -> bytes:
    """As Exim writes it: a header that names who failed, the headers of the mail as text."""
    return f"""From: Mail Delivery System <Mailer-Daemon@host.example.org>
X-Failed-Recipients: {ADDRESS}
Auto-Submitted: auto-replied
To: privacy@retail.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

  {ADDRESS}
    SMTP error from remote mail server after RCPT TO:<{ADDRESS}>:
    452 mailbox over quota

------ This is a copy of the message's headers. ------

> From: privacy@retail.example
> Message-Id: <{message_id}@retail.example>
""".encode()


def vacation(message_id: str) -> bytes:
    """Somebody is away (RFC 3834)."""
    return f"""From: {ADDRESS}
To: privacy@retail.example
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: <{message_id}@retail.example>

I am on a beach. 5.1.1
""".encode()


def receipt(message_id: str) -> bytes:
    """Somebody's program says that it was read (RFC 8098)."""
    return f"""From: {ADDRESS}
To: privacy@retail.example
Subject: Read: About your request
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="D"

--D
Content-Type: message/disposition-notification

Original-Message-ID: <{message_id}@retail.example>
Disposition: manual-action/MDN-sent-manually; displayed
--D--
""".encode()


def answer(message_id: str) -> bytes:
    """A person answers, and quotes a failure."""
    return f"""From: {ADDRESS}
To: privacy@retail.example
Subject: Re: delivery failed?
In-Reply-To: <{message_id}@retail.example>

Did you get "550 5.1.1"? > Message-ID: <{message_id}@retail.example>
""".encode()
