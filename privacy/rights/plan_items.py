"""What will happen to each kind of data, and why: the lines of a plan. Pure.

The same inventory serves every right: an erasure deletes, strips or keeps on a
ground; an answer discloses, leaves out or redacts other people; a restriction
restricts. What a partial refusal withholds carries its own ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from privacy.law.rulebook import rulebook
from privacy.rights import pack
from privacy.rights.case import Kind
from privacy.rights.inventory import HELD, held
from privacy.rights.inventory_kinds import Fate, Held, Shown
from privacy.terms import KeyClass


class Action(StrEnum):
    """What happens to a kind of data."""

    DELETE = "delete"
    KEEP = "keep"
    STRIP = "strip"
    RESTRICT = "restrict"
    CORRECT = "correct"
    DISCLOSE = "disclose"
    REDACT = "redact"
    WITHHOLD = "withhold"
    UNTOUCHED = "untouched"


@dataclass(frozen=True)
class Facts:
    """How much there is of it. `sha256` is over the rows; `rows` None: not counted."""

    rows: int | None
    sha256: str = ""


@dataclass(frozen=True)
class Reason:
    """Why, on which ground, until when. `until_on` is a last day, `until` says it in words."""

    why: str
    ground: str = ""
    citation: str = ""
    until_on: str = ""
    until: str = ""


@dataclass(frozen=True)
class Item:
    """One line of a plan."""

    key: str
    table: str
    columns: tuple[str, ...]
    what: str
    rows: int | None
    sha256: str
    key_class: str
    action: Action
    why: str
    ground: str
    citation: str
    until_on: str
    until: str

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "columns": list(self.columns), "action": self.action.value}


@dataclass(frozen=True)
class KeyLine:
    """What happens to the keys of one class: kept on that ground until that day, or destroyed."""

    key_class: KeyClass
    keys: int
    action: Action
    reason: Reason

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        head = {"key_class": self.key_class.value, "keys": self.keys, "action": self.action.value}
        return {**head, **asdict(self.reason)}


KeptReasons = Mapping[KeyClass, Reason]
DIES = "nothing in the law asks to keep it longer"
STAYS_SEALED = "it stays sealed and opens only for that ground"
NOT_ENTITLED = "portability covers what the person gave, on consent or contract"
PROVIDED = frozenset({"profile", "contact_points", "consents", "consent_evidence"})
CORRECTED = frozenset({"profile", "contact_points", "contact_indexes"})
SELLERS_RECORDS = "us-fed-records-tsr"
ANSWERS = frozenset({Kind.ACCESS, Kind.PORTABILITY})


def items(
    kind: Kind,
    law: str,
    facts: Mapping[str, Facts],
    kept: KeptReasons,
    refused: Mapping[str, Reason],
) -> tuple[Item, ...]:
    """A line for every kind of data in the inventory; keys have lines of their own.

    `kept`: classes that outlive an erasure, with their ground; `refused`: kinds of data
    withheld from this request, with the ground of the refusal.
    """
    found = []
    for each in HELD:
        if each.table in ("call_key", "desk_key"):
            continue
        action, reason = _decided(kind, law, each, kept, refused)
        known = facts.get(each.key, Facts(None))
        found.append(
            Item(
                each.key,
                each.table,
                each.columns,
                each.what,
                known.rows,
                known.sha256,
                each.key_class.value if each.key_class else "",
                action,
                reason.why,
                reason.ground,
                reason.citation,
                reason.until_on,
                reason.until,
            )
        )
    return tuple(found)


def key_lines(
    kind: Kind, law: str, keys: Mapping[KeyClass, int], kept: KeptReasons
) -> tuple[KeyLine, ...]:
    """A line for every class of keys."""
    found = []
    for key_class in KeyClass:
        action, reason = Action.UNTOUCHED, Reason("this request destroys no key")
        if kind is Kind.ERASURE:
            if key_class is KeyClass.CASE:
                action, reason = Action.KEEP, _case_reason(law)
            elif key_class in kept:
                action, reason = Action.KEEP, kept[key_class]
            else:
                action, reason = Action.DELETE, Reason(DIES)
        found.append(KeyLine(key_class, keys.get(key_class, 0), action, reason))
    return tuple(found)


def _decided(
    kind: Kind, law: str, of: Held, kept: KeptReasons, refused: Mapping[str, Reason]
) -> tuple[Action, Reason]:
    if of.key in refused:
        answers = kind in ANSWERS
        return (Action.WITHHOLD if answers else Action.KEEP), refused[of.key]
    if kind is Kind.ERASURE:
        return _erased(law, of, kept)
    if kind in ANSWERS:
        return _answered(kind, law, of)
    if kind is Kind.RESTRICTION:
        return _restricted(law, of)
    if kind is Kind.RECTIFICATION and of.key in CORRECTED:
        return Action.CORRECT, Reason("the correction applies here", citation="GDPR Art. 16")
    return Action.UNTOUCHED, Reason("this request changes nothing here")


def _erased(law: str, of: Held, kept: KeptReasons) -> tuple[Action, Reason]:
    if of.fate is Fate.DELETE:
        return Action.DELETE, Reason(of.why or DIES)
    if of.fate is Fate.BY_CLASS:
        if of.key_class is not None and of.key_class in kept:
            return Action.KEEP, kept[of.key_class]
        return Action.DELETE, Reason(DIES)
    if of.fate is Fate.CASE:
        return Action.KEEP, _case_reason(law)
    if of.fate is Fate.SELLER:
        return Action.KEEP, sellers_records()
    if of.fate is Fate.HASH:
        return Action.KEEP, _hash_reason(law)
    if of.fate is Fate.LOG:
        return Action.STRIP, Reason(
            "the entries prove what was done; the key of the pseudonym dies, so that they lead"
            " to nobody",
            citation="GDPR Art. 5(2), 17(3)(b)",
        )
    return Action.STRIP, Reason(of.why or "the row stays for figures and leads to nobody")


def _answered(kind: Kind, law: str, of: Held) -> tuple[Action, Reason]:
    if kind is Kind.PORTABILITY and of.key not in PROVIDED:
        return Action.WITHHOLD, Reason(NOT_ENTITLED, citation="GDPR Art. 20(1)")
    action = Action(of.shown.value)
    if of.shown is Shown.GIVEN:
        return action, Reason(
            "it is the person's own data", citation=pack.right_citation(kind, law)
        )
    return action, Reason(of.why, citation="GDPR Art. 15(4)" if "people" in of.why else "")


def _restricted(law: str, of: Held) -> tuple[Action, Reason]:
    if of.fate is Fate.HASH:
        return Action.KEEP, _hash_reason(law)
    if of.fate is Fate.SELLER:
        return Action.KEEP, sellers_records()
    if of.fate in (Fate.CASE, Fate.LOG):
        return Action.KEEP, _case_reason(law)
    return Action.RESTRICT, Reason("it is only stored", citation="GDPR Art. 18(1), (2)")


def _case_reason(law: str) -> Reason:
    ground = pack.case_ground(law)
    since = "the end of the year in which the case is closed"
    if ground.counted_from != "year_end":
        since = "the day on which the case is closed"
    return Reason(
        ground.what, ground.id, ground.citation, until=f"{ground.years} years after {since}"
    )


def sellers_records() -> Reason:
    """Why a number may stay in the whole file of calls that a vendor gave, and how long."""
    rule = rulebook().by_id[SELLERS_RECORDS]
    return Reason(
        "a number that a vendor called stays in the vendor's whole export, sealed, if it is"
        " there at all: the seller has to hold these records",
        rule.id,
        rule.citation,
        until=f"{rule.params['retention_years']} years after the newest call of the export",
    )


def _hash_reason(law: str) -> Reason:
    return Reason(
        "a keyed hash, which cannot be turned back, so that the person is not contacted again",
        "suppression",
        pack.suppression_citation(law),
        until="as long as the controller contacts people",
    )


# -- what an approval approves -------------------------------------------------------------


# A call, an opt-out or a possible duplicate since the approval is more of what is stripped or
# deleted anyway. Other data, or a new proof of consent, may change the second person's mind.
BINDING = frozenset(
    {"profile", "source", "earlier_profiles", "corrections", "contact_points", "consent_evidence"}
)


def changes(
    kind: Kind, approved: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What is no longer as it was when it was approved, in words; empty if nothing is.

    What happens to a kind of data, on which ground and until when binds always; its rows
    bind where they are the person's data itself. An answer may hold newer rows of a kind
    that was approved, not a kind that was empty.
    """
    before = {item["key"]: item for item in approved}
    return [word for item in now for word in _change(kind, before.get(item["key"]), item)]


