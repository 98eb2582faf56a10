"""The desk's key for reports and the log: which certificate served from when on.

The key's file is durable first; its entry follows. A crash in between is mended by the
next use, which looks for the entry of the certificate that it holds.
"""

from __future__ import annotations

from privacy.audit.looking import Question, find
from privacy.desk import Desk
from privacy.errors import Fault
from privacy.storage.lock import alone
from privacy.vault import report_key
from privacy.vault.custody import Custody
from privacy.vault.report_key import ReportKey

MADE = "report_key.made"
SELF_ISSUED = "self-issued"
MOST_KEYS = 5000


def custody_of(desk: Desk) -> Custody:
    """The desk's custody. Fault in a process that has none."""
    if desk.vault.custody is None:
        raise Fault("This process has no custody.", what="custody")
    return desk.vault.custody


def current(desk: Desk, actor_id: str) -> tuple[ReportKey, str]:
    """The key in force and the id of its entry; made and logged if there is none yet.

    A key whose certificate has run out is replaced.
    """
    with alone(desk.state / "report-key.lock"):
        key = report_key.held(desk.state)
        if key is None or key.not_after <= desk.now():
            key = _make(desk)
        return key, _entry_of(desk, actor_id, key)


def rotate(desk: Desk, actor_id: str) -> tuple[ReportKey, str]:
    """A new key in the place of the old one, and the id of its entry.

    What the old key signed stays good: its certificate stands in the log.
    """
    with alone(desk.state / "report-key.lock"):
        key = _make(desk)
        return key, _entry_of(desk, actor_id, key)


def _make(desk: Desk) -> ReportKey:
    return report_key.make(
        desk.state,
        custody_of(desk),
        organisation=desk.config.controller.name,
        desk_id=desk.config.desk_id,
        now=desk.now(),
    )


def _entry_of(desk: Desk, actor_id: str, key: ReportKey) -> str:
    desk.log.sequence_all()
    with desk.reading() as db:
        entries = find(db, Question(MADE, None, None, None, MOST_KEYS))
    for _, entry in entries:
        if entry["digest"] == key.fingerprint:
            return str(entry["id"])
    return desk.write(
        lambda unit: unit.append(
            MADE, actor_id, count=key.number, digest=key.fingerprint, outcome=SELF_ISSUED
        )
    )
