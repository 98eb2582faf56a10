"""Does the signature of a file hold, whose is it, and what time does it prove?

`valid` alone stays true for a changed file: what counts is that it is intact, covers the
whole file, and that nothing was added behind it but stamps over all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509

from privacy.errors import Altered
from reports.signing.identities import name_of
from reports.signing.making import ARCHIVED, BASELINE, STAMPED
from reports.signing.pdfs import readable, reader

SELF_MADE = "self-made time stamp"


@dataclass(frozen=True)
class Stamp:
    """A time stamp by RFC 3161. `self_made`: nobody but the signer vouches for its time."""

    at: datetime
    authority: str
    trusted: bool
    self_made: bool


@dataclass(frozen=True)
class Signer:
    """Whose certificate; `trusted`: whether it leads to a given root, None if none was given."""

    subject: str
    issuer: str
    self_issued: bool
    fingerprint: str
    certificate: bytes
    trusted: bool | None


@dataclass(frozen=True)
class Signature:
    """What was found. `stated_at` is what the signer's clock said."""

    level: str
    signer: Signer
    stated_at: datetime | None
    reason: str
    stamp: Stamp | None


def check(pdf: bytes, *, roots: Sequence[bytes], at: datetime) -> Signature:
    """The one signature of a file; certificates are judged as of `at`.

    Altered if there is not exactly one, if it does not hold, or does not cover the file.
    """
    with readable("signature"):
        return _check(pdf, roots, at)


def _check(pdf: bytes, roots: Sequence[bytes], at: datetime) -> Signature:
    read = reader(pdf)
    signatures, stamps = read.embedded_regular_signatures, read.embedded_timestamp_signatures
    if len(signatures) != 1:
        raise _refused(f"it has {len(signatures)} signatures instead of one")
    signature = signatures[0]
    status = _judged(read, signature, roots, at)
    trusted = bool(status.trusted)
    if status.timestamp_validity is not None:
        # A trusted stamp proves that the signature stood at its time: judge as of then.
        status = _judged(read, signature, roots, status.timestamp_validity.timestamp)
        if status.timestamp_validity.trusted:
            trusted = bool(status.trusted)
    if not (status.intact and status.valid):
        raise _refused("the signature is not over these bytes")
    _refuse_uncovered(status.coverage, stamps, read, roots, at)
    signer = signer_of(signature.signer_cert.dump(), trusted if roots else None)
    reason = str(signature.sig_object["/Reason"]) if "/Reason" in signature.sig_object else ""
    stamp = _stamp(status.timestamp_validity, signer, reason)
    return Signature(
        level=ARCHIVED if stamps else STAMPED if stamp else BASELINE,
        signer=signer,
        stated_at=signature.self_reported_timestamp,
        reason=reason,
        stamp=stamp,
    )


def signer_of(certificate: bytes, trusted: bool | None) -> Signer:
    """What a certificate (DER) says of its holder. ValueError if it is none."""
    named = x509.load_der_x509_certificate(certificate)
    return Signer(
        subject=name_of(named.subject),
        issuer=name_of(named.issuer),
        self_issued=named.subject == named.issuer,
        fingerprint=hashlib.sha256(certificate).hexdigest(),
        certificate=certificate,
        trusted=trusted,
    )


def _judged(read: Any, signature: Any, roots: Sequence[bytes], at: datetime) -> Any:
    """The library's verdict, certificates as of `at`; without roots the signer's own counts."""
    from pyhanko.sign.validation import KeyUsageConstraints, validate_pdf_signature

    return validate_pdf_signature(
        signature,
        signer_validation_context=_context(read, roots or [signature.signer_cert.dump()], at),
        ts_validation_context=_context(read, roots, at),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
        ),
        skip_diff=True,
    )


def _refuse_uncovered(
    coverage: Any, stamps: Sequence[Any], read: Any, roots: Sequence[bytes], at: datetime
) -> None:
    """The signature, or the last stamp behind it, reaches from the first byte to the last."""
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_timestamp

    if not stamps:
        if coverage != SignatureCoverageLevel.ENTIRE_FILE:
            raise _refused("something was added behind the signature")
        return
    if coverage != SignatureCoverageLevel.ENTIRE_REVISION:
        raise _refused("the signature does not cover its revision")
    for stamp in stamps:
        held = validate_pdf_timestamp(stamp, _context(read, roots, at), skip_diff=True)
        if not (held.intact and held.valid):
            raise _refused("a time stamp is not over these bytes")
    if held.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        raise _refused("something was added behind the last time stamp")


def _stamp(status: Any, signer: Signer, reason: str) -> Stamp | None:
    if status is None:
        return None
    if not (status.intact and status.valid):
        raise _refused("its time stamp does not hold")
    authority = x509.load_der_x509_certificate(status.signing_cert.dump())
    own = authority.issuer == authority.subject or SELF_MADE in reason
    return Stamp(status.timestamp, name_of(authority.subject), bool(status.trusted), own)


def _context(read: Any, roots: Sequence[bytes], at: datetime) -> Any:
    """Trust in `roots` alone; nothing is fetched: revocation data come from the file."""
    from asn1crypto import x509 as asn1
    from pyhanko.sign.validation import DocumentSecurityStore
    from pyhanko_certvalidator import ValidationContext

    held: dict[str, Any] = {}
    if "/DSS" in read.root:
        store = DocumentSecurityStore.read_dss(read)
        held = {
            "crls": [each.get_object().data for each in store.crls],
            "ocsps": [each.get_object().data for each in store.ocsps],
            "other_certs": list(store.load_certs()),
        }
    return ValidationContext(
        trust_roots=[asn1.Certificate.load(root) for root in roots],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
        **held,
    )


def _refused(how: str) -> Altered:
    return Altered(
        f"The signature does not hold: {how}.",
        what="signature",
        next="Ask whoever made it for the original; do not rely on this copy.",
    )