def _change(kind: Kind, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Iterator[str]:
    key = now["key"]
    if before is None:
        yield f"{key}: not in the plan"
        return
    if kind in ANSWERS and now["action"] != Action.WITHHOLD and _of_the_person(key):
        if now["rows"] and not before["rows"]:
            yield f"{key}: none when approved, {now['rows']} now"
    elif key in _binding(kind) and now["sha256"] != before["sha256"]:
        yield f"{key}: {before['rows']} rows when approved, {now['rows']} now, not the same"
    if (now["action"], now["ground"]) != (before["action"], before["ground"]):
        yield f"{key}: {before['action']} when approved, {now['action']} now"
    elif now["until_on"] != before["until_on"]:
        yield f"{key}: until {before['until_on']} when approved, {now['until_on']} now"


def _binding(kind: Kind) -> frozenset[str]:
    if kind is Kind.ERASURE:
        return BINDING
    return frozenset({"profile", "contact_points"}) if kind is Kind.RECTIFICATION else frozenset()


def compared(kind: Kind) -> frozenset[str]:
    """The kinds of data whose rows are compared with those that were approved."""
    if kind in ANSWERS:
        return frozenset(each.key for each in HELD if _of_the_person(each.key))
    return _binding(kind)


def _of_the_person(key: str) -> bool:
    """Not the traces of handling the request itself, which every step adds to."""
    found = held(key)
    return found.store == "main" and found.fate not in (Fate.CASE, Fate.SELLER, Fate.LOG, Fate.HASH)
