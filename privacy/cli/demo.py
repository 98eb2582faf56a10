"""`rightsdesk demo`: the main job end to end, on an embedded desk of made-up people.

Makes a desk, imports contacts, records consents, runs a campaign through the
gateway and the dialer's own process on a simulator line, answers an access, an
erasure and an opt-out request, audits a simulated vendor's call records, writes
the reports and verifies the log offline.
Calls are judged at a stated simulated instant; nobody is called.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from privacy.audit.bundle import make_bundle
from privacy.audit.checking import check_database
from privacy.audit.looking import entries_until, notes_until
from privacy.cli import campaign_report, demo_desk, demo_map, demo_vendor
from privacy.cli.consent import instant_of
from privacy.cli.demo_desk import DemoDesk
from privacy.cli.demo_people import as_csv, people
from privacy.cli.demo_requests import Answered, answer_requests
from privacy.cli.dial import run_dial
from privacy.cli.options import Common, common_options
from privacy.cli.report import write_report
from privacy.cli.running import Run, answer, settings_of
from privacy.cli.showing import console, note, progress, table
from privacy.clock import SystemClock, rfc3339
from privacy.contacts.importing import ImportOptions, ImportResult, import_file
from privacy.errors import BadInput
from privacy.gateway import campaigns
from privacy.gateway.campaigns import NewCampaign
from privacy.imported_consents import keeper
from privacy.rights.package import writing
from privacy.terms import Channel, LawfulBasis, Purpose
from privacy.vault.files import file_errors, write_whole
from reports.rule_text import text_of

SEED = 20261118
NO_NUMBER = "no_number_to_call"
SPEED = 20.0
CHANNELS = 40
SCRIPT = """\
This is an automated call from Example Retail about this week's offers in our stores.
Press 9 at any time and we will not call again.
This week all garden tools are ten percent off. Thank you for listening."""
SIMULATED = "Simulated: made-up instant, simulator line. No telephone rang."


@dataclass
class Told:
    """What the demo made, for its document and its summary."""

    at: datetime
    imported: ImportResult | None = None
    consents: dict[str, int] = field(default_factory=dict)
    registers: dict[str, int] = field(default_factory=dict)
    campaign: str = ""
    calls: dict[str, Any] = field(default_factory=dict)
    requests: list[Answered] = field(default_factory=list)
    reports: list[Path] = field(default_factory=list)
    certificate: Path | None = None
    audit: dict[str, Any] = field(default_factory=dict)
    assessment: str = ""
    vendor: demo_vendor.Audited | None = None


@click.command(epilog="Example: rightsdesk demo --out demo")
@click.option("--contacts", type=click.Path(path_type=Path), help="A CSV or vCard file of yours.")
@click.option("--region", default="", metavar="CC", help="Country of its numbers: GB, US, DE ...")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), help="New folder.")
@click.option("--at", "at_instant", metavar="INSTANT", help="Simulated instant, RFC 3339.")
@common_options
def demo(
    common: Common, contacts: Path | None, region: str, out: Path, at_instant: str | None
) -> None:
    """The main job end to end on a demo desk. No telephone rings, nothing is mailed."""
    started = time.perf_counter()
    today = SystemClock().now().date()
    at = instant_of(at_instant, "--at") or demo_desk.last_working_wednesday(today)
    out = Path(os.path.abspath(out))
    if contacts is not None and contacts.resolve().is_relative_to(out.resolve()):
        raise BadInput(
            "The list lies in the folder that the demo empties first.",
            what="--contacts",
            next="Keep the list elsewhere, or give another folder with --out.",
        )
    demo_desk.prepare_folder(out)
    note(f"{SIMULATED} Clock starts {rfc3339(at)}.")
    made = demo_desk.make(out, at.astimezone(UTC), region.upper())
    try:
        told = _run(common, made, contacts, region.upper(), out, at)
    finally:
        made.desk.close()
    seconds = time.perf_counter() - started
    answer(common, _document(out, told, seconds), lambda: _show(out, told, seconds))


def _run(
    common: Common, made: DemoDesk, contacts: Path | None, region: str, out: Path, at: datetime
) -> Told:
    told = Told(at)
    steps: list[tuple[str, Callable[[], None]]] = [
        ("Importing contacts", lambda: _import(made, told, contacts, region, out)),
        ("Loading do-not-call registers of our own", lambda: _registers(made, told)),
        ("Recording consents with evidence", lambda: _consents(made, told)),
        ("Running a campaign (simulator)", lambda: _campaign(made, told)),
        ("Answering three requests", lambda: _requests(made, told, out)),
        ("Keeping a data map, an assessment of the calls", lambda: _map(made, told)),
        ("Auditing a vendor's calls (simulator)", lambda: _vendor(common, made, told, out)),
        ("Writing reports", lambda: _reports(made, told, out)),
        ("Verifying the log", lambda: _verify(made, told, out)),
    ]
    with progress() as bar:
        task = bar.add_task("Demo", total=len(steps))
        for what, step in steps:
            bar.update(task, description=what)
            step()
            bar.advance(task)
    return told


def _import(made: DemoDesk, told: Told, contacts: Path | None, region: str, out: Path) -> None:
    path = contacts
    if path is None:
        path = out / "contacts.csv"
        write_whole(path, as_csv(people(SEED)).encode())
    options = ImportOptions(
        obtained_on=made.desk.now().date() - timedelta(days=30),
        source="demo list",
        lawful_basis=LawfulBasis.CONSENT,
        region=region or ("" if contacts else "US"),
        rejects=out / "rejects.csv",
    )
    told.imported = import_file(
        made.desk, made.handler, path, options, on_consents=keeper(made.desk, made.handler)
    )


def _registers(made: DemoDesk, told: Told) -> None:
    numbers = [point.number for point in demo_desk.numbers_of(made)]
    told.registers = demo_desk.load_registers(made, numbers, SEED)


def _consents(made: DemoDesk, told: Told) -> None:
    told.consents = demo_desk.record_consents(made, demo_desk.numbers_of(made), SEED)


def _campaign(made: DemoDesk, told: Told) -> None:
    new = NewCampaign(
        title="This week's offers (demo)",
        purpose=Purpose.MARKETING,
        channel=Channel.VOICE_PRERECORDED,
        caller_id="+12025550100",
        script=SCRIPT,
        line="simulator",
        rate_per_s=100.0,
        concurrency=CHANNELS,
        max_attempts=1,
        facts=demo_desk.SELLER_FACTS,
    )
    told.campaign = campaigns.create(made.desk, made.handler, new)
    added, _ = campaigns.add(made.desk, made.handler, told.campaign)
    if not added:
        assert told.imported is not None
        reason = {NO_NUMBER: told.imported.imported}
        told.calls = {"permitted": 0, "denied": 0, "by_rule": reason, "outcomes": {}}
        note("The list holds no number that can be called: no permit was asked for.")
        return
    campaigns.start(made.desk, made.handler, told.campaign)
    told.calls = run_dial(
        made.desk,
        made.handler,
        told.campaign,
        line="simulator",
        seed=SEED,
        speed=SPEED,
        channels=CHANNELS,
    )


def _requests(made: DemoDesk, told: Told, out: Path) -> None:
    told.requests = answer_requests(made, told.campaign, out / "packages", out / "reports")
    for answered in told.requests:
        told.reports.extend(answered.documents)
        told.certificate = answered.certificate or told.certificate


def _reports(made: DemoDesk, told: Told, out: Path) -> None:
    folder = out / "reports"
    with file_errors("the demo's folder"):
        folder.mkdir(mode=0o700, exist_ok=True)
    desk, actor = made.desk, made.dpo
    found = campaign_report.data(
        desk, actor, told.campaign, told.at - timedelta(days=1), desk.now() + timedelta(seconds=1)
    )
    path = folder / "campaign-compliance.pdf"
    write_report(desk, actor.id, "campaign-compliance", found.data, path, annexes=found.annexes)
    told.reports.append(path)


def _verify(made: DemoDesk, told: Told, out: Path) -> None:
    """The log where it lies, and its offline bundle by the verifier that is in it."""
    desk = made.desk
    last = desk.sign_checkpoint()
    assert last is not None
    bundle = out / "reports" / "audit-bundle.zip"
    entries = entries_until(desk.log, desk.reading, last.size)
    writing.write_private(bundle, make_bundle(entries, notes_until(desk.reading, last.size)))
    verdict = check_database(desk.reading, now=desk.now())
    told.audit = {
        "size": last.size,
        "root": base64.b64encode(last.root).decode(),
        "verified": not verdict.findings and _verified_offline(bundle),
        "bundle": str(bundle),
    }


def _verified_offline(bundle: Path) -> bool:
    """Whether the bundle's own verifier, without this package, finds it whole."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder)
        ended = subprocess.run(
            [sys.executable, "-I", "verify.py"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    return ended.returncode == 0


def _map(made: DemoDesk, told: Told) -> None:
    told.assessment = demo_map.keep(made)


def _vendor(common: Common, made: DemoDesk, told: Told, out: Path) -> None:
    run = Run(common, settings_of(common), made.desk, made.dpo)
    told.vendor = demo_vendor.audit(made, run, out, SEED)
    told.reports.append(told.vendor.report)


def _document(out: Path, told: Told, seconds: float) -> dict[str, Any]:
    assert told.imported is not None
    return {
        "schema": "rightsdesk.demo/1",
        "desk": str(out),
        "simulated": SIMULATED,
        "at": rfc3339(told.at),
        "contacts": told.imported.document(),
        "consents": told.consents,
        "registers": told.registers,
        "campaign": told.campaign,
        "calls": told.calls,
        "requests": [answered.document() for answered in told.requests],
        "reports": [str(path) for path in told.reports],
        "audit": told.audit,
        "assessment": told.assessment,
        "vendor": told.vendor.document() if told.vendor else None,
        "erasure_certificate": str(told.certificate) if told.certificate else None,
        "seconds": round(seconds, 2),
    }


def _show(out: Path, told: Told, seconds: float) -> None:
    assert told.imported is not None
    imported, calls = told.imported, told.calls
    shown = console()
    shown.print(f"{SIMULATED} Judged at {rfc3339(told.at)}.")
    rows: list[tuple[str, str]] = [
        (
            "Contacts",
            f"{imported.read} rows read: {imported.imported} imported, {imported.merged} merged, "
            f"{imported.unchanged} unchanged, {imported.rejected} rejected",
        ),
        ("Consents", ", ".join(f"{count} {name}" for name, count in told.consents.items())),
        ("Calls", f"{calls['permitted']} permitted, {calls['denied']} denied"),
        ("Outcomes", ", ".join(f"{n} {name}" for name, n in sorted(calls["outcomes"].items()))),
        *(
            (f"Request: {answered.kind}", f"{answered.law}, due {answered.due}, closed")
            for answered in told.requests
        ),
        ("Data map", f"a sample, with a signed impact assessment: {told.assessment}"),
        ("Vendor's calls", told.vendor.line() if told.vendor else ""),
        ("Log", f"{told.audit['size']} entries, verified: {told.audit['verified']}"),
    ]
    table("What was done", ("what", "result"), rows)
    refused = sorted(calls["by_rule"].items(), key=lambda item: -item[1])[:8]
    table(
        "Why calls were refused",
        ("rule", "what it says", "refusals"),
        [(rule, text_of(rule), count) for rule, count in refused],
        empty="No call was refused.",
    )
    shown.print("Look at:")
    for path in (*told.reports, Path(told.audit["bundle"])):
        shown.print(f"  {_near(path)}")
    near = _near(out)
    shown.print(f"The desk lies in {near} ({seconds:.0f} s). Go on with, for example:")
    shown.print(
        f"  export RIGHTSDESK_DESK={near} RIGHTSDESK_ACTOR=dpo"
        f" RIGHTSDESK_PASSPHRASE_FILE={near}/secrets/passphrase"
        f" RIGHTSDESK_ACTOR_SECRET_FILE={near}/secrets/dpo"
    )
    shown.print("  rightsdesk doctor; rightsdesk request list; rightsdesk audit show")
    shown.print("  rightsdesk report records-controller --fields ico --out record.pdf")


def _near(path: Path) -> str:
    """The path from here, where it lies below; else the whole one."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
