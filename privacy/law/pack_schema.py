"""Is this file a pack? Every fault with its file, its rule and its field.

The form is described for people in docs/law-packs.md. `validate` finds all
faults of a pack; `checked` raises the first ones as bad input.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from privacy.errors import BadInput, Fault
from privacy.law.clock_rules import rules_of
from privacy.law.pack import Pack, parse_pack
from privacy.law.pack_form import Problem, label, labels
from privacy.law.pack_schema_calling import rule_faults
from privacy.law.pack_schema_clocks import clock_faults
from privacy.law.pack_schema_rights import calendar_faults, case_faults, rights_faults
from privacy.law.pack_schema_tables import name_faults, table_faults
from privacy.law.rulebook import compiled

MOST_SHOWN = 5
# By a table that only such a pack has.
BESIDE = {"us_state": rights_faults, "overlay": calendar_faults, "keeping": case_faults}
NO_RULES = ("pack", "rule", "is missing: a pack has rules or clocks")


def validate(file: str, content: bytes) -> tuple[Problem, ...]:
    """Every fault of a pack, whose kind its tables tell.

    `rule` makes a calling pack, `clock` a clock pack, `us_state` a pack of rights,
    `overlay` one of calendars, `keeping` one of case handling. `file` is the name that
    the problems carry. No problem: the pack compiles.
    """
    data = parsed(content)
    if isinstance(data, str):
        return (Problem(file, "pack", "file", data),)
    found = faults_of(data) or list(_uncompiled(file, content))
    return tuple(Problem(file, *fault) for fault in found)


def faults_of(data: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rule, field and fault of everything in a pack's tables."""
    if "clock" in data:
        return list(clock_faults(data))
    if "rule" in data:
        return list(_calling_faults(data))
    return next((list(found(data)) for key, found in BESIDE.items() if key in data), [NO_RULES])


def checked(file: str, content: bytes) -> Pack:
    """The calling or clock pack of a file's bytes, which decides something.

    Raises BadInput with file, rule and field of its faults, or where it is a pack of
    another kind.
    """
    raise_on(validate(file, content))
    pack = parse_pack(file, content)
    if not {"rule", "clock"} & pack.data.keys():
        raise_on((Problem(file, *NO_RULES),))
    return pack


def raise_on(problems: tuple[Problem, ...]) -> None:
    """Raise BadInput where there are problems."""
    if not problems:
        return
    more = f"; {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
    raise BadInput(
        "The law pack has faults. " + "; ".join(map(str, problems[:MOST_SHOWN])) + more + ".",
        what=problems[0].file,
        next="Correct the file; its form is described in docs/law-packs.md.",
    )


def parsed(content: bytes) -> dict[str, Any] | str:
    """The tables of a TOML file, or what is wrong with it."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as fault:
        return f"is no TOML in UTF-8: {fault}"


def _calling_faults(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    tables = list(table_faults(data))
    yield from tables
    if not isinstance(data["rule"], list):
        yield "pack", "rule", "must be a list of tables"
        return
    if tables:
        return  # names in the rules cannot be looked up in tables that are not whole
    yield from name_faults(data)
    for number, rule in enumerate(data["rule"], 1):
        for field, why in rule_faults(rule, data):
            yield label(rule, "rule", number), field, why
    for one, times in Counter(labels(data["rule"], "rule")).items():
        if times > 1:
            yield one, "id", "is there twice"


def _uncompiled(file: str, content: bytes) -> Iterator[tuple[str, str, str]]:
    """What the form does not catch and the compiler does."""
    try:
        pack = parse_pack(file, content)
        if "clock" in pack.data:
            rules_of(pack)
        elif "rule" in pack.data:
            compiled(pack)
    except Fault as fault:
        yield fault.what, "pack", fault.message
    except (KeyError, TypeError, ValueError) as fault:
        yield "pack", "file", f"does not compile: {type(fault).__name__}"
