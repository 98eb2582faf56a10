"""The manifest of many reports made at once: one signature over all of them, and one of them in it.

The manifest (canonical JSON) names each report's PDF and its data by SHA-256, what failed, and
the Merkle root over the PDFs (RFC 6962, in the manifest's order). Beside it lie a detached CMS
signature (`.p7s`) and the proof that the log names the manifest's digest and its root.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from privacy.audit.tree import hash_leaf, root_hash
from privacy.errors import Altered, BadInput, NotFound
from reports import reading
from reports.canonical import canonical, sha256_hex
from reports.examining import Checks, Trust
from reports.log_proof import Proof, read
from reports.manifest import DIGEST_HEX, Sealed, signer_over
from reports.signing.checking import Signer

SCHEMA = "rightsdesk.report-run/1"
WRITTEN = "report_run.written"
MOST_REPORTS = 10_000


@dataclass(frozen=True)
class Row:
    """One report of a run: its file's name, kind, and the digests of the PDF and of its data."""

    name: str
    kind: str
    pdf_sha256: str
    data_sha256: str


@dataclass(frozen=True)
class Run:
    """What a manifest says."""

    id: str
    root: str
    rows: tuple[Row, ...]


def root_of(rows: Sequence[Row]) -> str:
    """The Merkle root in hex."""
    return root_hash([hash_leaf(bytes.fromhex(row.pdf_sha256)) for row in rows]).hex()


def manifest(
    run_id: str, period: str, made_at: str, rows: Sequence[Row], failed: Sequence[tuple[str, str]]
) -> bytes:
    """The manifest's bytes. `failed`: name and reason of what was not made."""
    return canonical(
        {
            "schema": SCHEMA,
            "run": run_id,
            "period": period,
            "made_at": made_at,
            "root": root_of(rows),
            "reports": [
                {
                    "name": row.name,
                    "kind": row.kind,
                    "pdf_sha256": row.pdf_sha256,
                    "data_sha256": row.data_sha256,
                }
                for row in rows
            ],
            "failed": [{"name": name, "why": why} for name, why in failed],
        }
    )


def is_run(content: bytes) -> bool:
    """Whether that is the manifest of such a run, and not of letters."""
    try:
        return bool(json.loads(content)["schema"] == SCHEMA)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def parsed(content: bytes) -> Run:
    """The manifest. BadInput for another file, Altered where its root is not of its reports."""
    try:
        told = cast(dict[str, Any], json.loads(content))
        if told["schema"] != SCHEMA or canonical(told) != content:
            raise ValueError
        names = ("name", "kind", "pdf_sha256", "data_sha256")
        rows = tuple(Row(*(str(each[name]) for name in names)) for each in told["reports"])
        if not 0 < len({row.name for row in rows}) == len(rows) <= MOST_REPORTS:
            raise ValueError
        root = root_of(rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(
            "That file is no manifest of reports.",
            what="--manifest",
            next="Give the JSON that `rightsdesk report all` wrote.",
        ) from None
    if root != told["root"] or any(len(row.pdf_sha256) != DIGEST_HEX for row in rows):
        raise _broken("its root is not of its reports")
    return Run(str(told["run"]), root, rows)


def examine(pdf: bytes, sealed: Sealed, trust: Trust, now: datetime) -> Checks:
    """Does this report belong to that signed manifest, and are its pages those of its data?"""
    run, seen = parsed(sealed.content), Checks()
    proof: list[Proof] = []
    signer: list[Signer] = []

    def logged() -> str:
        found = read(sealed.proof)
        entry = found.entry(WRITTEN) or {}
        told = (entry.get("object"), entry.get("digest"), entry.get("root"))
        if told != (run.id, sha256_hex(sealed.content), run.root):
            raise _broken("the proven entry is of another run")
        proof.append(found)
        return f"in {found.checkpoint.origin}, {found.checkpoint.size} entries"

    def signed() -> str:
        signer.append(signer_over(sealed.content, sealed.signature, trust.roots, now))
        return f"CMS over the manifest of {len(run.rows)} reports"

    seen.run("report", lambda: _belongs(run, pdf))
    seen.run("pages", lambda: _same(run, pdf))
    seen.run("root", lambda: f"{run.root} over {len(run.rows)} reports")
    seen.run("log entry", logged)
    seen.run("signature", signed)
    if proof:
        seen.log_key(proof[0], trust.keys)
    if signer:
        seen.certificate(signer[0], proof[0] if proof else None)
    return seen


def _belongs(run: Run, pdf: bytes) -> str:
    digest = sha256_hex(pdf)
    for row in run.rows:
        if row.pdf_sha256 == digest:
            return f"{row.name} of {run.id}, SHA-256 {digest}"
    raise NotFound(
        "No report of this run has these bytes.",
        what="report",
        next="Give the PDF as `rightsdesk report all` wrote it.",
    )


def _same(run: Run, pdf: bytes) -> str:
    """Altered unless the report's data make these pages again, and are those of the run."""
    verified = reading.verify(pdf)
    held = {row.pdf_sha256: row.data_sha256 for row in run.rows}
    if held.get(sha256_hex(pdf), verified.data_sha256) != verified.data_sha256:
        raise _broken("the report's data are not those that it names")
    if not verified.same_bytes:
        raise _broken("the report's pages are not those that its data give")
    return "made again from the data, the same bytes"


def _broken(how: str) -> Altered:
    return Altered(
        f"The manifest does not hold: {how}.",
        what="manifest",
        next="Ask the desk for the run's own files; do not rely on this copy.",
    )
