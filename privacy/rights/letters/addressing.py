"""Where a person of the desk is written to, and in which language, from their record. Pure."""

from __future__ import annotations

from privacy.contacts.store import Record
from privacy.rights.letters.store import Addressee
from privacy.terms import Language


def of_record(record: Record) -> Addressee:
    """By mail if an address is held, else by post if a street is."""
    profile = record.profile
    names: dict[str, str] = (profile.get("names") or [{}])[0]
    parts = (names.get("given", ""), names.get("family", ""))
    name = names.get("full") or " ".join(part for part in parts if part)
    mails = profile.get("emails") or []
    home: dict[str, str] = (profile.get("addresses") or [{}])[0]
    town = " ".join(filter(None, (home.get("postal_code", ""), home.get("locality", ""))))
    lines = (home.get("street", ""), town, home.get("region", ""), home.get("country", ""))
    posted = tuple(line for line in lines if line) if lines[0] else ()
    return Addressee(name, str(mails[0]["address"]) if mails else "", posted)


def language_of(record: Record, otherwise: str) -> Language:
    """The person's on file, else that one, else English."""
    for known in (str(record.profile.get("language") or ""), otherwise):
        if known[:2].lower() in set(Language):
            return Language(known[:2].lower())
    return Language.ENGLISH
