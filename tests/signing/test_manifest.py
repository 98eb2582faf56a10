"""Mass letters are sealed by one signature over their manifest; a letter is proven to be in it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import Altered, BadInput
from privacy.rights.print_runs import merkle_root
from reports import manifest
from reports.examining import Checks, Outcome, Trust
from reports.manifest import Sealed
from tests.desks import MadeDesk
from tests.rights.test_letter_sending_commands import BY_POST, Command, command, written
from tests.signing.tampering import AT, flipped, stranger

__all__ = ["command"]


@pytest.fixture
def letters(made: MadeDesk, command: Command, tmp_path: Path) -> list[Path]:
    """The manifest of a sealed run of three letters, then the PDF of each."""
    ids = written(made, command, BY_POST, count=3)
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "run.pdf"
    assert command("letter", "print", "--out", str(out))[0] == 0
    files = [out.with_suffix(".json")]
    for each in ids:
        files.append(tmp_path / "out" / f"{each}.pdf")
        assert command("letter", "show", each, "--out", str(files[-1]))[0] == 0
    return files


def sealed(run: Path) -> Sealed:
    ends = (".json", ".p7s", ".proof.json")
    return Sealed(*(run.with_suffix(end).read_bytes() for end in ends))


def looked_at(letter: bytes, held: Sealed, *trust: bytes) -> Checks:
    return manifest.examine(letter, held, Trust(trust), AT)


def failing(found: Checks) -> set[str]:
    return {row.name for row in found.checks if row.outcome is Outcome.FAILS}


def test_each_letter_of_a_run_is_proven_to_belong_to_it(
    letters: list[Path], command: Command, tmp_path: Path
) -> None:
    run, *pdfs = letters
    pem = tmp_path / "desk.pem"
    assert command("keys", "report-certificate", "export", "--out", str(pem), actor="dpo")[0] == 0
    for pdf in pdfs:
        code, told = command("verify-report", str(pdf), "--manifest", str(run))
        assert (code, told["verified"], told["vouched_for"]) == (0, True, False)
    code, told = command("verify-report", str(pdfs[0]), "--manifest", str(run), "--trust", str(pem))
    assert (code, told["vouched_for"]) == (0, True)
    bundle = tmp_path / "bundle.zip"
    assert command("audit", "export", "--out", str(bundle), actor="dpo")[0] == 0
    code, told = command(
        "verify-report", str(pdfs[1]), "--manifest", str(run), "--bundle", str(bundle)
    )
    assert (code, told["vouched_for"]) == (0, True)


def test_what_was_changed_in_a_letter_or_its_manifest_is_refused(
    letters: list[Path], tmp_path: Path
) -> None:
    run, pdf, *_ = letters
    held, letter = sealed(run), pdf.read_bytes()
    assert looked_at(letter, held).exit_code == 0
    other = looked_at(flipped(letter, len(letter) // 2), held)
    assert other.exit_code in (1, 3)
    told = json.loads(held.content)
    told["pages"] += 1
    changed = json.dumps(told, indent=1, sort_keys=True).encode() + b"\n"
    assert failing(looked_at(letter, replace(held, content=changed))) == {"signature"}
    told["letters"][0]["pdf_sha256"] = "00" * 32
    with pytest.raises(Altered, match="root is not of its letters"):
        looked_at(letter, replace(held, content=json.dumps(told).encode()))
    told["root"] = merkle_root(told["letters"])
    moved = looked_at(letter, replace(held, content=json.dumps(told).encode()))
    assert failing(moved) == {"log entry", "signature"}
    assert moved.exit_code == 3
    forged = replace(held, signature=manifest.sign(held.content, stranger(tmp_path)))
    assert failing(looked_at(letter, forged)) == {"certificate entry"}
    for broken in (b"", held.signature[:-9], held.signature + b"\0"):
        assert "signature" in failing(looked_at(letter, replace(held, signature=broken)))


def test_openssl_confirms_the_manifests_signature(letters: list[Path], tmp_path: Path) -> None:
    run = letters[0]
    verify = (
        *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-noverify"),
        *("-in", str(run.with_suffix(".p7s")), "-out", str(tmp_path / "verified")),
    )
    good = subprocess.run([*verify, "-content", str(run)], capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    (tmp_path / "changed").write_bytes(run.read_bytes().replace(b'"pages"', b'"Pages"'))
    bad = [*verify, "-content", str(tmp_path / "changed")]
    assert subprocess.run(bad, capture_output=True, check=False).returncode != 0


@given(st.binary(max_size=300))
def test_any_bytes_are_no_manifest(content: bytes) -> None:
    with pytest.raises(BadInput):
        manifest.parsed(content)
