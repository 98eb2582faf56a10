"""When a mail reached the controller: by its own server, else as stated, else as claimed. Pure.

The newest Received header that the controller's own server wrote is proof: mail servers
put theirs on top. Without one, staff state the instant. Otherwise the file's own dates are
claims by whoever wrote it; of several the earliest plausible one counts, because a period
must never be counted later than the law allows, and staff are told. Nothing is received in
the future.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from privacy.rights.arriving.mail import Mail
from privacy.rights.arriving.ways import Known, Receipt

PLAUSIBLE = timedelta(days=400)
"""A mail that says it is older is not believed: staff state when it came."""


def receipt_of(
    mail: Mail, own_hosts: Collection[str], stated: datetime | None, now: datetime
) -> Receipt:
    """When it was received, and how that is known; `stated` and `now` are aware."""
    own = next((at for host, at in mail.received if host in own_hosts and at <= now), None)
    if own is not None and (stated is None or own <= stated):
        return Receipt(own, Known.OWN_SERVER)
    if stated is not None:
        return Receipt(stated, Known.STATED)
    claimed = [at for at in (mail.sent_at, *(at for _, at in mail.received)) if at is not None]
    plausible = [at for at in claimed if now - PLAUSIBLE <= at <= now]
    if plausible:
        return Receipt(min(plausible), Known.CLAIMED)
    return Receipt(now, Known.CLOCK)
