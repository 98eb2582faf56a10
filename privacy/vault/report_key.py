"""The desk's own key for signing reports, with the certificate that it issues to itself.

ECDSA on P-256. The private number lies in `report.key` of the state directory, wrapped
under custody; the certificate names the organisation and the desk. Nobody vouches for it:
what ties it to the desk is the entry `report_key.made` in the log.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from privacy.vault.custody import Custody
from privacy.vault.files import file_errors, replace_and_destroy
from privacy.vault.key_files import damaged, read_document

REPORT_KEY_FILE = "report.key"
LABEL = "report-signing-key"
SCALAR_BYTES = 32
LONGEST_NAME = 64
VALID_FOR = timedelta(days=1095)
COMMON_NAME = "Report signing, self-issued"
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""Extended key usage of RFC 9336."""


@dataclass(frozen=True)
class ReportKey:
    """A key of the desk: its number, its certificate (DER), its wrap and check value."""

    number: int
    certificate: bytes
    wrap: bytes
    check: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate's DER in lower-case hexadecimal."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def not_after(self) -> datetime:
        return x509.load_der_x509_certificate(self.certificate).not_valid_after_utc

    def private_key(self, custody: Custody) -> bytes:
        """The private key as PKCS#8 in DER. KeyMissing if custody does not open it."""
        scalar = custody.unwrap(self.wrap, self.check, LABEL, self.number)
        return _pkcs8(ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1()))


def held(folder: Path) -> ReportKey | None:
    """The key in the state directory; None if none was made yet. Damaged."""
    path = folder / REPORT_KEY_FILE
    with file_errors(REPORT_KEY_FILE):
        if not path.exists():
            return None
    document = read_document(path)
    try:
        return ReportKey(
            int(document["number"]),
            base64.b64decode(document["certificate"]),
            base64.b64decode(document["wrap"]),
            base64.b64decode(document["check"]),
        )
    except (KeyError, TypeError, ValueError):
        raise damaged(path) from None


def make(
    folder: Path, custody: Custody, *, organisation: str, desk_id: str, now: datetime
) -> ReportKey:
    """A new key in the place of the old one, which is overwritten; durable when this returns."""
    before = held(folder)
    number = 1 if before is None else before.number + 1
    private = ec.generate_private_key(ec.SECP256R1())
    scalar = private.private_numbers().private_value.to_bytes(SCALAR_BYTES)
    wrap, check = custody.wrap(scalar, LABEL, number)
    key = ReportKey(number, _certificate(private, organisation, desk_id, now), wrap, check)
    document = {
        "schema": "rightsdesk.report-key/1",
        "number": number,
        "certificate": base64.b64encode(key.certificate).decode(),
        "wrap": base64.b64encode(wrap).decode(),
        "check": base64.b64encode(check).decode(),
    }
    replace_and_destroy(folder / REPORT_KEY_FILE, json.dumps(document, indent=1).encode())
    return key


def _certificate(
    private: ec.EllipticCurvePrivateKey, organisation: str, desk_id: str, now: datetime
) -> bytes:
    named = [
        (NameOID.ORGANIZATION_NAME, organisation[:LONGEST_NAME]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, desk_id),
        (NameOID.COMMON_NAME, COMMON_NAME),
    ]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in named])
    public = private.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(private, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.DER)


def _pkcs8(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
