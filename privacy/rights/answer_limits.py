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
from privacy.rights.beside import NONE
from privacy.rights.inventory_kinds import OTHERS, STAFF, TECHNICAL
from privacy.rights.people_store import EARLIER_DIALER, VENDOR
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
EUROPEAN = ("EU_GDPR", "UK_GDPR")
FILES: Row = {
    "what": "what is inside the files of your requests",
    "why": "a file may speak of other people, so somebody looks at it first; ask us for a copy",
}
# By the reason that the inventory gives for what is withheld.
NOT_GIVEN: dict[str, str] = {
    STAFF: "which of our staff did what for your requests",
    TECHNICAL: "keyed hashes, keys and other technical values made of your data",
    OTHERS: "whether anybody else has the same number or address, and calls to them",
    "the person has them: they were written to nobody else": "the text of our letters to you",
    "telling of a hold could defeat the claim it protects": "legal holds, if there are any",
    "whoever is affected is told by a notice of their own (GDPR Article 34)": (
        "breaches that affected you, if there were any"
    ),
    "it is the same data again, as it was handed out": "our copies of earlier answers",
    "the registers are public; " + TECHNICAL: "entries of public do-not-call registers",
    "they are the controller's own documents and about no customer": (
        "documents that show how we keep our duties"
    ),
    "records of calls that the seller has to hold (16 CFR 310.5), sealed in whole exports": (
        "the files in which companies that call for us told of all their calls; those to you "
        "stand under your calls"
    ),
    "it is about an organisation that works for the controller": (
        "what companies that call for us told us of themselves"
    ),
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
        beside=NONE,
    )


# Whose records told a call, as the inventory names them; our own are `calls`.
TOLD_BY = {EARLIER_DIALER: "earlier_calls", VENDOR: "calls_by_vendors"}


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
        "requests": {"requests": ()},
        "request_timeline": {"requests": ()},
        "log_entries": {"openings": ()},
    }
    for key in refused:
        gone |= empty.get(key, {})
    gone["calls"] = tuple(
        each for each in found.calls if TOLD_BY.get(each["dialer"], "calls") not in refused
    )
    if "consent_evidence" in refused:
        kept = gone.get("consents", found.consents)
        gone["consents"] = tuple(replace(one, evidence=Evidence()) for one in kept)
    if "source" in refused:
        hidden = (replace(one, source="not told", obtained_on="") for one in found.subjects)
        gone["subjects"] = tuple(hidden)
    gone["beside"] = replace(
        found.beside,
        lines=tuple(each for each in found.beside.lines if each.key not in refused),
        decisions=() if "decisions" in refused else found.beside.decisions,
        kept=() if "kept_keys" in refused else found.beside.kept,
    )
    return replace(found, **gone)


def not_given(found: Found, law: str) -> list[Row]:
    """What the desk holds and gives to nobody, with the reason; the files that it names only.

    The same lines whether there is such data or not: that there is a hold, or somebody else
    with the number, is not told.
    """
    european = law in EUROPEAN
    rows = [{"what": what, "why": why, "citation": ""} for why, what in NOT_GIVEN.items()]
    files = sum(each.is_file for each in found.beside.lines)
    if files:
        row = {**FILES, "what": f"{FILES['what']} ({files} held)"}
        rows.insert(0, {**row, "citation": "GDPR Art. 15(4)" if european else ""})
    return rows


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
