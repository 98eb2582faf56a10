"""`rightsdesk verify-report`: a report's figures and pages computed again from its own data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import answer
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.errors import BadInput


@click.command("verify-report", epilog="Example: rightsdesk verify-report compliance.pdf")
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def verify_report(common: Common, file: Path) -> None:
    """Check digests, compute every figure anew, make the pages again; needs no desk.

    Exit 3 where the parts of the file contradict each other. The log's checkpoint that
    it names is compared with `rightsdesk audit verify --anchor`.
    """
    from reports.reading import verify

    try:
        content = file.read_bytes()
    except OSError:
        raise BadInput("The file cannot be read.", what="report", next="Check its path.") from None
    found = verify(content)
    document = {
        "schema": "rightsdesk.verify-report/1",
        "kind": found.kind,
        "document_id": found.document_id,
        "data_sha256": found.data_sha256,
        "made_at": rfc3339(found.made_at),
        "anchor": asdict(found.anchor),
        "figures": found.figures,
        "same_bytes": found.same_bytes,
        "signed": False,
    }

    def human() -> None:
        pages = "made again to the byte" if found.same_bytes else "differ: changed, or other fonts"
        rows = [
            ("document", found.document_id),
            ("SHA-256 of its data", found.data_sha256),
            ("pages", pages),
            ("log", f"{found.anchor.origin}, size {found.anchor.size}"),
            ("signature", "none: this release does not sign"),
        ]
        table("Digests and figures hold", ("what", "found"), rows)
        console().print(f"Figures computed again: {len(found.figures)}")

    answer(common, document, human)
