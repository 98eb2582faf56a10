"""`rightsdesk verify-report`: digests, figures, pages, signature and log of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import answer
from privacy.cli.showing import console, note, table
from privacy.clock import SystemClock, rfc3339
from privacy.errors import BadInput

if TYPE_CHECKING:
    from reports.examining import Checks, Examined, Trust
    from reports.signing.checking import Signature

LARGEST_REPORT_BYTES = 256 << 20


@click.command(
    "verify-report",
    epilog="Example: rightsdesk verify-report compliance.pdf --key KEY --trust desk.pem",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--trust", "trusted", multiple=True, help="PEM with certificates that you trust.")
@click.option("--key", "keys", multiple=True, help="Verifier key of the log, as you know it.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Print run that holds a letter.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Audit bundle that must hold it.")
@common_options
def verify_report(
    common: Common,
    file: Path,
    trusted: Sequence[str],
    keys: Sequence[str],
    manifest: Path | None,
    bundle: Path | None,
) -> None:
    """Check data, figures, pages, signature and place in the log; needs no desk.

    Exit 0 all holds, 1 something is not proven (nobody signed, or not who you named),
    2 unreadable, 3 altered. Without --trust, --key or --bundle the file is only held
    against itself. With --manifest RUN.json (RUN.p7s and RUN.proof.json beside it) FILE is
    one letter of a print run, or one report of `rightsdesk report all`.
    """
    from privacy.cli.sealed import roots
    from reports.examining import Trust, examine
    from reports.signing import revisions

    content = _read(file)
    trust = Trust(tuple(root for path in trusted for root in roots(path)), tuple(keys))
    if manifest is not None:
        _letter(common, content, manifest, trust, bundle)
    if bundle is not None:
        trust = _with_bundle(trust, revisions.proof_of(content), bundle)
    seen = examine(content, trust, SystemClock().now())
    answer(common, _document(seen), lambda: _show(seen.verified.document_id, seen))
    raise click.exceptions.Exit(seen.exit_code)


def _letter(
    common: Common, content: bytes, path: Path, trust: Trust, bundle: Path | None
) -> NoReturn:
    """One letter against the sealed manifest of its run."""
    from reports import report_run
    from reports.manifest import Sealed, examine

    sealed = Sealed(*(_read(path.with_suffix(end)) for end in (".json", ".p7s", ".proof.json")))
    if bundle is not None:
        trust = _with_bundle(trust, sealed.proof, bundle)
    many = report_run.is_run(sealed.content)
    held = report_run.examine if many else examine
    seen = held(content, sealed, trust, SystemClock().now())
    document = {
        "schema": "rightsdesk.verify-report/1",
        "kind": "report" if many else "letter",
        "verified": seen.exit_code == 0,
        "exit_code": seen.exit_code,
        "vouched_for": seen.vouched_for,
        "checks": [asdict(check) for check in seen.checks],
    }
    answer(common, document, lambda: _show(path.stem, seen))
    raise click.exceptions.Exit(seen.exit_code)


def _with_bundle(trust: Trust, content: bytes, bundle: Path) -> Trust:
    """The keys of a log whose bundle verifies with this file's checkpoint as an anchor.

    Raises what is wrong with the log: Altered, RolledBack or Forked.
    """
    from dataclasses import replace

    from privacy.audit.bundle import read_bundle
    from privacy.audit.entry import parse
    from privacy.audit.verify import Anchor, verify
    from privacy.errors import Altered, Forked, RolledBack
    from reports import log_proof

    proof = log_proof.read(content)
    entries, notes, first = read_bundle(_read(bundle))
    held = Anchor(proof.checkpoint.size, proof.checkpoint.root, "the report")
    verdict = verify(
        entries,
        notes,
        now=SystemClock().now(),
        first_key=trust.keys[0] if trust.keys else first,
        anchors=[held],
    )
    for kind in (Altered, RolledBack, Forked):
        if verdict.exit_code == kind.exit_code:
            raise kind(
                "The audit bundle does not hold together with this report.",
                what="bundle",
                next="See `rightsdesk audit verify --bundle`.",
            )
    days = (parse(line) for line in entries)
    named = (str(day["verifier"]) for day in days if "verifier" in day)
    return replace(trust, keys=(*trust.keys, *named))


def _document(seen: Examined) -> dict[str, Any]:
    found = seen.verified
    return {
        "schema": "rightsdesk.verify-report/1",
        "verified": seen.exit_code == 0,
        "exit_code": seen.exit_code,
        "vouched_for": seen.vouched_for,
        "kind": found.kind,
        "document_id": found.document_id,
        "data_sha256": found.data_sha256,
        "made_at": rfc3339(found.made_at),
        "anchor": asdict(found.anchor),
        "figures": found.figures,
        "same_bytes": found.same_bytes,
        "signed": seen.signature is not None,
        "signature": None if seen.signature is None else _signature(seen.signature),
        "logged_at": None if seen.logged_at is None else rfc3339(seen.logged_at),
        "checks": [asdict(check) for check in seen.checks],
    }


def _signature(found: Signature) -> dict[str, Any]:
    stamp = found.stamp
    return {
        "level": found.level,
        "subject": found.signer.subject,
        "issuer": found.signer.issuer,
        "self_issued": found.signer.self_issued,
        "certificate_sha256": found.signer.fingerprint,
        "reason": found.reason,
        "stated_at": None if found.stated_at is None else rfc3339(found.stated_at),
        "trusted": found.signer.trusted,
        "time_stamp": None
        if stamp is None
        else {
            "at": rfc3339(stamp.at),
            "authority": stamp.authority,
            "trusted": stamp.trusted,
            "self_made": stamp.self_made,
        },
    }


def _show(title: str, seen: Checks) -> None:
    rows = [(check.name, check.outcome.value, check.found) for check in seen.checks]
    table(title, ("check", "", "found"), rows)
    if seen.exit_code == 0 and seen.vouched_for:
        console().print("Everything holds.")
    elif seen.exit_code == 0:
        console().print("The file holds in itself.")
        note("Nobody outside this file vouches for it: give --key, --bundle or --trust.")
    else:
        console().print("NOT VERIFIED. Do not rely on this file.")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_REPORT_BYTES + 1)
    except OSError:
        raise BadInput("The file cannot be read.", what="report", next="Check its path.") from None
    if len(content) > LARGEST_REPORT_BYTES:
        raise BadInput("That file is too large.", what="report", next="Check its path.")
    return content
