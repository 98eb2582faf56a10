"""Every way to change a signed report is refused, with its reason."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.cli import sealed
from privacy.cli.sealed import Sealed
from privacy.errors import Altered, BadInput, RightsdeskError
from reports import examining, log_proof, reading
from reports.canonical import canonical
from reports.examining import Examined, Outcome, Trust, examine
from reports.render import Seal, render, report_of, to_pdf
from reports.signing.checking import check
from reports.signing.making import Method, sign
from reports.signing.revisions import first_revision, proof_of, refuse_changes
from tests.desks import MadeDesk
from tests.reports.examples import ANCHOR, example
from tests.signing import tampering
from tests.signing.levels import KIND
from tests.signing.tampering import AT, UPDATES, stranger


def looked_at(pdf: bytes) -> Examined:
    return examine(pdf, Trust(), AT)


def reasons(pdf: bytes) -> dict[str, str]:
    """What fails, with its reason; a refusal of the whole file under `file`."""
    try:
        seen = looked_at(pdf)
    except (Altered, BadInput) as refused:
        return {"file": refused.message}
    found = {row.name: row.found for row in seen.checks if row.outcome is Outcome.FAILS}
    assert seen.exit_code == (3 if found else seen.exit_code)
    return found


def test_an_untouched_report_holds(report: Sealed) -> None:
    seen = looked_at(report.pdf)
    assert seen.exit_code == 0
    assert not seen.vouched_for
    assert [row.name for row in seen.checks if row.outcome is Outcome.HOLDS] == [
        "data",
        "figures",
        "pages",
        "updates",
        "log entry",
        "signature",
        "printed checkpoint",
        "certificate entry",
    ]


@pytest.mark.parametrize("tenths", [0, 2, 4, 6, 8, 9])
def test_one_changed_bit_anywhere_is_refused(report: Sealed, tenths: int) -> None:
    at = len(report.pdf) * tenths // 10 + 17
    assert reasons(tampering.flipped(report.pdf, at))


@pytest.mark.parametrize("part", ["page", "data.json", "proof", "certificate", "byte range"])
def test_one_changed_bit_in_each_region_is_refused(report: Sealed, part: str) -> None:
    pdf, first = report.pdf, len(first_revision(report.pdf))
    at = {
        "page": pdf.index(b"stream", pdf.index(b"/Contents")) + 40,
        "data.json": pdf.index(b"stream", pdf.index(b"/Type /EmbeddedFile")) + 40,
        "proof": pdf.index(b"stream", first) + 40,
        "certificate": pdf.index(b"/Contents <", first) + 400,
        "byte range": pdf.index(b"/ByteRange", first) + 14,
    }[part]
    assert reasons(tampering.flipped(pdf, at))


@pytest.mark.parametrize("how", list(UPDATES))
def test_an_update_behind_the_signature_is_refused(report: Sealed, how: str) -> None:
    changed = UPDATES[how](report.pdf)
    assert changed.startswith(report.pdf)
    with pytest.raises(Altered, match=r"added behind|cannot be read"):
        check(changed, roots=(), at=AT)


@pytest.mark.parametrize("how", [each for each in UPDATES if each != "an empty update"])
def test_what_the_signer_hid_before_signing_is_refused_too(
    report: Sealed, how: str, tmp_path: Path
) -> None:
    """Shadow attack: the change stands between the document and the signature."""
    first = UPDATES[how](first_revision(report.pdf))
    shadowed = sign(first, proof_of(report.pdf), stranger(tmp_path), Method(), AT)
    check(shadowed, roots=(), at=AT)
    with pytest.raises(Altered, match="an update"):
        refuse_changes(shadowed)


def test_the_pages_of_other_figures_with_the_attachment_intact_are_refused(
    report: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that lies: it prints other figures than those of the data that it attaches."""
    told = json.loads(reading.attachments(first_revision(report.pdf))[1])
    held = reading.verify(first_revision(report.pdf))
    who, module = stranger(tmp_path), report_of(KIND)
    honest = module.checked

    def lying(data: dict[str, Any]) -> Any:
        changed = deepcopy(data)
        changed["classes"][2]["keys"] += 1
        return honest(changed)

    monkeypatch.setattr(module, "checked", lying)
    forged = render(
        KIND,
        example(KIND),
        made_at=held.made_at,
        anchor=held.anchor,
        classification=told["classification"],
        seal=Seal("B-B", who.fingerprint),
    )
    monkeypatch.setattr(module, "checked", honest)
    found = reasons(sign(forged.pdf, proof_of(report.pdf), who, Method(), AT))
    assert "not those that the data give" in found["pages"]
    assert set(found) == {"pages", "log entry"}


def test_swapped_data_with_a_digest_made_anew_are_not_what_the_log_names(
    report: Sealed, tmp_path: Path
) -> None:
    told = json.loads(reading.attachments(first_revision(report.pdf))[1])
    data = example(KIND)
    data["classes"][2]["keys"] += 1
    held = reading.verify(first_revision(report.pdf))
    who = stranger(tmp_path)
    forged = render(
        KIND,
        data,
        made_at=held.made_at,
        anchor=held.anchor,
        classification=told["classification"],
        seal=Seal("B-B", who.fingerprint),
    )
    found = reasons(sign(forged.pdf, proof_of(report.pdf), who, Method(), AT))
    assert "another document" in found["log entry"]
    assert set(found) == {"log entry"}


def test_a_stripped_signature_is_missed(report: Sealed) -> None:
    assert "the signature is gone" in reasons(tampering.stripped(report.pdf))["signature"]


