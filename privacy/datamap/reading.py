"""A data map from its files: all tables together, every id known, every fault told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.datamap import tables
from privacy.datamap.form import Fault, Faults, Field, Row, check_row, check_rows, read_toml, refuse
from privacy.errors import BadInput

FILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}\.toml")
MOST_FILES = 60


@dataclass(frozen=True)
class DataMap:
    """Rows of every table by id, in the order of the files. `organisation` may be empty."""

    organisation: Row = field(default_factory=dict)
    systems: Mapping[str, Row] = field(default_factory=dict)
    recipients: Mapping[str, Row] = field(default_factory=dict)
    measures: Mapping[str, Row] = field(default_factory=dict)
    activities: Mapping[str, Row] = field(default_factory=dict)
    processings: Mapping[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """What files hold. The map is whole only where there is no fault."""

    map: DataMap
    faults: tuple[Fault, ...]


def read(files: Mapping[str, bytes]) -> DataMap:
    """The map of these files by name. BadInput for the first fault, with their number."""
    checked = check(files)
    refuse(checked.faults)
    return checked.map


def check(files: Mapping[str, bytes]) -> Checked:
    """The map of these files and every fault in them; any bytes give an answer."""
    faults: list[Fault] = []
    found: dict[str, dict[str, Row]] = {name: {} for name in tables.TABLES}
    placed: list[tuple[str, str, Row]] = []
    organisation: Row = {}
    for name in sorted(files):
        told = Faults(name)
        content = _tables_of(told, files[name])
        if "organisation" in content:
            if organisation:
                told.add("organisation", "It stands in another file already.", "Keep one.")
            organisation = _organisation(told, content["organisation"])
        for table, form in tables.TABLES.items():
            for row in check_rows(told, table, content.get(table, []), form):
                if row["id"] in found[table]:
                    told.add(f"{table}.{row['id']}", "That id stands twice.", "Choose another.")
                found[table][row["id"]] = row
                placed.append((name, table, row))
        faults += told.found
    if len(files) > MOST_FILES:
        faults.append(Fault("datamap", "files", f"More than {MOST_FILES} files.", "Join some."))
    made = DataMap(organisation, *(found[name] for name in tables.TABLES))
    return Checked(made, (*faults, *_unknown(placed, found)))


def _tables_of(told: Faults, content: bytes) -> Mapping[str, Any]:
    read_as = read_toml(told.file, content)
    if isinstance(read_as, Fault):
        told.found.append(read_as)
        return {}
    if read_as.get("schema") != tables.SCHEMA:
        told.add("schema", "It is missing or another one.", f'Write schema = "{tables.SCHEMA}".')
    known = {"schema", "sample", *tables.TABLES, *tables.SINGLE}
    for key in read_as:
        if key not in known:
            told.add("file", "It holds a table that is not known.", f"{', '.join(sorted(known))}.")
    if "sample" in read_as and not isinstance(read_as["sample"], bool):
        told.add("sample", "It is neither true nor false.", "Write true or false.")
    return read_as


def _organisation(told: Faults, value: Any) -> Row:
    if not isinstance(value, dict):
        told.add("organisation", "It is no table.", "Write [organisation] before its fields.")
        return {}
    return value if check_row(told, "organisation", value, tables.ORGANISATION) else {}


def _unknown(
    placed: Sequence[tuple[str, str, Row]], found: Mapping[str, Mapping[str, Row]]
) -> Iterator[Fault]:
    """Ids that no row of their table has. Ids of assessments are looked up by the desk."""
    for file, table, row in placed:
        for place, of, value in _references(row, tables.TABLES[table], f"{table}.{row['id']}"):
            if of in found and value not in found[of]:
                what = f"There is no {of} of that id."
                yield Fault(file, place, what, f"Write [[{of}]] with it, or mend the id.")


def _references(row: Row, form: Mapping[str, Field], place: str) -> Iterator[tuple[str, str, str]]:
    for key, each in form.items():
        value = row.get(key)
        if value is None:
            continue
        if each.kind == "ids":
            yield from ((f"{place}.{key}", each.of, one) for one in value)
        elif each.kind == "one":
            yield f"{place}.{key}", each.of, value
        elif each.kind == "tables":
            for inner in value:
                yield from _references(inner, each.of, f"{place}.{key}")


def file_name(name: str) -> str:
    """A name that a file of the map may have. BadInput for any other."""
    given = name if name.endswith(".toml") else f"{name}.toml"
    if not FILE.fullmatch(given):
        raise BadInput(
            "That is no name of a file of the data map.",
            what="file",
            next="a-z, 0-9, dash and underscore, such as marketing.toml.",
        )
    return given


def is_sample(files: Mapping[str, bytes]) -> bool:
    """Whether a file of a valid map still says that it is a sample."""
    read_as = (read_toml(name, content) for name, content in files.items())
    return any(not isinstance(each, Fault) and each.get("sample") is True for each in read_as)
