"""Examples of the reports made from a data map: records, and assessments of one activity."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from privacy.datamap import vocabulary
from privacy.datamap.assessments import document
from reports import (
    assessed,
    dpia,
    legitimate_interest,
    map_annex,
    records,
    records_controller,
    records_processor,
)

FOLDER = Path(__file__).parents[1] / "datamap"
KAUFHAUS = (FOLDER / "kaufhaus.toml").read_text("utf-8")
LIMITS = ["The record says what the controller stated; nobody looked whether it is so."]
NAMES = {"calls": "Advertising by telephone", "letters": "Catalogues by post and e-mail"}
Made = dict[str, tuple[dict[str, Any], dict[str, bytes]]]


def record(
    base: dict[str, Any], role: Any, set_id: str, text: str = KAUFHAUS
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Data and files of a record of that map."""
    report = records_controller if role == "controller" else records_processor
    texts = {"kaufhaus.toml": text}
    made = map_annex.write(records.MAP, records.WHAT, [texts])
    data: dict[str, Any] = {
        **deepcopy(base),
        "schema": report.SCHEMA,
        "representative": "",
        "law": "EU_GDPR",
        "role": role,
        "version": {
            "number": 4,
            "digest": map_annex.digest(texts),
            "at": "2026-11-20T09:12:00Z",
            "by": "handler",
            "entry": "e-q3v7m2x5k4t6",
        },
        "vocabulary": vocabulary.about(),
        "annexes": [made.annex],
        "limits": LIMITS,
    }
    return data | records.said(texts, role, set_id, records.party(data)), {
        records.MAP: made.content
    }


def made(base: dict[str, Any]) -> Made:
    """Data and files of each kind."""
    return {
        "records-controller": record(base, "controller", "dsk"),
        "records-processor": record(base, "processor", "ico"),
        "dpia": assessment(base, "dpia"),
        "legitimate-interest": assessment(base, "interest"),
    }


def assessment(
    base: dict[str, Any],
    name: str,
    *,
    text: str = "",
    signed_by: str | None = "handler",
    position: str = "for_with_conditions",
    on: str = "2026-11-24",
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Data and files of an assessment of the example map: written, advised on, signed."""
    maps = {"kaufhaus.toml": KAUFHAUS}
    written = text or (FOLDER / f"{name}.toml").read_text("utf-8")
    own = {document.FILE: written.replace("0" * 64, map_annex.digest(maps))}
    of = map_annex.digest(own)
    texts = {"assessment": own, "datamap": maps}
    advice = {"position": position, "text": "Lists of the call centre must be gone by January."}
    texts["advice"] = _note(of, "dpo", advice)
    if signed_by:
        said = {"advice": map_annex.digest(texts["advice"])}
        if position == "against":
            said["overruled"] = "The condition is met before the first call."
        texts["signature"] = _note(of, signed_by, said)
    annex = map_annex.write(assessed.TEXTS, assessed.WHAT, list(texts.values()))
    found = assessed.said(texts, str(document.read(own[document.FILE].encode()).row["outline"]), on)
    who = {"assessment": "clerk", "datamap": "handler", "advice": "dpo", "signature": signed_by}
    row = document.read(own[document.FILE].encode()).row
    report = dpia if found["kind"] == "dpia" else legitimate_interest
    data: dict[str, Any] = {
        **deepcopy(base),
        "schema": report.SCHEMA,
        "assessment": {
            "id": "as-q3v7m2x5k4t6",
            "title": row["title"],
            "activity": row["activity"],
            "activity_name": NAMES[row["activity"]],
            "authors": ["clerk"],
            "texts": 3,
            "review_on": row["review_on"].isoformat(),
        },
        "versions": [
            {
                "what": what,
                "digest": map_annex.digest(each),
                "entry": f"e-{what}",
                "by": who[what],
                "at": "2026-11-20T10:00:00Z",
            }
            for what, each in texts.items()
        ],
        "read": {"at": f"{on}T09:00:00Z", "tree_size": 18_204},
        "on": on,
        "signed_before": bool(signed_by),
        "annexes": [annex.annex],
        "limits": ["Likelihood and severity are judgements of the authors."],
    }
    return data | found, {assessed.TEXTS: annex.content}


def _note(of: str, by: str, words: dict[str, str]) -> dict[str, str]:
    told = {"of": of, "by": by, "at": "2026-11-20T10:00:00Z", "words": words}
    return {"note.json": json.dumps(told, sort_keys=True)}
