"""Whose key signs: the desk's own, one from a PKCS#12 file, or one in a PKCS#11 module.

An identity is a certificate with what signs for it. Nothing here reads settings or keeps
a key: bytes and an open session are given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from privacy.errors import BadInput, MachineFailed
from reports.signing.pdfs import quiet


@dataclass(frozen=True)
class Identity:
    """Who signs. `signer` is pyHanko's; `certificate` DER; `issuer` "" if issued to itself."""

    signer: Any
    certificate: bytes
    subject: str
    issuer: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in lower-case hexadecimal."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def self_issued(self) -> bool:
        return not self.issuer


def own(certificate: bytes, private_key: bytes) -> Identity:
    """The desk's own key: certificate and PKCS#8, both DER."""
    quiet()
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    signer = SimpleSigner(
        signing_cert=asn1.Certificate.load(certificate),
        signing_key=keys.PrivateKeyInfo.load(private_key),
        cert_registry=SimpleCertificateStore(),
    )
    return _identity(signer, certificate)


def from_pkcs12(content: bytes, password: bytes) -> Identity:
    """The key of a PKCS#12 file. BadInput if it does not open or holds no key."""
    quiet()
    from pyhanko.sign.signers import SimpleSigner

    try:
        signer = SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=password)
        certificate = signer.signing_cert.dump()
    except (ValueError, TypeError, AttributeError):
        raise BadInput(
            "The PKCS#12 file does not open, or holds no key with its certificate.",
            what="signing.pkcs12_file",
            next="Check the file and the password's file.",
        ) from None
    return _identity(signer, certificate)


@contextmanager
def from_pkcs11(
    module: Path, *, token: str, pin: str, key: str, certificate: str
) -> Iterator[Identity]:
    """The key with that label in a token; it never leaves the token.

    BadInput where the extra `hsm` is missing or labels name nothing, MachineFailed where the
    module does not answer.
    """
    quiet()
    try:
        from pkcs11.exceptions import PKCS11Error
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError:
        raise BadInput(
            "A PKCS#11 key needs the extra `hsm`.",
            what="signing.pkcs11_module",
            next="Install rightsdesk[hsm].",
        ) from None
    try:
        session = open_pkcs11_session(
            str(module), token_criteria=TokenCriteria(token), user_pin=pin
        )
    except (PKCS11Error, RuntimeError) as refused:
        raise _no_answer(refused) from None
    try:
        # The digest is made here: tokens that hash themselves are few.
        signer = PKCS11Signer(
            session, cert_label=certificate or key, key_label=key, use_raw_mechanism=True
        )
        try:
            der = signer.signing_cert.dump()
        except (PKCS11Error, AttributeError):
            raise BadInput(
                "The token holds no such certificate.",
                what="signing.pkcs11_certificate",
                next="Name the certificate and the key as the token labels them.",
            ) from None
        yield _identity(signer, der)
    except PKCS11Error as refused:
        raise _no_answer(refused) from None
    finally:
        session.close()


def _no_answer(refused: Exception) -> MachineFailed:
    return MachineFailed(
        f"The PKCS#11 module does not sign ({type(refused).__name__}).",
        what="signing.pkcs11_module",
        next="Check the module, the token's name, the key and the PIN's file.",
    )


def _identity(signer: Any, certificate: bytes) -> Identity:
    read = x509.load_der_x509_certificate(certificate)
    issuer = "" if read.issuer == read.subject else name_of(read.issuer)
    return Identity(signer, certificate, name_of(read.subject), issuer)


def name_of(name: x509.Name) -> str:
    """Common name and organisation, as far as the name has them."""
    found = [
        str(each.value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for each in name.get_attributes_for_oid(oid)
    ]
    return ", ".join(found) or "a name without words"
