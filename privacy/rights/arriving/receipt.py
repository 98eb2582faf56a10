"""When a mail reached the controller: by its own server, else as stated, else as claimed. Pure.

The Received header that the controller's own server wrote is proof: mail servers put theirs
on top. Where several own servers passed it on, the first one counts, also if a quarantine
held the mail for days behind it. Without one, staff state the instant. Otherwise the file's
own dates are claims by whoever wrote it; of several the earliest plausible one counts, as a
period must never be counted later than the law allows, and staff are told. Nothing is received in
the future.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from privacy.rights.arriving.mail import Hop, Mail
from privacy.rights.arriving.ways import Known, Receipt

PLAUSIBLE = timedelta(days=400)
"""A mail that says it is older is not believed: staff state when it came."""


def receipt_of(
    mail: Mail, own_hosts: Collection[str], stated: datetime | None, now: datetime
) -> Receipt:
    """When it was received, and how that is known; `stated` and `now` are aware."""
    own = _by_own_server(mail, own_hosts, now)
    if own is not None and (stated is None or own <= stated):
        return Receipt(own, Known.OWN_SERVER)
    if stated is not None:
        return Receipt(stated, Known.STATED)
    claimed = [at for at in (mail.sent_at, *(hop.at for hop in mail.received)) if at is not None]
    plausible = [at for at in claimed if now - PLAUSIBLE <= at <= now]
    if plausible:
        return Receipt(min(plausible), Known.CLAIMED)
    return Receipt(now, Known.CLOCK)


def _by_own_server(mail: Mail, own_hosts: Collection[str], now: datetime) -> datetime | None:
    """When the mail reached the first of the own servers, as far as they had it of each other.

    What stands below the header of a server that had it from elsewhere is a stranger's.
    """
    own: Hop | None = None
    for hop in mail.received:
        if hop.host not in own_hosts or hop.at > now:
            if own is not None:
                break
        elif own is None or (own.sender in own_hosts and now - PLAUSIBLE <= hop.at <= own.at):
            own = hop
        else:
            break
    return None if own is None else own.at
