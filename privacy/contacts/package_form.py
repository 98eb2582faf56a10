"""Whether a JSON document has the form of a package: types and bounds, by path, without values.

The whole schema stands in the package (schema.json); here stands what an import uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import BadInput

LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Form:
    """What a value must be. `keys` are needed, `optional` may be there, others are passed over.

    `members`: of every value of an object; `most`: of an array's items or an object's keys.
    """

    type: str
    keys: Mapping[str, Form] = field(default_factory=dict)
    optional: Mapping[str, Form] = field(default_factory=dict)
    items: Form | None = None
    members: Form | None = None
    most: int = 0
    null: bool = False


STRING = Form("string")


def fit(value: Any, form: Form, path: str) -> None:
    """BadInput for the first place that is not of the form; the value is never said."""
    if value is None and form.null:
        return
    if form.type == "string" and isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise _unfit(path, "is too long")
    elif form.type == "array" and isinstance(value, list):
        _few(len(value), form, path)
        for number, item in enumerate(value):
            fit(item, form.items or STRING, f"{path}[{number}]")
    elif form.type == "object" and isinstance(value, dict):
        _few(len(value), form, path)
        _fit_object(value, form, path)
    else:
        raise _unfit(path, f"is no {form.type}")


def _fit_object(value: dict[str, Any], form: Form, path: str) -> None:
    for key, inner in form.keys.items():
        if key not in value:
            raise _unfit(f"{path}.{key}", "is missing")
        fit(value[key], inner, f"{path}.{key}")
    for key, inner in form.optional.items():
        if key in value:
            fit(value[key], inner, f"{path}.{key}")
    if form.members is not None:
        for number, (key, inside) in enumerate(value.items()):
            if len(key) > LONGEST_TEXT:
                raise _unfit(path, "has a key that is too long")
            fit(inside, form.members, f"{path}, entry {number}")


def _few(count: int, form: Form, path: str) -> None:
    if form.most and count > form.most:
        raise _unfit(path, f"has more than {form.most} entries")


def _unfit(path: str, why: str) -> BadInput:
    return BadInput(
        f"This is no package that can be imported: {path} {why}. Nothing was imported.",
        what="package",
        next="Give the ZIP or the answer.json as a desk made it; see docs/package.md.",
    )