def test_another_certificate_is_not_the_one_that_the_pages_name(
    report: Sealed, tmp_path: Path
) -> None:
    first = first_revision(report.pdf)
    again = sign(first, proof_of(report.pdf), stranger(tmp_path), Method(), AT)
    assert "another certificate" in reasons(again)["signature"]


def test_a_certificate_that_the_log_does_not_name_is_refused(
    standing: MadeDesk, tmp_path: Path
) -> None:
    from privacy.audit.proving import prove
    from privacy.cli.documents import CONFIDENTIAL, anchor

    desk, who = standing.desk, stranger(tmp_path)
    printed = anchor(desk)
    document = render(
        KIND,
        example(KIND),
        made_at=desk.now(),
        anchor=printed,
        classification=CONFIDENTIAL,
        seal=Seal("B-B", who.fingerprint),
    )
    entry = sealed._logged(desk, "dpo", KIND, document.pdf)
    proof = log_proof.written(prove(desk, [entry], printed.size))
    found = reasons(sign(document.pdf, proof, who, Method(), desk.now()))
    assert set(found) == {"certificate entry"}


def test_a_key_that_is_not_the_certificates_does_not_sign(report: Sealed) -> None:
    from reports.signing import identities

    certificate = check(report.pdf, roots=(), at=AT).signer.certificate
    who = identities.own(certificate, tampering.other_key())
    again = sign(first_revision(report.pdf), proof_of(report.pdf), who, Method(), AT)
    assert "not over these bytes" in reasons(again)["signature"]


def test_the_proof_of_another_report_is_refused(
    standing: MadeDesk, report: Sealed, tmp_path: Path
) -> None:
    other = sealed.make(standing.desk, "dpo", KIND, example(KIND), classification="Secret")
    first = first_revision(report.pdf)
    replayed = sign(first, proof_of(other.pdf), stranger(tmp_path), Method(), AT)
    assert "another document" in reasons(replayed)["log entry"]


@pytest.mark.parametrize("part", ["checkpoint", "verifier", "entry", "proof", "origin", "schema"])
def test_a_proof_that_was_changed_does_not_hold(report: Sealed, part: str) -> None:
    proof = json.loads(proof_of(report.pdf))
    log_proof.read(canonical(proof))
    row = proof["entries"][0]
    if part == "entry":
        row["entry"] = row["entry"].replace("report.made", "report.mode")
    elif part == "proof":
        row["proof"] = row["proof"][::-1] + row["proof"]
    else:
        proof[part] = proof[part].replace("1", "2") or "x"
    with pytest.raises(Altered):
        log_proof.read(canonical(proof))


def test_a_checkpoint_of_another_log_on_the_pages_is_refused(
    standing: MadeDesk, report: Sealed
) -> None:
    proof = log_proof.read(proof_of(report.pdf))
    with pytest.raises(Altered, match="another log"):
        log_proof.refuse_other_anchor(proof, ANCHOR)
    printed = reading.verify(first_revision(report.pdf)).anchor
    log_proof.refuse_other_anchor(proof, printed)
    with pytest.raises(Altered, match="not of this log"):
        log_proof.refuse_other_anchor(proof, replace(printed, root_b64=ANCHOR.root_b64))


@pytest.mark.parametrize("cut", [1, 500, 9000, 40_000])
def test_a_truncated_file_is_refused(report: Sealed, cut: int) -> None:
    assert reasons(report.pdf[:-cut])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), junk=st.binary(max_size=60), drop=st.integers(0, 400))
def test_any_update_gives_a_verdict_or_our_own_error(
    report: Sealed, at: float, junk: bytes, drop: int
) -> None:
    """Only what follows the document, so that no page is laid out each time."""
    first = len(first_revision(report.pdf))
    place = first + int((len(report.pdf) - first) * at)
    pdf = report.pdf[:place] + junk + report.pdf[place + drop :]
    for look in (refuse_changes, proof_of, lambda each: check(each, roots=(), at=AT)):
        try:
            look(pdf)
        except RightsdeskError:
            continue


@given(st.binary(max_size=400))
def test_any_bytes_are_no_proof(content: bytes) -> None:
    with pytest.raises(Altered):
        log_proof.read(content)


@settings(max_examples=15)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_no_report(content: bytes, head: bool) -> None:
    with pytest.raises((BadInput, Altered)):
        looked_at(b"%PDF-1.7\n" + content if head else content)


def test_the_proof_stands_in_the_order_of_names_also_among_annexes(
    report: Sealed, tmp_path: Path
) -> None:
    document = to_pdf(
        "<html lang=en><title>t</title><h1>t</h1></html>",
        {name: (b"{}", name) for name in ("data.json", "document.json", "people.csv")},
        AT,
    )
    signed = sign(document, proof_of(report.pdf), stranger(tmp_path), Method(), AT)
    refuse_changes(signed)
    assert proof_of(signed) == proof_of(report.pdf)
    with pikepdf.open(BytesIO(signed)) as pdf:
        names = [str(each) for each in list(pdf.Root.Names.EmbeddedFiles.Names)[::2]]
    assert names == ["data.json", "document.json", "log-proof.json", "people.csv"]


def test_pages_that_other_versions_made_are_not_proven_and_not_called_altered(
    report: Sealed,
) -> None:
    held = replace(reading.verify(first_revision(report.pdf)), same_bytes=False)
    seen = Examined(verified=held)
    seen.run("here", lambda: examining._pages(held))
    seen.run("elsewhere", lambda: examining._pages(replace(held, same_versions=False)))
    assert [row.outcome for row in seen.checks] == [Outcome.FAILS, Outcome.NOT_PROVEN]
