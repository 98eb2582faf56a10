"""What a person says of himself, compared with what the desk holds; never stored.

Only what is held counts (11 CCR 7060(c)). Each lookup costs the same whether
somebody is found or not: where nobody is, a person who does not exist is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from privacy.actors import Actor
from privacy.contacts.places import surname_key
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.numbers import BadEmail, BadNumber, fold_email, fold_name, parse_phone
from privacy.rights import people_store
from privacy.rights.store import Case
from privacy.terms import OpeningPurpose
from privacy.vault.decoy import open_nobody
from privacy.vault.lookup import Match, Query, find


@dataclass(frozen=True)
class Claims:
    """What the person says of himself; "" where nothing was said."""

    phone: str = ""
    email: str = ""
    given: str = ""
    family: str = ""
    postal_code: str = ""
    birthday: str = ""


CLAIMS = tuple(field.name for field in fields(Claims))


@dataclass(frozen=True)
class Found:
    """A person whom no claim contradicts: the first subject of a merged set."""

    subject_id: int
    points: int
    addresses: tuple[str, ...]


def matched(desk: Desk, actor: Actor, case: Case, claims: Claims) -> list[Found]:
    """The persons with the most data points that match; empty if a claim contradicts all.

    A household's number leads to several; only what is known of one of them decides.
    """
    said = normalised(claims, desk.config.region)
    matches = find(
        desk.vault,
        _queries(said, desk.config.region),
        actor.id,
        OpeningPurpose.RIGHTS_REQUEST,
        request=case.id,
    )
    groups: dict[tuple[int, ...], list[Match]] = {}
    with desk.reading() as db:
        for match in matches:
            people = people_store.merged_set(db, match.subject_id)
            groups.setdefault(people, []).append(match)
        if not matches:
            people_store.merged_set(db, 0)
    if not matches:
        open_nobody(desk.vault)
    counted = [_found(people[0], group, said) for people, group in groups.items() if people]
    best = max((each.points for each in counted), default=0)
    return [each for each in counted if best and each.points == best]


def without(claims: Claims, disputed: Collection[str]) -> Claims:
    """The claims without what is in dispute: that proves nothing (11 CCR 7060(h))."""
    return replace(claims, **dict.fromkeys(disputed, ""))


def normalised(claims: Claims, region: str) -> Claims:
    """The claims as the desk holds such values. BadInput for what cannot be read."""
    try:
        return replace(
            claims,
            phone=parse_phone(claims.phone, region or None) if claims.phone else "",
            email=fold_email(claims.email) if claims.email else "",
            given=fold_name(claims.given),
            family=fold_name(claims.family),
            postal_code=_plain(claims.postal_code),
        )
    except BadNumber as bad:
        raise BadInput(f"The number cannot be read ({bad.reason}).", what="phone") from None
    except BadEmail as bad:
        raise BadInput(f"The e-mail cannot be read ({bad.reason}).", what="email") from None


def _queries(said: Claims, region: str) -> list[Query]:
    queries = [
        Query(kind, value)
        for kind, value in (("phone", said.phone), ("email", said.email))
        if value
    ]
    key = surname_key(said.family, said.postal_code, region)
    if not queries and key:
        queries = [Query("surname", key)]
    if not queries:
        raise BadInput(
            "A person is found by number, e-mail, or surname with postcode.",
            what="phone, email or name",
            next="Ask for one that may be on file.",
        )
    return queries


def _found(subject_id: int, group: list[Match], said: Claims) -> Found:
    addresses = [str(mail["address"]) for match in group for mail in match.profile["emails"]]
    # The address that was claimed and is held comes first: a code goes where it is expected.
    addresses.sort(key=lambda address: address != said.email)
    return Found(subject_id, _count(group, said), tuple(dict.fromkeys(addresses)))


def _count(group: list[Match], said: Claims) -> int:
    """Data points that match; 0 where something given contradicts what is held."""
    # How a surname found them is no data point: name and postcode count by themselves.
    points = {match.query.kind for match in group} - {"surname"}
    if len(points) < bool(said.phone) + bool(said.email):
        return 0
    for claim, held in (
        (_name(said), {_folded(n) for m in group for n in m.profile["names"]}),
        (said.postal_code, {_plain(a.get("postal_code")) for m in group for a in _of(m)}),
        (said.birthday, {str(m.profile.get("birthday") or "") for m in group}),
    ):
        if claim:
            if claim not in held:
                return 0
            points.add(claim)
    return len(points)


def _of(match: Match) -> list[Mapping[str, Any]]:
    return list(match.profile.get("addresses") or [])


def _name(said: Claims) -> str:
    return f"{said.given} {said.family}".strip()


def _folded(name: Mapping[str, Any]) -> str:
    given, family = str(name.get("given") or ""), str(name.get("family") or "")
    text = f"{fold_name(given)} {fold_name(family)}".strip()
    return text or fold_name(str(name.get("full") or ""))


def _plain(value: object) -> str:
    return str(value or "").replace(" ", "").upper()
