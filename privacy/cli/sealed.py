"""Reports as the desk gives them away: logged, proven to be in the log, and signed.

The order: the document is made and says how it will be signed; its digest enters the log;
the log is signed; the proof goes into the document's update with the signature. A document
that is in the log and was never signed is an interrupted run and harmless.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from privacy.cli.branding import look_of
from privacy.cli.documents import CONFIDENTIAL, anchor
from privacy.desk import Desk
from privacy.desk_tables import ReportSigning
from privacy.errors import BadInput
from privacy.settings import read_secret

if TYPE_CHECKING:
    from privacy.rights.print_runs import Files as RunFiles
    from reports.signing.identities import Identity
    from reports.signing.making import Method

MADE = "report.made"
PACKAGED = "report.packaged"
LARGEST_FILE_BYTES = 1 << 20
MOST_RUNS = 100_000
NO_ANNEXES: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class Sealed:
    """A finished file. `entry` is its entry in the log; `signed` how, "" if nobody signed.

    `passphrase` opens it where it is an encrypted package; it is kept nowhere.
    """

    pdf: bytes
    entry: str
    signed: str
    note: str = ""
    passphrase: str = ""


def make(
    desk: Desk,
    actor_id: str,
    kind: str,
    data: dict[str, Any],
    *,
    sign: bool | None = None,
    classification: str = CONFIDENTIAL,
    annexes: Mapping[str, bytes] = NO_ANNEXES,
) -> Sealed:
    """Make, log and sign a report; `sign` None as the setting `signing.sign` says.

    Nothing leaves before its entry is durable. Errors of key, token and authority come
    before anything is written.
    """
    from reports.render import render

    settings = desk.config.signing
    wanted = settings.sign != "no" if sign is None else sign
    at, printed = desk.now(), anchor(desk)
    look = look_of(desk.config, desk.folder)
    if not wanted:
        document = render(
            kind,
            data,
            made_at=at,
            anchor=printed,
            classification=classification,
            look=look,
            annexes=annexes,
        )
        entry = _logged(desk, actor_id, kind, document.pdf)
        return Sealed(document.pdf, entry, "")
    from privacy.audit.proving import prove
    from reports.log_proof import written
    from reports.signing.making import sign as signed_by

    how, note = _method(settings)
    with identity(desk, actor_id) as (who, key_entry):
        document = render(
            kind,
            data,
            made_at=at,
            anchor=printed,
            classification=classification,
            seal=_seal(who, how),
            look=look,
            annexes=annexes,
        )
        entry = _logged(desk, actor_id, kind, document.pdf)
        proof = prove(desk, [entry, *key_entry], printed.size)
        pdf = signed_by(document.pdf, written(proof), who, how, at)
    return Sealed(pdf, entry, how.level, note)


def make_form(
    desk: Desk,
    actor_id: str,
    kind: str,
    form: str,
    data: dict[str, Any],
    *,
    classification: str = CONFIDENTIAL,
    annexes: Mapping[str, bytes] = NO_ANNEXES,
) -> tuple[bytes, str]:
    """A report as html, json or csv, and its entry in the log. Only PDFs are signed."""
    from reports import forms

    made = forms.made(
        kind,
        form,
        data,
        made_at=desk.now(),
        anchor=anchor(desk),
        classification=classification,
        look=look_of(desk.config, desk.folder),
        annexes=annexes,
    )
    return made.content, _logged(desk, actor_id, f"{kind} {form}", made.content)


def packaged(desk: Desk, actor_id: str, name: str, made: Sealed) -> Sealed:
    """The file inside an AES-256 ZIP under a new pass phrase; its digest is in the log first."""
    from privacy.rights.package import archive

    passphrase = archive.new_passphrase()
    content = archive.sealed({name: made.pdf}, passphrase)
    digest = hashlib.sha256(content).hexdigest()
    entry = desk.write(
        lambda unit: unit.append(PACKAGED, actor_id, object=made.entry, digest=digest)
    )
    return Sealed(content, entry, made.signed, made.note, passphrase)


def renderer(desk: Desk, actor_id: str) -> Callable[[str, dict[str, Any]], bytes]:
    """As `documents.renderer`, and each PDF is logged and signed as the settings say."""
    from privacy.cli import documents

    plain = documents.renderer(desk)

    def rendered(kind: str, data: dict[str, Any]) -> bytes:
        if kind == "access-view":
            return plain(kind, data)
        return make(desk, actor_id, kind, data).pdf

    return rendered


def seal_run(desk: Desk, actor_id: str, run_id: str, files: RunFiles) -> str:
    """Sign the manifest of a print run and write signature and proof beside it; "" if unsigned.

    One signature for all letters of the run; the run's entry in the log names their root.
    """
    if desk.config.signing.sign == "no":
        return ""
    from privacy.audit.looking import Question, find
    from privacy.audit.proving import prove
    from privacy.rights.package.writing import write_private
    from reports import manifest
    from reports.log_proof import RUN_WRITTEN, written

    with identity(desk, actor_id) as (who, key_entry):
        signature = manifest.sign(files.json.read_bytes(), who)
    desk.log.sequence_all()
    with desk.reading() as db:
        entries = find(db, Question(RUN_WRITTEN, None, None, None, MOST_RUNS))
    ids = [str(entry["id"]) for _, entry in entries if entry["object"] == run_id]
    proof = prove(desk, [*ids, *key_entry], 0)
    write_private(files.signature, signature)
    write_private(files.proof, written(proof))
    return who.fingerprint


def _logged(desk: Desk, actor_id: str, kind: str, pdf: bytes) -> str:
    digest = hashlib.sha256(pdf).hexdigest()
    return desk.write(lambda unit: unit.append(MADE, actor_id, object=kind, digest=digest))


def _seal(who: Identity, how: Method) -> Any:
    from reports.render import SELF_MADE, Seal

    stamp = ""
    if how.authority is not None:
        stamp = SELF_MADE if how.authority.self_made else how.authority.host
    return Seal(how.level, who.fingerprint, who.issuer, stamp)


def _method(settings: ReportSigning) -> tuple[Method, str]:
    """How to sign, and a line where no time stamp could be had and the setting allows it."""
    from privacy.errors import MachineFailed
    from reports.signing.making import BASELINE, Method, available
    from reports.signing.stamps import Authority

    if settings.level == BASELINE:
        return Method(), ""
    authority = Authority(settings.timestamp_url, settings.timestamp_own == "yes")
    how = Method(settings.level, authority, roots(settings.trust_file))
    try:
        available(authority)
    except MachineFailed:
        if settings.without_timestamp != "sign":
            raise
        return Method(), "The time stamp authority does not answer: signed at B-B without."
    return how, ""


@contextmanager
def identity(desk: Desk, actor_id: str) -> Iterator[tuple[Identity, list[str]]]:
    """Who signs by the settings; for the desk's own key the id of its entry in the log."""
    from reports.signing import identities

    settings = desk.config.signing
    if settings.pkcs11_module:
        with identities.from_pkcs11(
            Path(settings.pkcs11_module),
            token=settings.pkcs11_token,
            pin=read_secret(settings.pkcs11_pin_file),
            key=settings.pkcs11_key,
            certificate=settings.pkcs11_certificate,
        ) as who:
            yield who, []
    elif settings.pkcs12_file:
        content = read_bytes(Path(settings.pkcs12_file), "signing.pkcs12_file")
        password = read_secret(settings.pkcs12_password_file).encode()
        yield identities.from_pkcs12(content, password), []
    else:
        from privacy.audit import report_keys

        key, entry = report_keys.current(desk, actor_id)
        private = key.private_key(report_keys.custody_of(desk))
        yield identities.own(key.certificate, private), [entry]


def roots(path: str) -> tuple[bytes, ...]:
    """The certificates of a PEM file as DER; none for "". BadInput if it holds none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    if not path:
        return ()
    content = read_bytes(Path(path), "certificates")
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise BadInput(
            "That file holds no certificate.", what="certificates", next="Give a PEM file."
        ) from None
    return tuple(each.public_bytes(Encoding.DER) for each in found)


def read_bytes(path: Path, what: str) -> bytes:
    """A small file's content. BadInput if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError:
        raise BadInput("A file cannot be read.", what=what, next="Check its path.") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise BadInput("That file is too large.", what=what, next="Check its path.")
    return content
