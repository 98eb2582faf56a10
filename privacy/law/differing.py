"""What changed between two packs, and which stored facts they decide otherwise.

Rows are matched by their id (a law by its code), fields by their path. A stored
decision is judged again from its facts, once by each pack: the pack stands in
for the package's own in the whole process meanwhile, so only a command that does
nothing else calls this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacy.errors import BadFacts, BadInput, NotAllowedByLaw
from privacy.law import calling, deadlines
from privacy.law.pack import Pack, standing_in

SCHEMA = "rightsdesk.law_diff/1"
# By the table that only such a pack has: the package's pack it stands in for.
CALLING, CLOCKS = "calling", "rights_clocks"
# Tables whose rows are known by a name; others are compared field by field.
KEYS = {"rule": "id", "law": "code", "counting": "id", "clock": "id", "clock_event": "id"}
ABSENT = object()


def differences(before: Pack, after: Pack) -> dict[str, Any]:
    """Rows added, removed and changed, and changes of every other table, as the answer shows them.

    Each change has its path, the value before and after (null: absent). Raises
    BadInput where the two are not packs of one kind.
    """
    if kind_of(before) != kind_of(after):
        raise BadInput(
            "A calling pack and a clock pack have nothing in common.",
            what=after.name,
            next="Give two packs of one kind.",
        )
    added, removed, changed = [], [], []
    for table in [table for table in KEYS if table in before.data]:
        old, new = _by_name(before, table), _by_name(after, table)
        added += [_named(table, name, new[name]) for name in new if name not in old]
        removed += [_named(table, name, old[name]) for name in old if name not in new]
        for name in (name for name in old if name in new):
            fields = list(_changes(old[name], new[name], ""))
            changed += [{**_named(table, name, new[name]), "fields": fields}] if fields else []
    others = list(_changes(_others(before), _others(after), ""))
    return {
        "schema": SCHEMA,
        "before": before.identity(),
        "after": after.identity(),
        "added": added,
        "removed": removed,
        "changed": changed,
        "tables": others,
    }


def decided_otherwise(
    before: Pack, after: Pack, documents: Mapping[int, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The documents of facts, by their lines, whose answers differ: both answers of each.

    Facts of calls go with calling packs, facts of deadlines with clock packs.
    Raises BadFacts, its field beginning with the line, for facts that cannot be used.
    """
    old, new = _answers(before, documents), _answers(after, documents)
    return [
        {"line": line, "before": old[line], "after": new[line]}
        for line in documents
        if old[line] != new[line]
    ]


def _answers(pack: Pack, documents: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    kind, found = kind_of(pack), {}
    judge = _due if kind == CLOCKS else _decision
    with standing_in(kind, pack):
        for line, document in documents.items():
            try:
                found[line] = judge(dict(document))
            except BadFacts as fault:
                raise BadFacts(
                    fault.message, field=f"line {line}: {fault.field}", next=fault.next
                ) from None
    return found


def _decision(document: dict[str, Any]) -> dict[str, Any]:
    """What of a decision counts as another: the answer and the rule it rests on."""
    found = calling.answer(document)
    return {key: found[key] for key in ("decision", "deciding_rule", "earliest_allowed")}


def _due(document: dict[str, Any]) -> dict[str, Any]:
    """The state and every due date; an extension that the law refuses is an answer too."""
    try:
        found = deadlines.answer(document)
    except NotAllowedByLaw as refusal:
        return {"refused_by": refusal.rule, "limit": refusal.limit}
    return {key: value for key, value in found.items() if key.endswith("due") or key == "state"}


def kind_of(pack: Pack) -> str:
    """Which pack of the package this one stands in for."""
    return CLOCKS if "clock" in pack.data else CALLING


def _by_name(pack: Pack, table: str) -> dict[str, Mapping[str, Any]]:
    return {row[KEYS[table]]: row for row in pack.data.get(table, ())}


def _named(table: str, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"table": table, "id": name, "citation": row["citation"]}


def _others(pack: Pack) -> dict[str, Any]:
    return {key: value for key, value in pack.data.items() if key not in KEYS}


def _changes(old: Any, new: Any, path: str) -> Iterator[dict[str, Any]]:
    """Every difference below a path; lists are compared whole."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            below = f"{path}.{key}" if path else key
            yield from _changes(old.get(key, ABSENT), new.get(key, ABSENT), below)
    elif old != new:
        shown = {"before": old, "after": new}
        yield {"path": path, **{k: None if v is ABSENT else v for k, v in shown.items()}}
