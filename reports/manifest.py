"""The manifest of a print run: one signature over all of its letters, and one letter in it.

The manifest (JSON) names each letter's PDF by its SHA-256 and the Merkle root over them;
beside it lie a detached CMS signature (`.p7s`) and the proof that the log names the root.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from privacy.audit.tree import hash_leaf, root_hash
from privacy.errors import Altered, BadFacts, BadInput, MachineFailed, NotFound
from reports import look, reading
from reports.canonical import canonical, sha256_hex
from reports.examining import Checks, Trust
from reports.letter import render_letter
from reports.log_proof import Proof, read, refuse_unlogged_run
from reports.signing.checking import Signer, signer_of
from reports.signing.identities import Identity
from reports.signing.pdfs import quiet, readable

SCHEMA = "rightsdesk.print-run/1"
DIGEST_HEX = 64
MOST_LETTERS = 100_000


@dataclass(frozen=True)
class Sealed:
    """A manifest as it lies on disk: its bytes, the CMS signature (DER), the log's proof."""

    content: bytes
    signature: bytes
    proof: bytes


@dataclass(frozen=True)
class Run:
    """What a manifest says: the run, the digest of the joined PDF, root, digests of letters."""

    id: str
    sha256: str
    root: str
    letters: dict[str, str]


def sign(content: bytes, who: Identity) -> bytes:
    """A detached CMS signature (CAdES) over the manifest's exact bytes, DER."""
    quiet()
    from pyhanko.sign.general import SigningError

    async def signed() -> bytes:
        made = await who.signer.async_sign_general_data(content, "sha256", use_cades=True)
        return bytes(made.dump())

    try:
        return asyncio.run(signed())
    except SigningError:
        raise MachineFailed(
            "The key does not sign the manifest; the letters are printed.",
            what="signing",
            next="Mend [signing] and print the run again: `rightsdesk letter print --again RUN`.",
        ) from None


def parsed(content: bytes) -> Run:
    """The manifest. BadInput for another file, Altered where its root is not of its letters."""
    try:
        told = cast(dict[str, Any], json.loads(content))
        if told["schema"] != SCHEMA:
            raise ValueError
        rows = told["letters"]
        letters = {str(row["letter"]): str(row["pdf_sha256"]) for row in rows}
        if not 0 < len(letters) == len(rows) <= MOST_LETTERS:
            raise ValueError
        leaves = [hash_leaf(bytes.fromhex(digest)) for digest in letters.values()]
        run = Run(str(told["run"]), str(told["sha256"]), str(told["root"]), letters)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(
            "That file is no manifest of a print run.",
            what="--manifest",
            next="Give the JSON that `rightsdesk letter print` wrote.",
        ) from None
    if root_hash(leaves).hex() != run.root or any(len(d) != DIGEST_HEX for d in letters.values()):
        raise _broken("its root is not of its letters")
    return run


def examine(letter: bytes, sealed: Sealed, trust: Trust, now: datetime) -> Checks:
    """Does this letter belong to that signed manifest, and are its pages those of its data?"""
    run, seen = parsed(sealed.content), Checks()
    proof: list[Proof] = []
    signer: list[Signer] = []

    def logged() -> str:
        found = read(sealed.proof)
        refuse_unlogged_run(found, run.id, run.sha256, run.root)
        proof.append(found)
        return f"in {found.checkpoint.origin}, {found.checkpoint.size} entries"

    def signed() -> str:
        signer.append(signer_over(sealed.content, sealed.signature, trust.roots, now))
        return f"CMS over the manifest of {len(run.letters)} letters"

    seen.run("letter", lambda: _belongs(run, letter))
    seen.run("pages", lambda: _same(letter))
    seen.run("root", lambda: f"{run.root} over {len(run.letters)} letters")
    seen.run("log entry", logged)
    seen.run("signature", signed)
    if proof:
        seen.log_key(proof[0], trust.keys)
    if signer:
        seen.certificate(signer[0], proof[0] if proof else None)
    return seen


def signer_over(content: bytes, signature: bytes, roots: Sequence[bytes], at: datetime) -> Signer:
    """Who signed the manifest. Altered unless the signature is over these bytes."""
    with readable("signature of the manifest"):
        from asn1crypto import cms
        from asn1crypto import x509 as asn1
        from pyhanko.sign.general import extract_signer_info
        from pyhanko.sign.validation.generic_cms import (
            async_validate_detached_cms,
            extract_certs_for_validation,
        )
        from pyhanko.sign.validation.settings import KeyUsageConstraints
        from pyhanko_certvalidator import ValidationContext

        signed = cms.ContentInfo.load(signature, strict=True)["content"]
        extract_signer_info(signed)
        certificate = extract_certs_for_validation(signed).signer_cert.dump()
        trusted = [asn1.Certificate.load(root) for root in roots or [certificate]]
        status = asyncio.run(
            async_validate_detached_cms(
                content,
                signed,
                signer_validation_context=ValidationContext(
                    trust_roots=trusted, moment=at, allow_fetching=False
                ),
                key_usage_settings=KeyUsageConstraints(
                    key_usage={"digital_signature", "non_repudiation"},
                    match_all_key_usages=False,
                ),
            )
        )
        if not (status.intact and status.valid):
            raise _broken("its signature is not over these bytes")
        return signer_of(certificate, bool(status.trusted) if roots else None)


def _belongs(run: Run, letter: bytes) -> str:
    digest = sha256_hex(letter)
    for name, held in run.letters.items():
        if held == digest:
            return f"{name} of {run.id}, SHA-256 {digest}"
    raise NotFound(
        "No letter of this run has these bytes.",
        what="letter",
        next="Give the letter's own PDF, as `rightsdesk letter show ID --out` writes it.",
    )


def _same(letter: bytes) -> str:
    """Altered unless the letter's data make these pages again."""
    content, envelope_bytes = reading.attachments(letter)
    try:
        data, told = json.loads(content), json.loads(envelope_bytes)
        holds = canonical(data) == content and canonical(told) == envelope_bytes
        holds = holds and told["kind"] == "letter" and told["data_sha256"] == sha256_hex(content)
        made_at = datetime.fromisoformat(told["made_at"])
        again = render_letter(data, made_at=made_at, look=look.of_document(told["look"]))
    except (ValueError, KeyError, TypeError, AttributeError, BadFacts, BadInput):
        raise _broken("the letter's data do not fit its pages") from None
    if not holds or again.pdf != letter:
        raise _broken("the letter's pages are not those that its data give")
    return "made again from the data, the same bytes"


def _broken(how: str) -> Altered:
    return Altered(
        f"The manifest does not hold: {how}.",
        what="manifest",
        next="Ask the desk for the run's own files; do not rely on this copy.",
    )
