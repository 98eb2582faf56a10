"""Signing a finished document: one incremental update, and the first bytes stay as they are.

The update adds the log's proof as an attachment and an invisible certification signature
(PAdES baseline) that allows no change. PDF/A-3a and PDF/UA-1 hold for the signed file. The
clock of the signature is the desk's; a time stamp of an authority is another thing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from privacy.errors import BadInput, Fault, MachineFailed
from reports.signing.identities import Identity
from reports.signing.pdfs import quiet
from reports.signing.stamps import Authority, no_stamp, stamper

PROOF_FILE = "log-proof.json"
PROOF_MEANING = "Proof that this document stands in the audit log, canonical JSON (RFC 8785)"
FIELD, STAMP_FIELD = "ReportSignature", "ReportTimeStamp"
STAMP_MEANING = "Time stamp over this document; nothing is to be filled in"
FIELD_MEANING = "Electronic signature of this document; nothing is to be filled in"
BASELINE, STAMPED, ARCHIVED = LEVELS = ("B-B", "B-T", "B-LTA")


@dataclass(frozen=True)
class Method:
    """How to sign: level of PAdES, the authority (B-T, B-LTA), roots in DER (B-LTA)."""

    level: str = BASELINE
    authority: Authority | None = None
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise BadInput(
                "There is no such level of signature.",
                what="signing.level",
                next=f"Known: {', '.join(LEVELS)}.",
            )
        if (self.level != BASELINE) != (self.authority is not None):
            raise BadInput(
                "Level B-B has no time stamp authority, B-T and B-LTA need one.",
                what="signing.timestamp_url",
                next="Set signing.level and signing.timestamp_url so that they fit.",
            )
        if self.level == ARCHIVED and not self.roots:
            raise BadInput(
                "Level B-LTA needs the roots of signer and authority.",
                what="signing.trust_file",
                next="Give a PEM file with both root certificates.",
            )


def available(authority: Authority) -> None:
    """MachineFailed unless the authority gives a time stamp now."""
    from pyhanko.sign.timestamps import TimestampRequestError

    try:
        asyncio.run(stamper(authority).async_dummy_response("sha256"))
    except (TimestampRequestError, OSError, ValueError, TypeError):
        raise no_stamp(authority) from None


def sign(document: bytes, proof: bytes, who: Identity, how: Method, at: datetime) -> bytes:
    """The signed file: `document`, then an update with `proof` and the signature.

    `at` is aware: the time that the signer states. MachineFailed where the authority gives no
    stamp or no revocation data; Fault where the document is not one that can be signed.
    """
    quiet()
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko_certvalidator.errors import PathError, ValidationError

    try:
        return asyncio.run(_signed(document, proof, who, how, at.astimezone(UTC)))
    except TimestampRequestError:
        assert how.authority is not None
        raise no_stamp(how.authority) from None
    except (SigningError, ValidationError, PathError, OSError):
        raise MachineFailed(
            "The key or its certificate cannot sign at this level; nothing was signed.",
            what=f"signing.level {how.level}",
            next="Check the certificate's dates, roots and revocation addresses.",
        ) from None
    except PdfError:
        raise Fault("A document of ours cannot be signed.", what="reports") from None


async def _signed(document: bytes, proof: bytes, who: Identity, how: Method, at: datetime) -> bytes:
    from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

    fetching = AIOHttpFetcherBackend()
    try:
        return await _signed_with(document, proof, who, how, at, fetching)
    finally:
        await fetching.close()


async def _signed_with(
    document: bytes, proof: bytes, who: Identity, how: Method, at: datetime, fetching: Any
) -> bytes:
    from pyhanko.sign import fields
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    from reports.signing.writing import Signer, writer_over

    writer = writer_over(document)
    _attach(writer, proof, at)
    stamps = None if how.authority is None else stamper(how.authority)
    signer = Signer(
        _meaning(who, how, fetching),
        signer=who.signer,
        timestamper=stamps,
        new_field_spec=fields.SigFieldSpec(FIELD, readable_field_name=FIELD_MEANING),
    )
    session = signer.init_signing_session(writer)
    session.system_time = at
    checked = await session.perform_presign_validation(writer)
    size = await session.estimate_signature_container_size(checked)
    prepared = session.prepare_tbs_document(checked, bytes_reserved=size)
    digest, output = prepared.digest_tbs_document()
    await prepared.perform_signature(digest.document_digest, PdfCMSSignedAttributes())
    signed: bytes = output.getvalue()
    return signed if how.level != ARCHIVED else await _stamped(signed, stamps)


async def _stamped(signed: bytes, stamps: Any) -> bytes:
    """A second update: a time stamp over the whole file with its revocation data."""
    from pyhanko.sign import fields
    from pyhanko.sign.signers import PdfTimeStamper

    from reports.signing.writing import writer_over

    writer = writer_over(signed)
    fields.append_signature_field(
        writer, fields.SigFieldSpec(STAMP_FIELD, readable_field_name=STAMP_MEANING)
    )
    timestamper = PdfTimeStamper(stamps, field_name=STAMP_FIELD)
    output = await timestamper.async_timestamp_pdf(writer, "sha256", tight_size_estimates=False)
    content: bytes = output.getvalue()
    return content


def _meaning(who: Identity, how: Method, fetching: Any) -> Any:
    from pyhanko.sign import fields
    from pyhanko.sign.signers import PdfSignatureMetadata
    from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference

    return PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason(who, how),
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        signer_key_usage={"digital_signature"},
        embed_validation_info=how.level == ARCHIVED,
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
        validation_context=_context(how, fetching) if how.level == ARCHIVED else None,
    )


def _context(how: Method, fetching: Any) -> Any:
    from asn1crypto import x509
    from pyhanko_certvalidator import ValidationContext

    roots = [x509.Certificate.load(root) for root in how.roots]
    return ValidationContext(
        trust_roots=roots,
        allow_fetching=True,
        revocation_mode="hard-fail",
        fetcher_backend=fetching,
    )


def reason(who: Identity, how: Method) -> str:
    """What the signature says of itself, in plain words."""
    issued = "self-issued certificate" if who.self_issued else f"certificate issued by {who.issuer}"
    if how.authority is None:
        stamped = "time as the signer's own clock shows it"
    elif how.authority.self_made:
        stamped = "self-made time stamp"
    else:
        stamped = f"time stamp by {how.authority.host}"
    return f"Made and sealed by a rightsdesk desk; {issued}; {stamped}"


def _attach(writer: Any, content: bytes, at: datetime) -> None:
    """Name the attachment in the catalog, as PDF/A-3 asks, without raising the PDF's version."""
    from pyhanko.pdf_utils import embed, generic

    stream = embed.EmbeddedFileObject.from_file_data(
        writer,
        content,
        mime_type="application/json",
        params=embed.EmbeddedFileParams(creation_date=at, modification_date=at),
    )
    spec = embed.FileSpec(PROOF_FILE, PROOF_FILE, stream, PROOF_MEANING)
    embed.embed_file(writer, spec)
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    reference, name = names.pop(), names.pop()
    # A name tree is in the order of its names: programs look things up by halving it.
    after = [at for at in range(0, len(names), 2) if names[at] > PROOF_FILE]
    place = min(after, default=len(names))
    names[place:place] = [name, reference]
    reference.get_object()["/AFRelationship"] = generic.pdf_name("/Supplement")
    writer.root["/AF"].append(reference)
    writer.update_container(writer.root["/AF"])
