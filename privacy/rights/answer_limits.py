"""What an answer leaves out, and says so: refusals, portability, what is never sent. Pure.

Portability gives what the person provided, on consent or by a contract (GDPR Article
20(1)): nothing that the desk found out, and nothing about it. What a plan refuses is
withheld with its ground. What must never be disclosed (11 CCR 7024(d)) is replaced
wherever it stands, in the answer for people and in every file for programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from privacy.consent.records import Evidence
from privacy.rights import pack
from privacy.rights.access import Found
from privacy.rights.people_store import EARLIER_DIALER
from privacy.rights.refusal_grounds import Ground
from privacy.rights.undisclosable import Blocked, blocked, screened
from privacy.terms import LawfulBasis

Row = dict[str, str]
ON_CONSENT_OR_CONTRACT = frozenset({LawfulBasis.CONSENT.value, LawfulBasis.CONTRACT.value})
PROVIDED_OF_A_NUMBER = ("number", "times", "channels")
REST: Row = {
    "what": "whatever else is held about you",
    "why": "portability covers what you provided yourself, on consent or by a contract;"
    " ask for access to the rest",
    "citation": "GDPR Art. 20(1)",
}
HELD = ("names", "contact_points", "addresses", "other")


def portable(found: Found, bought: Iterable[int]) -> Found:
    """What the person provided, on consent or by a contract; `bought`: subjects of lists that
    somebody else sold."""
    sold = set(bought)
    mine = {
        subject.id
        for subject in found.subjects
        if subject.lawful_basis in ON_CONSENT_OR_CONTRACT and subject.id not in sold
    }
    return replace(
        found,
        subjects=tuple(subject for subject in found.subjects if subject.id in mine),
        profiles={key: profile for key, profile in found.profiles.items() if key in mine},
        phones=tuple(
            replace(
                phone,
                call={name: phone.call.get(name) for name in PROVIDED_OF_A_NUMBER},
                suppressed_since=None,
            )
            for phone in found.phones
            if phone.subject_id in mine
        ),
        mails=tuple(
            replace(mail, suppressed_since=None) for mail in found.mails if mail.subject_id in mine
        ),
        consents=found.consents if mine else (),
        calls=(),
        restrictions=(),
        requests=(),
        openings=(),
        recipients=(),
        history=(),
    )


def without(found: Found, refused: Mapping[str, Ground]) -> Found:
    """The same without the kinds of data that a plan refuses."""
    gone: dict[str, Any] = {}
    empty: dict[str, dict[str, Any]] = {
        "profile": {"profiles": {}, "history": ()},
        "earlier_profiles": {"history": ()},
        "contact_points": {"phones": (), "mails": (), "history": ()},
        "consents": {"consents": ()},
        "opt_out_words": {"opt_out_words": {}},
        "restrictions": {"restrictions": ()},
        "calls": {"calls": ()},
        "earlier_calls": {
            "calls": tuple(each for each in found.calls if each["dialer"] != EARLIER_DIALER)
        },
        "requests": {"requests": ()},
        "request_timeline": {"requests": ()},
        "log_entries": {"openings": ()},
    }
    for key in refused:
        gone |= empty.get(key, {})
    if "consent_evidence" in refused:
        kept = gone.get("consents", found.consents)
        gone["consents"] = tuple(replace(one, evidence=Evidence()) for one in kept)
    if "source" in refused:
        hidden = (replace(one, source="not told", obtained_on="") for one in found.subjects)
        gone["subjects"] = tuple(hidden)
    return replace(found, **gone)


def refusals(refused: Mapping[str, Ground]) -> list[Row]:
    """A line of the answer for each kind of data that is refused."""
    return [
        {"what": key.replace("_", " "), "why": ground.what, "citation": ground.citation}
        for key, ground in sorted(refused.items())
    ]


def other_people(places: int, law: str) -> Row:
    """The line for words about other people that were replaced."""
    row = pack.other_people(law)
    return {**row, "what": f"{row['what']} ({places} replaced)"}


def screened_answer(answer: dict[str, Any], laws: Iterable[str]) -> dict[str, Any]:
    """The answer without what is never sent out under those laws; each type is said once."""
    names = tuple(laws)
    seen: list[Blocked] = []

    def clean(heading: str, value: str) -> str:
        under = blocked(heading, "", names) or blocked(heading, value, names)
        text, inside = screened(value, names)
        if heading and under is not None and not inside:
            seen.append(under)
            return under.instead
        seen.extend(inside)
        return text

    held = {
        name: [
            {**item, "value": clean(str(item["label"]), str(item["value"]))}
            for item in answer["held"][name]
        ]
        for name in HELD
    }
    consents = [
        {**consent, "how": clean("", str(consent["how"]))} for consent in answer["consents"]
    ]
    said = [
        {"what": f"{each.what} (held)", "why": "it is sent to nobody", "citation": each.citation}
        for each in dict.fromkeys(seen)
    ]
    return {
        **answer,
        "held": held,
        "consents": consents,
        "withheld": [*answer["withheld"], *said],
    }
