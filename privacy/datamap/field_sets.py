"""The field sets of supervisory authorities (fields.toml): what a record must and should say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from privacy.errors import BadInput

Role = Literal["controller", "processor"]
Need = Literal["required", "where_possible", "good_practice"]
NEEDS: tuple[Need, ...] = ("required", "where_possible", "good_practice")
DEFAULT = "article-30"
UNION = "EU_GDPR"


@dataclass(frozen=True)
class FieldSet:
    """Whose set, where it was read, and the need of each field of a role, in printed order."""

    id: str
    name: str
    source: str
    mark: str
    needs: Mapping[str, Mapping[str, Need]]
    public_body: frozenset[str]

    def needed(self, role: Role, *, public_body: bool) -> Mapping[str, Need]:
        """The need of each field of the role; a public body owes some more."""
        own = self.needs[role]
        if not public_body:
            return own
        return {name: "required" if name in self.public_body else own[name] for name in own}


def ids() -> tuple[str, ...]:
    """The sets that can be chosen."""
    return tuple(str(each["id"]) for each in _read()["set"])


@cache
def chosen(set_id: str) -> FieldSet:
    """A set by its id. BadInput for another."""
    for each in _read()["set"]:
        if each["id"] == set_id:
            return FieldSet(
                str(each["id"]),
                str(each["name"]),
                str(each["source"]),
                str(each["mark"]),
                {role: _needs(each[role], _read()[role]) for role in ("controller", "processor")},
                frozenset(each["controller"].get("public_body", ())),
            )
    raise BadInput("There is no such field set.", what="--fields", next=f"{', '.join(ids())}.")


def said(part: str, name: str) -> tuple[str, str]:
    """Label and citation of a field; `part` is cover, controller or processor."""
    found = _read()[part][name]
    return str(found["label"]), str(found["citation"])


def cover() -> tuple[str, ...]:
    """The fields of the first sheet."""
    return tuple(_read()["cover"])


def home(law: str) -> frozenset[str]:
    """Countries to which data go without a transfer in the sense of Chapter V."""
    homes = _read()["homes"]
    return frozenset(homes.get(law, homes[UNION]))


def _needs(lists: Mapping[str, Any], order: Mapping[str, Any]) -> Mapping[str, Need]:
    found: dict[str, Need] = {}
    for need in NEEDS:
        found |= dict.fromkeys(lists[need], need)
    return {name: found[name] for name in order if name in found}


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(files("privacy.datamap").joinpath("fields.toml").read_text("utf-8"))
