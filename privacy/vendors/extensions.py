"""The controller's own questions, put into the questionnaire by id. Pure.

An extension is a document with a namespace; each of its questions says exactly one of
`insertBefore` and `insertAfter` and gets the id `namespace:id`. Extensions are applied in order,
so that a later one may stand beside a question of an earlier one. An unknown place and an id that
stands already are errors; the package's own questions are never changed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

from privacy.vendors.fields import Fields, wrong
from privacy.vendors.questionnaire import Questionnaire
from privacy.vendors.reading import base_document, read

SCHEMA = "rightsdesk.vendor-extension/1"
NAMESPACE = re.compile(r"[a-z][a-z0-9]{1,19}")
LOCAL = re.compile(r"[a-z][a-z0-9]{0,19}-[0-9]{2,3}")
PLACES = ("insertBefore", "insertAfter")


def extended(extensions: Iterable[Mapping[str, Any]]) -> Questionnaire:
    """The package's questionnaire with these extensions, checked whole. BadFacts."""
    document: dict[str, Any] = copy.deepcopy(dict(base_document()))
    for extension in extensions:
        document = with_extension(document, extension)
    return read(document)


def with_extension(document: Mapping[str, Any], extension: Any) -> dict[str, Any]:
    """The document with one extension's questions, facts and citations put in."""
    top = Fields(extension, "extension")
    top.expect("schema", SCHEMA)
    namespace = top.text("namespace")
    if not NAMESPACE.fullmatch(namespace):
        raise top.wrong("namespace", "A namespace is 2 to 20 small letters and digits.")
    made: dict[str, Any] = copy.deepcopy(dict(document))
    applied = made.setdefault("extensions", [])
    if namespace in applied:
        raise top.wrong("namespace", "An extension of this namespace stands already.")
    applied.append(namespace)
    if top.has("citations"):
        _add_citations(made, top, namespace)
    for item in top.rows("questions"):
        _insert(made, item, namespace)
    for item in top.rows("facts", missing=True):
        fact = Fields.named(item, "facts")
        fact_id = _named(namespace, fact.id.partition(".")[0], fact) + "." + _after_dot(fact)
        of = f"{namespace}:{fact.id.partition('.')[0]}"
        made["facts"].append({**fact.all(), "id": fact_id, "of": of})
    top.text_or_none("version")
    top.end()
    return made


def _after_dot(fact: Fields) -> str:
    return fact.id.partition(".")[2]


def _add_citations(made: dict[str, Any], top: Fields, namespace: str) -> None:
    for key, value in top.mapping("citations").items():
        if key in made["citations"]:
            raise wrong(f"{namespace}.citations", "A citation of this key stands already.")
        made["citations"][key] = value


def _insert(made: dict[str, Any], item: Any, namespace: str) -> None:
    each = Fields.named(item, "questions")
    new_id = _named(namespace, each.id, each)
    places = [place for place in PLACES if each.has(place)]
    if len(places) != 1:
        raise each.wrong("insertAfter", "Exactly one of insertBefore and insertAfter.")
    target = each.text(places[0])
    ids = [question["id"] for question in made["questions"]]
    if new_id in ids:
        raise each.wrong("id", "A question of this id stands already.")
    # An own question may be named with or without its namespace.
    at = next((i for i, q in enumerate(ids) if q in (target, f"{namespace}:{target}")), None)
    if at is None:
        raise each.wrong(places[0], "There is no question of this id to stand beside.")
    body = {key: value for key, value in each.all().items() if key not in PLACES}
    made["questions"].insert(at + (places[0] == "insertAfter"), {**body, "id": new_id})


def _named(namespace: str, local: str, each: Fields) -> str:
    if not LOCAL.fullmatch(local):
        raise each.wrong("id", "An id is a word, a dash and two or three digits, unnamespaced.")
    return f"{namespace}:{local}"
