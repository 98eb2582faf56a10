"""What a rectification changes, field by field: asked, resolved, applied. Pure.

A person is a merged set of profiles; a wrong value is corrected wherever it stands,
a missing one is completed once (GDPR Article 16). A number or e-mail is never
overwritten: the new one is a new contact point, so that neither consent nor an
opt-out of the old one is taken for one of the new. Where a person moves, the place
by which calls are judged moves with the address, and zones that were confirmed for
the old place no longer count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from privacy.contacts.places import country_code, postal_code, region_code, surname_key
from privacy.errors import BadInput
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone

NAMES = ("given", "family", "full", "middle", "prefix", "suffix")
TEXTS = ("organisation", "language", "birthday")
ADDRESS = ("street", "locality", "region", "postal_code", "country")
POINTS = ("phone", "email")
OTHER = "other."
LONGEST = 500


@dataclass(frozen=True)
class Asked:
    """One change that a person asks for. `old` finds a number or e-mail; "" adds one."""

    field: str
    new: str
    old: str = ""


@dataclass(frozen=True)
class Change:
    """One change of one held profile: what stands there, and what will. `new_point` is the
    id that a new number or e-mail will have."""

    subject_id: int
    field: str
    old: str
    new: str
    point_id: int = 0
    new_point: int = 0


@dataclass(frozen=True)
class Held:
    """One opened profile of the person, and its call parts by contact point."""

    subject_id: int
    profile: Mapping[str, Any]
    calls: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Corrected:
    """A profile as it will be. `calls` are call parts that change or are new, by point;
    `gone` and `come` are points with their kind and value."""

    profile: dict[str, Any]
    calls: dict[int, dict[str, Any]]
    gone: tuple[tuple[int, str, str], ...]
    come: tuple[tuple[int, str, str], ...]

    def numbers_gone(self) -> dict[str, str]:
        """The numbers that go, by point, for the history."""
        return {str(point): value for point, kind, value in self.gone if kind == "phone"}


def read(asked: Iterable[Asked], region: str) -> list[Asked]:
    """The changes in the form in which values are held. BadInput names a field, no value."""
    found = [_read(one, region) for one in asked]
    if not found:
        raise BadInput("Nothing is to be corrected.", what="field", next="Name a field.")
    keys = [(one.field, one.old) for one in found]
    if len(set(keys)) < len(keys):
        raise BadInput("One field is corrected twice.", what="field", next="Give each once.")
    return found


def _read(one: Asked, region: str) -> Asked:
    if len(one.new) > LONGEST or len(one.old) > LONGEST:
        raise BadInput(
            "A value is too long.", what=one.field, next=f"At most {LONGEST} characters."
        )
    if one.field in POINTS:
        try:
            normal = _number if one.field == "phone" else _mail
            old, new = (normal(text, region) if text else "" for text in (one.old, one.new))
        except (BadNumber, BadEmail) as bad:
            raise BadInput(
                f"A value cannot be read ({bad.reason}).",
                what=one.field,
                next="Give a number with its country code, or a whole address.",
            ) from None
        if old == new:
            raise BadInput("Old and new are the same.", what=one.field, next="Name the new one.")
        return Asked(one.field, new, old)
    plain = one.field.removeprefix("address.")
    known = (*NAMES, *TEXTS) if plain == one.field else ADDRESS
    if plain not in known and not (one.field.startswith(OTHER) and one.field != OTHER):
        raise BadInput(
            "That is no field of a profile.",
            what="field",
            next=f"One of {', '.join((*NAMES, *TEXTS, *POINTS))}, address.PART with PART one of"
            f" {', '.join(ADDRESS)}, or {OTHER}HEADING.",
        )
    return replace(one, new=" ".join(one.new.split()))


def _number(text: str, region: str) -> str:
    return parse_phone(text, region or None)


def _mail(text: str, _region: str) -> str:
    return fold_email(text)


def resolve(asked: Sequence[Asked], held: Sequence[Held], points: Iterable[int]) -> list[Change]:
    """The changes of each held profile; `points` gives ids for new contact points.

    BadInput if a number or e-mail is not this person's, or nothing would change.
    """
    fresh = iter(points)
    found: list[Change] = []
    for one in asked:
        if one.field in POINTS:
            mine = _points(one, held)
            found += [replace(change, new_point=next(fresh) if one.new else 0) for change in mine]
        else:
            found += _texts(one, held)
    if not found:
        raise BadInput(
            "All of it is held like that already.", what="field", next="Nothing needs correcting."
        )
    return found


def _points(one: Asked, held: Sequence[Held]) -> list[Change]:
    if not one.old:
        known = {value for each in held for _, value in _values(each, one.field)}
        return [] if one.new in known else [Change(held[0].subject_id, one.field, "", one.new)]
    mine = [
        Change(each.subject_id, one.field, one.old, one.new, point)
        for each in held
        for point, value in _values(each, one.field)
        if value == one.old
    ]
    if not mine:
        raise BadInput(
            "The old value is none of this person's contact points.",
            what=one.field,
            next="Ask which one is wrong; nothing was changed.",
        )
    return mine


def _values(each: Held, kind: str) -> list[tuple[int, str]]:
    if kind == "phone":
        return [(point, str(call["number"])) for point, call in each.calls.items()]
    return [(int(mail["point"]), str(mail["address"])) for mail in each.profile["emails"]]


def _texts(one: Asked, held: Sequence[Held]) -> list[Change]:
    """A change wherever the field is held; where it is held nowhere, it is added to the first."""
    having = [each for each in held if value_of(each.profile, one.field)]
    return [
        Change(each.subject_id, one.field, value_of(each.profile, one.field), one.new)
        for each in having or held[:1]
        if value_of(each.profile, one.field) != one.new
    ]


def value_of(profile: Mapping[str, Any], field: str) -> str:
    """The text that a profile holds in a field; "" for none."""
    holder, key = _holder(profile, field)
    return str(holder.get(key) or "")


def _holder(profile: Mapping[str, Any], field: str) -> tuple[Mapping[str, Any], str]:
    if field in NAMES:
        return (profile.get("names") or [{}])[0], field
    if field.startswith("address."):
        return (profile.get("addresses") or [{}])[0], field.removeprefix("address.")
    if field.startswith(OTHER):
        return profile.get("other") or {}, field.removeprefix(OTHER)
    return profile, field


def apply(held: Held, changes: Sequence[Change], region: str) -> Corrected:
    """The profile with the changes of its subject. BadInput if it is not as it was then."""
    profile: dict[str, Any] = json.loads(json.dumps(held.profile))
    calls = {point: dict(call) for point, call in held.calls.items()}
    gone: list[tuple[int, str, str]] = []
    come: list[tuple[int, str, str]] = []
    mine = [change for change in changes if change.subject_id == held.subject_id]
    for change in mine:
        if change.field in POINTS:
            _move_point(profile, calls, change)
            gone += [(change.point_id, change.field, change.old)] if change.point_id else []
            come += [(change.new_point, change.field, change.new)] if change.new_point else []
        else:
            _set(profile, change)
    fields = {change.field for change in mine}
    if any(field.startswith("address.") for field in fields):
        _move_place(profile, calls)
    profile["surname_key"] = _surname_key(profile, region)
    changed = {p: call for p, call in calls.items() if held.calls.get(p) != call}
    return Corrected(profile, changed, tuple(gone), tuple(come))


def _move_point(profile: dict[str, Any], calls: dict[int, dict[str, Any]], change: Change) -> None:
    if change.field == "email":
        mails = [mail for mail in profile["emails"] if mail["point"] != change.point_id]
        if change.point_id and len(mails) == len(profile["emails"]):
            raise _moved(change.field)
        if change.new_point:
            mails.append({"address": change.new, "point": change.new_point})
        profile["emails"] = mails
        return
    before = calls.pop(change.point_id, None)
    if change.point_id and (before is None or before["number"] != change.old):
        raise _moved(change.field)
    if change.new_point:
        like = before or next(iter(calls.values()), _place(profile))
        calls[change.new_point] = {**like, "number": change.new, "zones": [], "line": "unknown"}


def _set(profile: dict[str, Any], change: Change) -> None:
    if value_of(profile, change.field) != change.old:
        raise _moved(change.field)
    if change.field in NAMES:
        names = profile.setdefault("names", [])
        if not names:
            names.append({})
        full = str(names[0].get("full") or "")
        if change.field in ("given", "family") and change.old and change.old in full:
            names[0]["full"] = full.replace(change.old, change.new).strip()
        names[0][change.field] = change.new
    elif change.field.startswith("address."):
        homes = profile.setdefault("addresses", [])
        if not homes:
            homes.append({})
        part = change.field.removeprefix("address.")
        homes[0][part] = _normal(part, change.new, str(homes[0].get("country") or ""))
    elif change.field.startswith(OTHER):
        other = profile.setdefault("other", {})
        other[change.field.removeprefix(OTHER)] = change.new
        if not change.new:
            del other[change.field.removeprefix(OTHER)]
    else:
        profile[change.field] = change.new


def _normal(part: str, text: str, country: str) -> str:
    """A part of an address in the form in which imports keep it."""
    if part == "country":
        return country_code(text) or text
    return postal_code(text, country) if part == "postal_code" else text


def _place(profile: Mapping[str, Any]) -> dict[str, Any]:
    """What a call needs to know of where the person is, by the first address."""
    home = (profile.get("addresses") or [{}])[0]
    return {
        "region": region_code(str(home.get("country") or ""), str(home.get("region") or "")),
        "postal_code": str(home.get("postal_code") or ""),
        "locality": str(home.get("locality") or ""),
        "zones": [],
        "language": str(profile.get("language") or ""),
        "times": None,
        "line": "unknown",
    }


def _move_place(profile: Mapping[str, Any], calls: dict[int, dict[str, Any]]) -> None:
    moved = {key: value for key, value in _place(profile).items() if key not in _STAYS}
    for call in calls.values():
        call.update(moved)


_STAYS = ("language", "times", "line", "channels")


def _surname_key(profile: Mapping[str, Any], region: str) -> str:
    name = (profile.get("names") or [{}])[0]
    home = (profile.get("addresses") or [{}])[0]
    family = str(name.get("family") or "") or str(name.get("full") or "").rpartition(" ")[2]
    return surname_key(
        family, str(home.get("postal_code") or ""), str(home.get("country") or "") or region
    )


def _moved(field: str) -> BadInput:
    return BadInput(
        "What is held is not as it was when the correction was proposed.",
        what=field,
        next="Nothing was changed. Propose it again, plan it and have it approved.",
    )


def documents(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """JSON-ready, and the same changes again through `from_documents`."""
    return [asdict(change) for change in changes]


def from_documents(found: Iterable[Mapping[str, Any]]) -> list[Change]:
    """What `documents` wrote."""
    return [Change(**one) for one in found]
