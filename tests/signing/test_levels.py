"""Keys from elsewhere, time stamps and archive time stamps; each judged by other programs too."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from privacy.cli import sealed
from privacy.cli.sealed import Sealed
from privacy.desk_tables import ReportSigning
from privacy.errors import BadInput, MachineFailed
from reports.examining import Examined, Outcome, Trust, examine
from reports.signing.revisions import refuse_changes
from tests.desks import MadeDesk
from tests.needed import need
from tests.reports import pdfs
from tests.signing import authority as authorities
from tests.signing.authority import TestAuthority
from tests.signing.conftest import save
from tests.signing.levels import by_file, each, signed, stamped

pytestmark = pytest.mark.serial
"""Opens a port on 127.0.0.1."""

SOFT_HSM = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestAuthority]:
    with authorities.running(tmp_path_factory.mktemp("authority")) as authority:
        yield authority


def seen(made: MadeDesk, authority: TestAuthority, pdf: bytes) -> Examined:
    return examine(pdf, Trust(sealed.roots(str(authority.root))), made.desk.now())


def outcomes(examined: Examined) -> dict[str, Outcome]:
    return {row.name: row.outcome for row in examined.checks}


@pytest.fixture(scope="module")
def levels(standing: MadeDesk, authority: TestAuthority) -> dict[str, Sealed]:
    """One report of each level by the PKCS#12 key."""
    return each(standing, authority)


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LTA"])
def test_each_level_holds_and_leads_to_the_root_that_was_given(
    levels: dict[str, Sealed], standing: MadeDesk, authority: TestAuthority, level: str
) -> None:
    found = seen(standing, authority, levels[level].pdf)
    assert found.exit_code == 0, [row for row in found.checks if row.outcome != "holds"]
    assert found.vouched_for
    assert found.signature is not None
    assert found.signature.level == levels[level].signed == level
    assert found.signature.signer.trusted
    assert (found.signature.stamp is not None) == (level != "B-B")
    assert found.signature.signer.issuer == "Test root"
    refuse_changes(levels[level].pdf)


@pytest.mark.parametrize("level", ["B-T", "B-LTA"])
def test_a_stamp_of_this_machine_is_called_self_made(
    levels: dict[str, Sealed],
    standing: MadeDesk,
    authority: TestAuthority,
    level: str,
    tmp_path: Path,
) -> None:
    found = seen(standing, authority, levels[level].pdf)
    assert found.signature is not None
    assert found.signature.stamp is not None
    assert found.signature.stamp.self_made
    assert "self-made time stamp" in found.signature.reason
    said = {row.name: row.found for row in found.checks}
    assert "self-made, proves no time to others" in said["time stamp"]
    assert "self-made time stamp" in pdfs.text(levels[level].pdf, tmp_path)


def test_what_the_archive_level_needs_later_is_in_the_file(
    levels: dict[str, Sealed], authority: TestAuthority
) -> None:
    assert "/root.crl" in authority.paths
    assert b"/DSS" in levels["B-LTA"].pdf
    assert b"/DocTimeStamp" in levels["B-LTA"].pdf


def test_a_root_that_was_not_given_proves_nothing(
    levels: dict[str, Sealed], standing: MadeDesk, report: Sealed
) -> None:
    own = examine(report.pdf, Trust(), standing.desk.now()).signature
    assert own is not None
    found = examine(levels["B-T"].pdf, Trust((own.signer.certificate,)), standing.desk.now())
    assert found.exit_code == 1
    assert outcomes(found)["certificate"] is Outcome.NOT_PROVEN
    assert outcomes(found)["time stamp"] is Outcome.NOT_PROVEN


def test_poppler_confirms_the_signature(
    levels: dict[str, Sealed], report: Sealed, tmp_path: Path
) -> None:
    for content in (report.pdf, levels["B-T"].pdf):
        told = subprocess.run(
            ["pdfsig", str(save(tmp_path, content))], capture_output=True, text=True, check=False
        ).stdout
        assert "Signature is Valid" in told
        assert "Total document signed" in told
        assert "ETSI.CAdES.detached" in told


