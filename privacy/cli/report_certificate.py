"""`rightsdesk keys report-certificate`: the desk's own certificate for signing reports."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from privacy.actors import Act
from privacy.audit import report_keys
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.rights.package import writing
from privacy.vault.report_key import ReportKey


@click.group("report-certificate")
def report_certificate() -> None:
    """The certificate with which this desk signs reports; it is issued to itself."""


@report_certificate.command(epilog="Example: rightsdesk keys report-certificate show")
@common_options
def show(common: Common) -> None:
    """Show it with its fingerprint and its entry in the log; made if there is none yet."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        key, entry = report_keys.current(run.desk, run.actor.id)
        run.answer(_document(key, entry), lambda: _show(key, entry))


@report_certificate.command(epilog="Example: rightsdesk keys report-certificate export --out d.pem")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new PEM file.")
@common_options
def export(common: Common, out: Path) -> None:
    """Write it as PEM, for those who check the desk's reports."""
    writing.refuse_existing(out)
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        key, entry = report_keys.current(run.desk, run.actor.id)
        writing.write_private(out, _read(key).public_bytes(Encoding.PEM))
        document = {**_document(key, entry), "out": str(out)}
        run.answer(document, lambda: console().print(f"{key.fingerprint} in {out}"))


@report_certificate.command(epilog="Example: rightsdesk keys report-certificate rotate --as dpo")
@common_options
def rotate(common: Common) -> None:
    """Make a new key and certificate; the old key is destroyed, what it signed stays good."""
    with open_run(common) as run:
        run.actor.require(Act.ADMINISTER)
        key, entry = report_keys.rotate(run.desk, run.actor.id)
        _told(run, key, entry)


def _told(run: Run, key: ReportKey, entry: str) -> None:
    run.answer(_document(key, entry), lambda: _show(key, entry))


def _read(key: ReportKey) -> x509.Certificate:
    return x509.load_der_x509_certificate(key.certificate)


def _document(key: ReportKey, entry: str) -> dict[str, object]:
    read = _read(key)
    return {
        "schema": "rightsdesk.report-certificate/1",
        "number": key.number,
        "subject": read.subject.rfc4514_string(),
        "self_issued": True,
        "sha256": key.fingerprint,
        "not_before": rfc3339(read.not_valid_before_utc),
        "not_after": rfc3339(read.not_valid_after_utc),
        "entry": entry,
    }


def _show(key: ReportKey, entry: str) -> None:
    read = _read(key)
    rows = [
        ("number", key.number),
        ("issued to and by", f"{read.subject.rfc4514_string()} (self-issued)"),
        ("SHA-256", key.fingerprint),
        ("good until", rfc3339(read.not_valid_after_utc)),
        ("entry in the log", entry),
    ]
    table("", ("report certificate", ""), rows)
