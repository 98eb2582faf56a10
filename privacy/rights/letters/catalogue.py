"""Which letter says what under which law: the rows of the pack `letters`. Pure.

A letter is a list of blocks. A block names the legal items that it fulfils, the
variables that its words may use, and when it is printed. The narrowest row of a
letter counts: the law's own, then its group's (`US_*`: every state but California,
whose law is its own), then `*`. A law that knows no such letter has a row that says
why. Words of the blocks stand in the language files, never here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from privacy.errors import BadInput, NotFound
from privacy.law.pack import load_pack

PACK = "letters"
STATES, OF_STATES = "US_*", "US_"
# California's law is its own; acts beside a law have the letters of that law.
NOT_OF_STATES = ("US_CA",)
BESIDE = {"UK_DPA2018": "UK_GDPR", "US_CA_DELETE": "US_CA"}
TYPES = ("text", "prose", "date", "number", "flag", "list", "rows")
SOURCES = ("desk", "case", "staff")
ROLES = ("heading", "text", "list", "note", "remedies")


@dataclass(frozen=True)
class Variable:
    """A fact that words may use. `codes`: the table of the language file that has its words.

    `columns`, for rows: each column with what it is (text, date, number, or a table of codes).
    """

    name: str
    type: str
    source: str
    what: str
    codes: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Block:
    """One part of letters. `shows`: values that a reader must find in it whatever its words."""

    id: str
    role: str
    items: tuple[str, ...]
    variables: tuple[str, ...]
    optional: tuple[str, ...]
    shows: tuple[str, ...]
    each: str
    when: tuple[str, ...]
    unless: tuple[str, ...]

    @property
    def usable(self) -> frozenset[str]:
        """Every variable that the block's words may name."""
        return frozenset((*self.variables, *self.optional))

    @property
    def required(self) -> tuple[str, ...]:
        """Variables without which the block cannot be printed when it has to be."""
        tested = {*self.optional, *self.when, *self.unless}
        return tuple(name for name in self.variables if name not in tested)


@dataclass(frozen=True)
class Row:
    """A letter under a law or a group of laws; `none` says why a law has no such letter."""

    kind: str
    law: str
    blocks: tuple[str, ...]
    none: str


@dataclass(frozen=True)
class Item:
    """What the law wants in a letter. Not required: good practice. `without`: laws of its
    group that do not want it."""

    id: str
    letter: str
    law: str
    text: str
    citation: str
    status: str
    required: bool
    without: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """The whole pack, checked."""

    variables: Mapping[str, Variable]
    blocks: Mapping[str, Block]
    rows: tuple[Row, ...]
    items: Mapping[str, Item]
    sha256: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every letter, in the order of the pack."""
        return tuple(dict.fromkeys(row.kind for row in self.rows))

    def row(self, kind: str, law: str) -> Row:
        """The row of a letter under a law. BadInput for a kind or law that nobody knows."""
        for pattern in patterns(law):
            for row in self.rows:
                if row.kind == kind and row.law == pattern:
                    return row
        if kind in self.kinds:
            raise BadInput(
                "No row says what this letter is under that law.", what=f"{kind} under {law}"
            )
        raise BadInput(
            "There is no such letter.", what="--kind", next=f"One of: {', '.join(self.kinds)}."
        )

    def letter(self, kind: str, law: str) -> tuple[Block, ...]:
        """Its blocks in order. NotFound, with the reason, where the law has no such letter."""
        row = self.row(kind, law)
        if row.none:
            raise NotFound(
                f"There is no such letter under this law: {row.none}",
                what=f"{kind} under {law}",
                next="See `rightsdesk letter matrix`.",
            )
        return tuple(self.blocks[name] for name in row.blocks)

    def items_of(self, kind: str, law: str) -> tuple[Item, ...]:
        """What the law wants in that letter: rows of the law itself, its group, and all laws."""
        wanted = patterns(law)
        return tuple(
            item
            for item in self.items.values()
            if item.letter == kind and item.law in wanted and law not in item.without
        )


def patterns(law: str) -> tuple[str, ...]:
    """The names under which rows speak of a law, the narrowest first."""
    if law in BESIDE:
        return (law, BESIDE[law], "*")
    if law.startswith(OF_STATES) and law not in NOT_OF_STATES:
        return (law, STATES, "*")
    return (law, "*")


@cache
def catalogue() -> Catalogue:
    """The package's own; the suite holds that it has no faults."""
    pack = load_pack(PACK)
    return Catalogue(
        {row["name"]: _variable(row) for row in pack.data["variable"]},
        {row["id"]: _block(row) for row in pack.data["block"]},
        tuple(_row(row) for row in pack.data["letter"]),
        {row["id"]: _item(row) for row in load_pack("rights").data["letter_item"]},
        pack.sha256,
    )


