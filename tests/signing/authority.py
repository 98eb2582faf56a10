"""A test authority: a CA, its CRL, and an RFC 3161 responder by `openssl ts`, on 127.0.0.1.

Everything is made for one test run and proves nothing to anybody.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
PASSWORD = b"a password for tests"
CONFIG = """[tsa]
default_tsa = t
[t]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/stamps.pem
certs = {folder}/root.pem
signer_key = {folder}/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass
class TestAuthority:
    """`url` gives time stamps while `answers`; `paths` counts what was asked for."""

    __test__ = False

    folder: Path
    port: int = 0
    answers: bool = True
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/stamp"

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    @property
    def pkcs12(self) -> Path:
        return self.folder / "signer.p12"

    @property
    def password(self) -> Path:
        return self.folder / "password"

    def stamp(self, query: bytes) -> bytes:
        """The answer of `openssl ts` to a query."""
        (self.folder / "query").write_bytes(query)
        subprocess.run(
            [
                *("openssl", "ts", "-reply", "-config", str(self.folder / "ts.cnf")),
                *("-queryfile", str(self.folder / "query"), "-out", str(self.folder / "reply")),
            ],
            check=True,
            capture_output=True,
        )
        return (self.folder / "reply").read_bytes()


@contextmanager
def running(folder: Path) -> Iterator[TestAuthority]:
    """The authority with its server, stopped at the end."""
    authority = TestAuthority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.paths.append(self.path)
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if not authority.answers:
                self.send_error(503)
                return
            self._answer("application/timestamp-reply", authority.stamp(query))

        def do_GET(self) -> None:
            authority.paths.append(self.path)
            self._answer("application/pkix-crl", (folder / "root.crl").read_bytes())

        def _answer(self, kind: str, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    authority.port = server.server_address[1]
    _make(authority)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _make(authority: TestAuthority) -> None:
    folder = authority.folder
    root_key, root = _certificate("Test root", None, authority)
    stamps_key, stamps = _certificate("Test time stamps", (root_key, root), authority, stamps=True)
    signer_key, signer = _certificate("Example Retail seal", (root_key, root), authority)
    authority.root.write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "stamps.pem").write_bytes(stamps.public_bytes(Encoding.PEM))
    (folder / "stamps.key").write_bytes(_pem(stamps_key))
    (folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
    (folder / "signer.key").write_bytes(_pem(signer_key))
    sealed = pkcs12.serialize_key_and_certificates(
        b"seal", signer_key, signer, [root], BestAvailableEncryption(PASSWORD)
    )
    authority.pkcs12.write_bytes(sealed)
    authority.password.write_bytes(PASSWORD + b"\n")
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(CONFIG.format(folder=folder))
    now = datetime.now(UTC)
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=30))
        .sign(root_key, hashes.SHA256())
    )
    (folder / "root.crl").write_bytes(crl.public_bytes(Encoding.DER))


Issuer = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _certificate(
    name: str, issuer: Issuer | None, authority: TestAuthority, *, stamps: bool = False
) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer[1].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(issuer is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        place = x509.UniformResourceIdentifier(f"http://127.0.0.1:{authority.port}/root.crl")
        point = x509.DistributionPoint([place], None, None, None)
        public = issuer[0].public_key()
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False
        )
    if stamps:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return key, builder.sign(key if issuer is None else issuer[0], hashes.SHA256())


def _usage(root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not root,
        content_commitment=not root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=root,
        crl_sign=root,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
