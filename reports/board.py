"""The year on one page for a board: what happened, month by month, and what needs a decision.

Input (`Board`), as of a size of the log; no person is named:

- `months`: twelve at most, oldest first, each with its counts: placed calls, refused calls,
  violations found in placed calls, opt-outs, consents granted and withdrawn, requests received,
  answered, late or overdue, breaches and those notified later than 72 hours.
- `before`: the same sums of the same days a year before, or null where the desk has none.
- `log_verified`.

`figures` derives the sums, the changes against the year before and the verdict. The page is
one page always.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict, cast

from reports import charts
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.request_register import Period, Read
from reports.shape import Count, check

SCHEMA = "rightsdesk.report.board/1"
PREFIX = "BD"
TITLE = "Data protection: the year on one page"
ABOUT = "calls, opt-outs, consents, requests and breaches of the year by month, on one page"
FOR_WHOM = "the board; no person is named"
MOST_MONTHS = 12
MODULE_MM = 0.33
"""Of the QR code: small, so that all stays on one page, and still read by a telephone."""


class Sums(TypedDict):
    placed: Count
    refused: Count
    violations: Count
    not_looked: Count
    opt_outs: Count
    granted: Count
    withdrawn: Count
    requests: Count
    answered: Count
    late: Count
    breaches: Count
    breaches_late: Count


class Month(Sums):
    month: str


class Board(TypedDict):
    schema: Literal["rightsdesk.report.board/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    months: list[Month]
    before: Sums | None
    log_verified: bool
    limits: list[str]


NAMES = tuple(Sums.__annotations__)
PANELS = {
    "placed": "Calls placed",
    "refused": "Calls refused",
    "opt_outs": "Opt-outs",
    "requests": "Requests received",
    "granted": "Consents granted",
    "withdrawn": "Consents withdrawn",
}


def checked(data: dict[str, object]) -> Board:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, Board)
    return cast(Board, data)


def subject(data: Board) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def figures(data: Board) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    total = {name: sum(cast(dict[str, int], row)[name] for row in data["months"]) for name in NAMES}
    before = cast(dict[str, int] | None, data["before"])
    return {
        "total": total,
        "changes": {name: _change(total[name], before, name) for name in NAMES},
        "matters": _matters(total, data["log_verified"]),
        "verdict": _level(total, data["log_verified"]),
        "months": data["months"][-MOST_MONTHS:],
    }


def drawings(data: Board) -> dict[str, Chart]:
    """The charts of the page."""
    months = data["months"][-MOST_MONTHS:]
    names = [row["month"] for row in months]
    return {
        "trends": small(names, [cast(dict[str, Any], row) for row in months]),
    }


def small(names: Sequence[str], months: Sequence[dict[str, Any]]) -> Chart:
    """Each panel on its own scale would mislead side by side; each says its highest number."""
    return charts.multiples(
        "The year by month",
        "by month",
        names,
        {title: [row[name] for row in months] for name, title in PANELS.items()},
        "What",
        own_scales=True,
        across=50,
    )


def _change(now: int, before: dict[str, int] | None, name: str) -> str:
    """Against the year before, in words that need no sign alone."""
    if before is None:
        return "no year before"
    then = before[name]
    if now == then:
        return "as in the year before"
    if then == 0:
        return "none in the year before"
    return f"{abs(now - then) * 100 / then:.0f} % {'more' if now > then else 'less'}"


def _matters(total: dict[str, int], log_verified: bool) -> list[dict[str, Any]]:
    """What needs a decision, the gravest first."""
    told = (
        ("violations", "calls that broke a rule when they were looked at again", True),
        ("breaches_late", "breaches notified later than 72 hours, or open past them", True),
        ("late", "requests answered late or overdue", True),
        ("not_looked", "calls that could not be looked at again", False),
    )
    found = [
        {"count": total[name], "text": text, "level": "breach" if grave else "not_provable"}
        for name, text, grave in told
        if total[name]
    ]
    if not log_verified:
        text = "the audit log did not verify"
        found.append({"count": 0, "text": text, "level": "not_provable"})
    return found


def _level(total: dict[str, int], log_verified: bool) -> str:
    levels = {each["level"] for each in _matters(total, log_verified)}
    if "breach" in levels:
        return "breach"
    return "not_provable" if levels else "no_breach_found"