def test_openssl_confirms_the_cms_object_over_the_same_bytes(
    levels: dict[str, Sealed], authority: TestAuthority, tmp_path: Path
) -> None:
    pdf = levels["B-T"].pdf
    cms, over = parts(pdf)
    save(tmp_path, cms, "signature.der")
    save(tmp_path, over, "signed.bin")
    told = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"),
            *("-in", str(tmp_path / "signature.der"), "-content", str(tmp_path / "signed.bin")),
            *("-CAfile", str(authority.root), "-out", str(tmp_path / "out.bin")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    save(tmp_path, over[:-1] + b" ", "signed.bin")
    assert subprocess.run(told.args, capture_output=True, check=False).returncode != 0


def parts(pdf: bytes) -> tuple[bytes, bytes]:
    """The CMS object of the signature and the bytes that it is over, by hand."""
    at = pdf.index(b"/ByteRange [")
    numbers = pdf[at + 12 : pdf.index(b"]", at)].split()
    a, b, c, d = map(int, numbers)
    held = bytes.fromhex(pdf[a + b + 1 : c - 1].decode())
    length = 4 + int.from_bytes(held[2:4])
    return held[:length], pdf[a : a + b] + pdf[c : c + d]


def test_an_authority_that_does_not_answer_fails_loudly_before_anything_is_logged(
    standing: MadeDesk, authority: TestAuthority
) -> None:
    with standing.desk.reading() as db:
        size = standing.desk.log.head(db).size
    authority.answers = False
    try:
        with pytest.raises(MachineFailed, match="gives no time stamp"):
            signed(standing, stamped(authority, "B-T"))
        with standing.desk.reading() as db:
            assert standing.desk.log.head(db).size == size
        made = signed(standing, stamped(authority, "B-T", without_timestamp="sign"))
    finally:
        authority.answers = True
    assert made.signed == "B-B"
    assert "without" in made.note
    assert seen(standing, authority, made.pdf).exit_code == 0


def test_settings_that_do_not_fit_are_wrong_usage(
    standing: MadeDesk, authority: TestAuthority, tmp_path: Path
) -> None:
    for settings in (
        by_file(authority, level="B-X"),
        by_file(authority, level="B-T"),
        stamped(authority, "B-LTA", trust_file=""),
        stamped(authority, "B-T", timestamp_url="ftp://127.0.0.1/"),
        replace(by_file(authority), pkcs12_password_file=str(save(tmp_path, b"wrong", "p"))),
        replace(by_file(authority), pkcs12_file=str(save(tmp_path, b"no key", "k"))),
        replace(by_file(authority), pkcs12_file=str(tmp_path / "missing")),
    ):
        with pytest.raises(BadInput):
            signed(standing, settings)


@pytest.fixture
def token(authority: TestAuthority, tmp_path: Path) -> Iterator[ReportSigning]:
    """A SoftHSM token that holds the test signer's key; the settings that name it."""
    there = SOFT_HSM.exists() and shutil.which("softhsm2-util") is not None
    need(there, "the token needs softhsm2")
    # The extra `hsm` is part of the development environment: without it this is a failure.
    importlib.import_module("pkcs11")
    (tmp_path / "tokens").mkdir()
    conf = save(tmp_path, f"directories.tokendir = {tmp_path}/tokens\n".encode(), "softhsm.conf")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    named = ("--label", "seal", "--id", "01")
    make = ("softhsm2-util", "--module", str(SOFT_HSM), "--pin", "4711")
    for rest in (
        ("--init-token", "--free", "--label", "desk", "--so-pin", "0000"),
        ("--import", str(authority.folder / "signer.key"), "--token", "desk", *named),
    ):
        subprocess.run([*make, *rest], check=True, capture_output=True)
    _put_certificate(authority)
    try:
        yield ReportSigning(
            pkcs11_module=str(SOFT_HSM),
            pkcs11_token="desk",
            pkcs11_pin_file=str(save(tmp_path, b"4711\n", "pin")),
            pkcs11_key="seal",
        )
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before


def _put_certificate(authority: TestAuthority) -> None:
    import pkcs11
    from pkcs11.util.x509 import decode_x509_certificate

    pem = authority.folder / "signer.pem"
    der = sealed.roots(str(pem))[0]
    lib = pkcs11.lib(str(SOFT_HSM))
    lib.reinitialize()
    with lib.get_token(token_label="desk").open(rw=True, user_pin="4711") as session:
        held = decode_x509_certificate(der)
        session.create_object(
            {**held, pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.LABEL: "seal"}
        )


def test_a_key_in_a_token_signs_and_never_leaves_it(
    standing: MadeDesk, authority: TestAuthority, token: ReportSigning
) -> None:
    made = signed(standing, token)
    found = seen(standing, authority, made.pdf)
    assert found.exit_code == 0, [row for row in found.checks if row.outcome != "holds"]
    assert found.signature is not None
    assert found.signature.signer.trusted
    with pytest.raises(BadInput):
        signed(standing, replace(token, pkcs11_key="no such"))
    with pytest.raises(MachineFailed):
        signed(standing, replace(token, pkcs11_token="no such"))
