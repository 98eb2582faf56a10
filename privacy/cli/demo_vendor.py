"""The demo's audit of a vendor: call records of a simulator, nobody was called, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.cli.demo_desk import DemoDesk
from privacy.cli.running import Run
from privacy.cli.vendor_judged import judge
from privacy.vault.files import file_errors, write_whole
from privacy.vendors import store as vendors
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.demo.planting import CLOCK, Planter
from privacy.vendors.calls.demo.writing import writer_of
from privacy.vendors.calls.importing import import_calls, look

VENDOR = "Simulated Dialer Ltd"
FOLDER, REPORT = "vendor", "vendor-calls.pdf"
LAWFUL, EACH = 40, 1
SIMULATED = "records of a simulator: nobody was called"


@dataclass(frozen=True)
class Audited:
    """What the audit found, and its report."""

    verdict: str
    judged: int
    with_breach: int
    rules: int
    report: Path

    def document(self) -> dict[str, Any]:
        return {
            "vendor": VENDOR,
            "simulated": SIMULATED,
            "verdict": self.verdict,
            "calls": self.judged,
            "with_breach": self.with_breach,
            "rules_broken": self.rules,
            "report": str(self.report),
        }

    def line(self) -> str:
        """For the summary."""
        return (
            f"{self.judged} simulated calls judged, {self.with_breach} with a planted breach,"
            f" of {self.rules} rules; nobody was called"
        )


def audit(demo: DemoDesk, run: Run, out: Path, seed: int) -> Audited:
    """Plant breaches in made-up records, import and judge them, and write the report."""
    folder = out / FOLDER
    scenario, writer = Planter(seed, LAWFUL, EACH).scenario(), writer_of("mapping")
    with file_errors("the demo's folder"):
        folder.mkdir(mode=0o700)
    records, mapping = folder / writer.file, folder / "mapping.toml"
    write_whole(records, writer.write(scenario.calls).encode())
    write_whole(mapping, writer.mapping.encode())
    vendor = vendors.new(demo.desk, demo.dpo, VENDOR, contact=None).id
    declared = Declared(zone=CLOCK, clock=SIMULATED, region="US", mapping=mapping)
    done = import_calls(demo.desk, demo.dpo, vendor, look([records], declared))
    found = judge(run, done.record.id)
    path = out / "reports" / REPORT
    found.report(run, path)
    calls = found.document["calls"]
    rules = {one["rule"] for one in found.document["findings"]}
    return Audited(found.audited.verdict, calls["judged"], calls["with_breach"], len(rules), path)
