"""Whether the data map still says of an activity what an assessment was written from. Pure.

The map names its assessments, so that accepting one makes a newer version: what counts is what
the map says of the activity besides that, and of the recipients, systems and measures it names.
"""

from __future__ import annotations

import json
from typing import Any

from privacy.datamap.form import Row
from privacy.datamap.reading import DataMap

# About the assessment itself, or about nothing that an assessment rests on.
BESIDE = frozenset({"assessment", "dpia", "breaches", "changed_on", "number"})


def same(before: DataMap | None, now: DataMap | None, activity: str) -> bool:
    """Whether both maps say the same of that activity. An unknown map says nothing the same."""
    if before is None or now is None:
        return False
    if activity not in before.activities or activity not in now.activities:
        return False
    return _said(before, activity) == _said(now, activity)


def _said(found: DataMap, activity: str) -> str:
    row = found.activities[activity]
    told: dict[str, Any] = {name: value for name, value in row.items() if name not in BESIDE}
    told["basis"] = [_without(each) for each in row.get("basis", ())]
    recipients = [*row.get("recipients", ()), *row.get("joint_controllers", ())]
    recipients += [each["recipient"] for each in row.get("transfer", ())]
    systems = [found.systems[each] for each in row.get("systems", ())]
    measures = [*row.get("measures", ())]
    measures += [each for system in systems for each in system.get("measures", ())]
    told["rows"] = [
        *(found.recipients[each] for each in recipients),
        *systems,
        *(found.measures[each] for each in measures),
    ]
    return json.dumps(told, sort_keys=True, default=str)


def _without(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in BESIDE}
