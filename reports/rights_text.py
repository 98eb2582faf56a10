"""Wording for an access answer: the person's further rights and where to complain, by law.

The wording is data (assets/rights.toml) with its citations. A law that is not
there has no default: telling a person of a right that they do not have, or
keeping one from them, would be worse than an error.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.errors import NotFound

if TYPE_CHECKING:
    from reports.access_answer import Complaint, Right

WORDING = Path(__file__).parent / "assets" / "rights.toml"


def laws() -> tuple[str, ...]:
    """The laws that have wording here, by the contract's codes."""
    return tuple(_wording())


def rights(law: str) -> list[Right]:
    """The rights of `law` beside access, in plain words. Raises NotFound."""
    found: list[Right] = _of(law)["rights"]
    return [
        {"name": row["name"], "meaning": row["meaning"], "citation": row["citation"]}
        for row in found
    ]


def complaint(law: str) -> Complaint:
    """How to complain under `law`: to the controller, the authority, a court. Raises NotFound."""
    found = _of(law)
    return {
        "to_controller": found["to_controller"],
        "to_authority": found["to_authority"],
        "to_court": found["to_court"],
    }


def _of(law: str) -> dict[str, Any]:
    try:
        return _wording()[law]
    except KeyError:
        raise NotFound(
            "There is no wording of rights for this law; no document was made.",
            what=law,
            next="Give `rights` and `complaint` with the data.",
        ) from None


@lru_cache(maxsize=1)
def _wording() -> dict[str, dict[str, Any]]:
    with WORDING.open("rb") as file:
        return tomllib.load(file)
