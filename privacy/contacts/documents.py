"""The documents that are sealed for a contact: its profile, and a call part for each number.

Written out piece by piece: building dictionaries for a general encoder costs more
than sealing what comes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring as quoted

from privacy.contacts.rows import Contact


def profile(contact: Contact, mails: Iterable[tuple[str, int]], row_key: str) -> bytes:
    """The profile as JSON; `mails` are addresses with their points.

    `row_key` is what a contact without number and mail is found by; "" for any other.
    """
    emails = ",".join([f'{{"address":{quoted(mail)},"point":{point}}}' for mail, point in mails])
    addresses = ",".join([_object(address) for address in contact.addresses])
    digest = f',"row_key":{quoted(row_key)}' if row_key else ""
    return (
        f'{{"names":[{_object(contact.names) if contact.names else ""}],'
        f'"surname_key":{quoted(contact.surname_key)},"emails":[{emails}],'
        f'"addresses":[{addresses}],"organisation":{quoted(contact.organisation)},'
        f'"language":{quoted(contact.language)},"birthday":{quoted(contact.birthday)},'
        f'"other":{_object(contact.other)}{digest}}}'
    ).encode()


def call_part(contact: Contact, number: str) -> bytes:
    """What a call needs to know of one number, as JSON: no name, no street."""
    home = contact.addresses[0] if contact.addresses else {}
    dealings = "".join([f',"{name}":"{day}"' for name, day in contact.dealings.items()])
    times, channels = "null", ""
    if contact.wishes:
        times = json.dumps(contact.wishes.get("times"))
        wished = contact.wishes.get("channels")
        channels = f',"channels":{json.dumps(wished)}' if wished else ""
    return (
        f'{{"number":{quoted(number)},"region":{quoted(contact.region)},'
        f'"postal_code":{quoted(home.get("postal_code", ""))},'
        f'"locality":{quoted(home.get("locality", ""))},"zones":[],'
        f'"language":{quoted(contact.language)},"times":{times},"line":"unknown"'
        f"{channels}{dealings}}}"
    ).encode()


def _object(texts: Mapping[str, str]) -> str:
    if not texts:
        return "{}"
    return "{" + ",".join([f"{quoted(name)}:{quoted(text)}" for name, text in texts.items()]) + "}"
