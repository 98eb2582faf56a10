"""The form of a report's data as JSON Schema (draft 2020-12), made from its TypedDicts.

`reports/schemas/KIND.json` holds it for programs that are not ours. `shape.check` stays the
judge: it knows time zones and dates, which a schema only describes.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from typing import is_typeddict as is_object

from reports.shape import SAID

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLAIN: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
}
KINDS: dict[str, dict[str, Any]] = {
    "instant": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "count": {"type": "integer", "minimum": 0},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "zone": {"type": "string", "minLength": 1},
}


def schema_of(report: types.ModuleType) -> dict[str, Any]:
    """The schema of a report's input, with every form of its parts named under `$defs`."""
    form = report.checked.__annotations__["return"]
    form = getattr(report, form) if isinstance(form, str) else form
    parts = _Parts()
    parts.described(form)
    top = parts.schemas.pop(form.__name__)
    optional = set(getattr(report, "OPTIONAL", ()))
    top["required"] = [key for key in top["required"] if key not in optional]
    return {
        "$schema": DRAFT,
        "$id": report.SCHEMA,
        "title": report.TITLE,
        "description": report.ABOUT,
        **top,
        "$defs": dict(sorted(parts.schemas.items())),
    }


class _Parts:
    """The named forms of a schema. Two of one name are told apart by their module's."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}
        self._forms: dict[str, Any] = {}

    def described(self, form: Any) -> dict[str, Any]:
        """The schema of a form; an object is named and referred to."""
        origin, inside = get_origin(form), get_args(form)
        if is_object(form):
            return self._object(form)
        if origin is Annotated:
            return {**KINDS[inside[1]], "description": SAID[inside[1]]}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.described(each) for each in inside]}
        if origin is Literal:
            return {"enum": list(inside)}
        if origin is list:
            return {"type": "array", "items": self.described(inside[0])}
        return dict(PLAIN[form])

    def _object(self, form: Any) -> dict[str, Any]:
        name = str(form.__name__)
        if self._forms.get(name, form) is not form:
            name = f"{form.__module__.rpartition('.')[2]}.{name}"
        if name not in self._forms:
            self._forms[name] = form
            hints = get_type_hints(form, include_extras=True)
            self.schemas[name] = {
                "type": "object",
                "properties": {key: self.described(hint) for key, hint in hints.items()},
                "required": list(hints),
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{name}"}
