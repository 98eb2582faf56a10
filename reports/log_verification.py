"""What `audit verify` found, in a form that a regulator can repeat.

Input (`LogVerification`):

- `verification`: the answer of `rightsdesk audit verify`, field by field; nothing is judged
  anew here. `exit_code` 0 verified, 3 altered, 4 truncated or rolled back, 5 fork, 6 stale.
- `keys`: the chain of day keys as the log names them: a key signs sizes above `after`, up to
  and with `until` (null: still in force).
- `anchors`: checkpoints that the log says were given away; `given` the copies that were held
  against the log for this report.
- `by_action`, `by_month`: entries of the verified part, from the columns beside the entries,
  which the verification compared with the entries themselves. Months are of UTC.
- `annexes`: `log-leaves.csv`, one row for each entry with its leaf hash: the root follows from
  them alone (RFC 9162); `checkpoints.csv`. A log too long for an annex has none, and says so.

`figures` derives the verdict and what does not add up. It never says verified unless
`audit verify` did.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Literal, TypedDict, cast

from privacy.audit.tree import CompactRange
from reports import annex, charts
from reports.annex import Annex
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Instant, Zone, check
from reports.showing import words

SCHEMA = "rightsdesk.report.log-verification/1"
PREFIX = "LV"
TITLE = "Verification of the audit log"
ABOUT = "whether the log is whole, unchanged and the one that was signed for; how to repeat it"
FOR_WHOM = "a regulator, an auditor; no person is named"
LEAVES, CHECKPOINTS = "log-leaves.csv", "checkpoints.csv"
LEAF_COLUMNS = ("entry", "at", "action", "leaf_sha256", "finding")
CHECKPOINT_COLUMNS = ("size", "root_b64", "key")
VERDICTS = {0: "verified", 3: "altered", 4: "truncated", 5: "fork", 6: "stale"}


class Finding(TypedDict):
    """`index` is the bad entry, with `last` the first that may be it."""

    exit_code: Count
    index: Count | None
    text: str
    last: Count | None


class Tail(TypedDict):
    entries: Count
    age_s: Count


class Anchored(TypedDict):
    size: Count
    shown: bool


class Verification(TypedDict):
    verified: bool
    exit_code: Literal[0, 3, 4, 5, 6]
    first_bad: Count | None
    findings: list[Finding]
    origin: str
    size: Count
    root: str
    first_key: str
    days: Count
    checkpoints: Count
    anchor: Anchored
    unanchored: Tail
    unsigned: Tail


class Key(TypedDict):
    verifier: str
    after: Count
    until: Count | None


class Given(TypedDict):
    """A checkpoint outside the log: of which size, which root, since when or where from."""

    size: Count
    root: str
    source: str


class Counted(TypedDict):
    name: str
    entries: Count


class LogVerification(TypedDict):
    schema: Literal["rightsdesk.report.log-verification/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    verified_at: Instant
    zone: Zone
    verification: Verification
    keys: list[Key]
    anchors: list[Given]
    given: list[Given]
    by_action: list[Counted]
    by_month: list[Counted]
    annexes: list[Annex]
    limits: list[str]


def leaf_layout(seed: str) -> annex.Layout:
    """How `log-leaves.csv` is laid out."""
    return annex.Layout(
        LEAVES,
        "Every entry of the log that was verified, with the leaf hash that the root is made of",
        LEAF_COLUMNS,
        day_column="at",
        exception_column="finding",
        seed=seed,
    )


def checkpoint_layout(seed: str) -> annex.Layout:
    """How `checkpoints.csv` is laid out."""
    return annex.Layout(
        CHECKPOINTS,
        "Every checkpoint that the log holds: a size and root that was signed for",
        CHECKPOINT_COLUMNS,
        seed=seed,
    )


def checked(data: dict[str, object]) -> LogVerification:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, LogVerification)
    return cast(LogVerification, data)


def subject(data: LogVerification) -> str:
    """What the document is about, for its title."""
    return f"{data['verification']['size']:,} entries"


def contradictions(data: LogVerification, files: Mapping[str, bytes]) -> list[str]:
    """What the attached leaf hashes say otherwise: the size, the root, the counts by action."""
    found = []
    for held in data["annexes"]:
        if held["name"] != LEAVES:
            continue
        if held["columns"] != list(LEAF_COLUMNS):
            return [LEAVES]
        tree, actions = CompactRange(), dict[str, int]()
        try:
            for row in annex.read(held, files[LEAVES]):
                tree.append(bytes.fromhex(row[3]))
                actions[row[2]] = actions.get(row[2], 0) + 1
        except ValueError:
            return [LEAVES]
        said = data["verification"]
        root = base64.b64encode(tree.root()).decode()
        # Where entries were changed, the root is that of the entries, not of their leaves.
        if tree.size != said["size"] or (said["verified"] and root != said["root"]):
            found.append("root")
        if actions != {row["name"]: row["entries"] for row in data["by_action"]}:
            found.append("by_action")
    return found


def figures(data: LogVerification) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    said = data["verification"]
    gaps = _gaps(data)
    word = VERDICTS[said["exit_code"]]
    if word == "verified" and (gaps or not said["verified"] or said["findings"]):
        word = "contradicted"
    return {
        "verdict": word,
        "gaps": gaps,
        "signed": said["size"] - said["unsigned"]["entries"],
        "kinds": len(data["by_action"]),
        "forks": sum(each["exit_code"] == 5 for each in said["findings"]),
        "altered": sum(each["exit_code"] == 3 for each in said["findings"]),
        "truncated": sum(each["exit_code"] == 4 for each in said["findings"]),
        "leaves": any(each["name"] == LEAVES for each in data["annexes"]),
    }


def drawings(data: LogVerification) -> dict[str, Chart]:
    """The charts of the report."""
    return {
        "months": charts.columns(
            "Entries of the log, by month (UTC)",
            "entries",
            [(row["name"], row["entries"]) for row in data["by_month"]][-24:],
            "Month",
        ),
        "actions": charts.bar(
            "Entries of the log, by what was done",
            "entries",
            [(words(row["name"]), row["entries"]) for row in data["by_action"][:16]],
            "Action",
        ),
    }


def _gaps(data: LogVerification) -> list[str]:
    """What does not add up, in words."""
    size = data["verification"]["size"]
    found = [
        f"entries by {name} are {total:,} and not {size:,}"
        for name, total in (
            ("action", sum(row["entries"] for row in data["by_action"])),
            ("month", sum(row["entries"] for row in data["by_month"])),
        )
        if total != size
    ]
    if len(data["keys"]) != data["verification"]["days"]:
        found.append("the chain of keys is not as long as the days that were verified")
    return found
