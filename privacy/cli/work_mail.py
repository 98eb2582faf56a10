"""Timed work on what was promised to a person: mail that waits, evidence and copies that end.

Neither stops the other work: what cannot be done says why and waits.
"""

from __future__ import annotations

from privacy.actors import ALLOWED, Act
from privacy.cli.running import Run
from privacy.errors import BadInput
from privacy.rights import evidence, outbox, outbox_store
from privacy.rights.mail import transport_of
from privacy.rights.package import copies

NOT_THIS_ROLE = "waiting: needs an actor who handles requests"


def mail_due(run: Run) -> int:
    """How many messages may be sent now."""
    with run.desk.reading() as db:
        return len(outbox_store.due(db, run.desk.now()))


def send_mail(run: Run) -> str:
    """Send what is due; without a mail server it waits, and the answer says so."""
    server = run.desk.config.mail
    if not server.host:
        return "waiting: no mail server; see `rightsdesk config set mail.host HOST`"
    if Act.HANDLE_REQUEST not in ALLOWED[run.actor.role]:
        return NOT_THIS_ROLE
    try:
        transport = transport_of(server, demo=run.desk.config.demo)
    except BadInput as wrong:
        return f"waiting: {wrong.message} ({wrong.what}) {wrong.next}"
    return str(outbox.send_due(run.desk, run.actor, transport, server.sender))


def delete_evidence(run: Run) -> str:
    """Delete evidence of requests that ended, and keys that outlived their content."""
    if Act.HANDLE_REQUEST not in ALLOWED[run.actor.role]:
        return NOT_THIS_ROLE
    return f"{evidence.sweep(run.desk, run.actor)} deleted"


def end_copies(run: Run) -> str:
    """Destroy the desk's copies of packages whose 30 days are over, with their keys."""
    if Act.HANDLE_REQUEST not in ALLOWED[run.actor.role]:
        return NOT_THIS_ROLE
    return f"{copies.sweep(run.desk, run.actor)} destroyed"