def faults(found: Catalogue, laws: tuple[str, ...]) -> Iterator[str]:
    """Everything that does not fit together, in words; nothing: every letter can be made."""
    for variable in found.variables.values():
        yield from _variable_faults(variable)
    for block in found.blocks.values():
        yield from (f"{block.id}: {why}" for why in _block_faults(block, found))
    used = {name for row in found.rows for name in row.blocks}
    yield from (f"{name}: no letter uses this block" for name in set(found.blocks) - used)
    seen: set[tuple[str, str]] = set()
    for row in found.rows:
        where = f"{row.kind} under {row.law}"
        if (row.kind, row.law) in seen:
            yield f"{where}: is there twice"
        seen.add((row.kind, row.law))
        if bool(row.blocks) is bool(row.none):
            yield f"{where}: has either blocks or a reason why there is no such letter"
        yield from (f"{where}: no block {b}" for b in row.blocks if b not in found.blocks)
    for kind in found.kinds:
        for law in laws:
            yield from _letter_faults(found, kind, law)
    yield from (
        f"item {item.id}: there is no letter {item.letter}"
        for item in found.items.values()
        if item.letter not in found.kinds
    )


def _letter_faults(found: Catalogue, kind: str, law: str) -> Iterator[str]:
    try:
        row = found.row(kind, law)
    except BadInput:
        yield f"{kind} under {law}: no row"
        return
    wanted = found.items_of(kind, law)
    if row.none:
        own = [i.id for i in wanted if i.required and i.law != "*"]
        yield from (f"{kind} under {law}: there is no letter, yet {i} is required" for i in own)
        return
    held = {
        item for name in row.blocks if name in found.blocks for item in found.blocks[name].items
    }
    yield from (
        f"{kind} under {law}: no block fulfils {item.id}"
        for item in wanted
        if item.required and item.id not in held
    )


def _variable_faults(one: Variable) -> Iterator[str]:
    if one.type not in TYPES:
        yield f"{one.name}: no type {one.type}"
    if one.source not in SOURCES:
        yield f"{one.name}: no source {one.source}"
    if (one.type == "rows") is not bool(one.columns):
        yield f"{one.name}: rows have columns, and nothing else has"


def _block_faults(block: Block, found: Catalogue) -> Iterator[str]:
    if block.role not in ROLES:
        yield f"no role {block.role}"
    named = {*block.variables, *block.optional, *block.when, *block.unless, *block.shows}
    yield from (f"no variable {name}" for name in sorted(named - set(found.variables)))
    yield from (f"shows {name} and may not use it" for name in set(block.shows) - block.usable)
    if block.each and found.variables.get(block.each, NO_VARIABLE).type not in ("list", "rows"):
        yield f"each {block.each} is no list"
    if block.each and block.each not in block.usable:
        yield f"each {block.each} is not among its variables"
    yield from (f"no item {name}" for name in block.items if name not in found.items)


NO_VARIABLE = Variable("", "", "", "", "", ())


def _variable(row: Mapping[str, Any]) -> Variable:
    columns = tuple(_column(str(column)) for column in row.get("columns", ()))
    return Variable(
        row["name"], row["type"], row["from"], row["what"], row.get("codes", ""), columns
    )


def _column(text: str) -> tuple[str, str]:
    """`until_on:date`, `reason:code.reason`, or a plain name, which is text."""
    name, _, kind = text.partition(":")
    return name, kind or "text"


def _block(row: Mapping[str, Any]) -> Block:
    lists = ("items", "variables", "optional", "shows", "when", "unless")
    return Block(
        id=row["id"],
        role=row["role"],
        each=row.get("each", ""),
        **{key: tuple(row.get(key, ())) for key in lists},
    )


def _row(row: Mapping[str, Any]) -> Row:
    return Row(row["kind"], row["law"], tuple(row.get("blocks", ())), row.get("none", ""))


def _item(row: Mapping[str, Any]) -> Item:
    fields = {key: row[key] for key in Item.__annotations__ if key != "without"}
    return Item(**fields, without=tuple(row.get("except", ())))
