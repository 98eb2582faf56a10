"""What a training needs in one folder: export, mapping, labels, a desk's history. Pure."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from privacy.vendors.calls.demo.planting import (
    CLOCK,
    FIRST,
    PAID,
    REGISTER,
    SELLER,
    STOP_AT,
    Holder,
    Scenario,
)
from privacy.vendors.calls.demo.world import published
from privacy.vendors.calls.demo.writing import MADE_BY, Writer, labels

HISTORY = "rightsdesk.vendor-demo-history/1"
CONTACTS_MAPPING = """# Made by a simulator.
[columns]
"name" = "full"
"phone" = "phone:mobile"
"region" = "address.region:home"
[[consent]]
column = "marketing calls"
kind = "grant"
channel = ["voice_live", "voice_prerecorded"]
purpose = "marketing"
at = "since"
"""


def files(scenario: Scenario, writer: Writer, seed: int) -> dict[str, str]:
    """Texts by file name."""
    told = {
        writer.file: writer.write(scenario.calls),
        "labels.json": _json(labels(scenario, writer, seed)),
        "history.json": _json(_history(scenario)),
        "contacts.csv": _contacts(scenario),
        "contacts-mapping.toml": CONTACTS_MAPPING,
        f"{REGISTER}.txt": "".join(f"{number}\n" for number in sorted(scenario.listed)),
        "README.txt": _readme(writer, seed),
    }
    if writer.mapping:
        told["mapping.toml"] = writer.mapping
    return told


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _history(scenario: Scenario) -> dict[str, Any]:
    """What the desk is supposed to know; opt-outs stand in the records themselves."""
    return {
        "schema": HISTORY,
        "made_by": MADE_BY,
        "seller": SELLER,
        "people": [_holder(holder) for _, holder in sorted(scenario.holders.items())],
        "registers": {
            REGISTER: {
                "published": [day.isoformat() for day in published()],
                "listed": sorted(scenario.listed),
            }
        },
        "told_to_stop": STOP_AT.isoformat(),
        "areas_paid_for": PAID,
        "erased": [
            {"number": number, "at": at.isoformat()}
            for number, at in sorted(scenario.erased.items())
        ],
    }


def _holder(holder: Holder) -> dict[str, Any]:
    return {
        "number": holder.number,
        "region": holder.region,
        "line": holder.line,
        "consent": "prior_express_written_consent" if holder.consented else None,
        "granted": holder.granted_at.isoformat() if holder.consented else None,
    }


def _contacts(scenario: Scenario) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("name", "phone", "region", "marketing calls", "since"))
    for number, (_, holder) in enumerate(sorted(scenario.holders.items()), start=1):
        since = holder.granted_at.date().isoformat() if holder.consented else ""
        said = "yes" if holder.consented else ""
        rows.writerow((f"Simulated {number}", holder.number, holder.region[3:], said, since))
    return text.getvalue()


def _readme(writer: Writer, seed: int) -> str:
    declared = f" --zone {CLOCK} --clock 'the simulator says so'" if writer.needs_zone else ""
    mapping = " --mapping mapping.toml" if writer.mapping else ""
    return (
        "SIMULATED CALL RECORDS: nobody was called.\n\n"
        f"Made by the simulator of rightsdesk, seed {seed}, as an export of the format"
        f" {writer.name}.\nAll numbers are of the range that is reserved for fiction (555-0100 to"
        " 555-0199).\n\n"
        "labels.json says in which record which breach is planted, and whether this format's\n"
        "columns can show it. history.json is what the desk is supposed to hold: consents and a\n"
        "do-not-call list with its dates. Opt-outs stand in the records.\n\n"
        "  rightsdesk contacts import contacts.csv --mapping contacts-mapping.toml --region US"
        " --source simulator\n"
        f"  rightsdesk register import {REGISTER} {REGISTER}.txt --published {published()[0]}"
        " --region US\n"
        "  rightsdesk vendor new 'Simulated Dialer Ltd'\n"
        f"  rightsdesk vendor fact stop VENDOR --at {STOP_AT.isoformat()}\n"
        f"  rightsdesk vendor fact areas VENDOR --codes {','.join(PAID)}"
        f" --at {FIRST.isoformat()}T00:00:00Z\n"
        f"  rightsdesk vendor audit-calls VENDOR {writer.file}{mapping}{declared} --region US\n\n"
        "A list of the desk is as old as its newest state: load it again for each day in\n"
        "history.json, or the days after it stay unproved. Consents of contacts.csv are recorded\n"
        "as the import records them; where a rule needs them in writing, record them so. Whom\n"
        "history.json says to be erased must be known to the desk, and erased, before the calls.\n"
    )
