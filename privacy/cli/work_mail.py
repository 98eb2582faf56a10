"""Timed work on what was promised to a person: mail that waits, evidence that is decided."""

from __future__ import annotations

from privacy.cli.running import Run
from privacy.rights import evidence, outbox, outbox_store
from privacy.rights.mail import transport_of


def mail_due(run: Run) -> int:
    """How many messages may be sent now."""
    with run.desk.reading() as db:
        return len(outbox_store.due(db, run.desk.now()))


def send_mail(run: Run) -> str:
    """Send what is due; without a mail server it waits, and the answer says so."""
    server = run.desk.config.mail
    if not server.host:
        return "waiting: no mail server; see `rightsdesk config set mail.host HOST`"
    transport = transport_of(server, demo=run.desk.config.demo)
    return str(outbox.send_due(run.desk, run.actor, transport, server.sender))


def delete_evidence(run: Run) -> str:
    """Delete evidence of requests that ended, and keys that outlived their content."""
    return f"{evidence.sweep(run.desk, run.actor)} deleted"
