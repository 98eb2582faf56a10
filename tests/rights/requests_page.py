"""The tables of docs/requests.md, made from the kinds, their ways and the pack.

`python -m tests.rights.requests_page` writes them into the page again; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from privacy.law.clock_rules import clock_rules
from privacy.law.pack import load_pack
from privacy.rights import casework, levels, pack
from privacy.rights.case import WAY_OF, Kind, State, Step, Way, moves

PAGE = Path(__file__).parents[2] / "docs" / "requests.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
PATH = {
    "proven": "open, verified, planned, approved, fulfilled, closed",
    "run": "open, verified, planned, approved, running, fulfilled, closed",
    "immediate": "open, fulfilled (same command), closed",
    "reviewed": "open, planned, approved, fulfilled, closed",
    "task": "open, fulfilled, closed",
}


def tables() -> str:
    """Everything between the page's markers."""
    return "\n".join([*_kinds(), "", *_periods(), "", *_territories()])


def rewritten(page: str) -> str:
    """The page with its tables made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{tables()}\n{END}{tail}"


def _kinds() -> list[str]:
    lines = ["## Kinds", "", "| kind | way | states | proof | refused | answers | right |"]
    lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
    return lines + [_kind(kind) for kind in Kind]


def _kind(kind: Kind) -> str:
    way = WAY_OF[kind].value
    proof = "none" if kind is Kind.NOTICE else _proof(kind)
    refused = "yes" if (State.OPEN, Step.REFUSE) in moves(kind) else "no"
    answers = ", ".join(casework.OUTCOMES.get(kind, ())) or "by `request fulfil`"
    if WAY_OF[kind] is Way.IMMEDIATE:
        answers = "number or e-mail suppressed for everything"
    cells = [f"`{kind.value}`", way, PATH[way], proof, refused, answers]
    return f"| {' | '.join(cells)} | {pack.right_citation(kind, 'EU_GDPR')} |"


def _proof(kind: Kind) -> str:
    ordinary = levels.needed(kind.value, ("EU_GDPR",), "ordinary").level.name.lower()
    californian = levels.needed(kind.value, ("US_CA",), "ordinary").level.name.lower()
    return ordinary if ordinary == californian else f"{ordinary}; {californian} under US_CA"


def _periods() -> list[str]:
    lines = ["## Laws and kinds", "", "| law | kind | counted as | source | mark |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for row in load_pack(pack.PACK).data["right"]:
        law = "every other law" if row["law"] == "*" else row["law"]
        counted = "no period" if row["request_kind"] == pack.NO_PERIOD else row["request_kind"]
        cells = [law, f"`{row['kind']}`", counted, row["citation"], row["status"]]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _territories() -> list[str]:
    lines = ["## Places", "", "| law | persons in | mark |", "| --- | --- | --- |"]
    known = clock_rules().laws
    for row in load_pack(pack.PACK).data["territory"]:
        assert row["law"] in known
        lines.append(f"| {row['law']} | {' '.join(row['places'])} | {row['status']} |")
    return lines


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text("utf-8")), "utf-8")
