"""The commands around signing: what is signed, by which certificate, and checking it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from privacy.audit import report_keys
from privacy.audit.bundle import make_bundle
from privacy.audit.looking import Question, entries_until, find, notes_until
from privacy.audit.proving import prove
from privacy.cli import sealed
from privacy.cli.sealed import Sealed
from privacy.vault import report_key
from reports import log_proof
from reports.examining import Trust, examine
from reports.render import render
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.reports.examples import ANCHOR, MADE_AT, example
from tests.rights.test_letter_sending_commands import Command, command
from tests.signing.conftest import save
from tests.signing.levels import KIND

__all__ = ["command"]


def test_a_report_holds_in_itself_and_with_what_the_reader_knows(
    standing: MadeDesk, report: Sealed, command: Command, tmp_path: Path
) -> None:
    pdf = save(tmp_path, report.pdf)
    code, told = command("verify-report", str(pdf))
    assert (code, told["verified"], told["vouched_for"], told["signed"]) == (0, True, False, True)
    signature = told["signature"]
    assert (signature["level"], signature["self_issued"]) == ("B-B", True)
    assert "self-issued certificate" in signature["reason"]
    key = next(row["found"] for row in told["checks"] if row["name"] == "log key").split()[7]
    assert command("verify-report", str(pdf), "--key", key.strip(";"))[1]["vouched_for"]
    other = "example.org/other+7b2e1c1d+AaN0aGlzIGlzIG5vdCBhIGtleSBhdCBhbGwgbm8gbm8="
    assert command("verify-report", str(pdf), "--key", other)[0] in (1, 2)


def test_a_report_is_held_against_the_logs_own_bundle(
    standing: MadeDesk, made: MadeDesk, report: Sealed, command: Command, tmp_path: Path
) -> None:
    pdf = save(tmp_path, report.pdf)
    for desk, code in ((standing.desk, 0), (made.desk, 3)):
        last = desk.sign_checkpoint()
        assert last is not None
        entries = entries_until(desk.log, desk.reading, last.size)
        bundle = make_bundle(entries, notes_until(desk.reading, last.size))
        zipped = save(tmp_path, bundle, "bundle.zip")
        found = command("verify-report", str(pdf), "--bundle", str(zipped))
        assert found[0] == code or found[0] in (3, 4, 5)
        if code == 0:
            assert found[1]["vouched_for"]


def test_nobody_vouches_for_a_report_that_nobody_signed(
    standing: MadeDesk, command: Command, tmp_path: Path
) -> None:
    made = sealed.make(standing.desk, "dpo", KIND, example(KIND), sign=False)
    assert made.signed == ""
    code, told = command("verify-report", str(save(tmp_path, made.pdf)))
    assert (code, told["signed"]) == (1, False)
    unsigned = render(
        KIND, example(KIND), made_at=MADE_AT, anchor=ANCHOR, classification="Confidential"
    )
    assert command("verify-report", str(save(tmp_path, unsigned.pdf)))[0] == 1


def test_the_desks_certificate_is_in_the_log_before_it_signs_and_after_it_turns(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    code, shown = command("keys", "report-certificate", "show", actor="dpo")
    assert (code, shown["number"], shown["self_issued"]) == (0, 1, True)
    assert made.desk.config.desk_id in shown["subject"]
    before = sealed.make(made.desk, "dpo", KIND, example(KIND))
    code, turned = command("keys", "report-certificate", "rotate", actor="dpo")
    assert (code, turned["number"]) == (0, 2)
    assert command("keys", "report-certificate", "rotate", actor="handler")[0] == 1
    made.desk.log.sequence_all()
    with made.desk.reading() as db:
        logged = [entry["digest"] for _, entry in find(db, Question("report_key.made"))]
    assert logged == [shown["sha256"], turned["sha256"]]
    after = sealed.make(made.desk, "dpo", KIND, example(KIND))
    for each, digest in ((before, shown["sha256"]), (after, turned["sha256"])):
        code, told = command("verify-report", str(save(tmp_path, each.pdf)))
        assert (code, told["signature"]["certificate_sha256"]) == (0, digest)


def test_a_key_whose_entry_was_lost_to_a_crash_is_logged_by_the_next_use(made: MadeDesk) -> None:
    custody = report_keys.custody_of(made.desk)
    key = report_key.make(
        made.desk.state, custody, organisation="X", desk_id="d-x", now=made.desk.now()
    )
    held, entry = report_keys.current(made.desk, "dpo")
    assert held.fingerprint == key.fingerprint
    assert report_keys.current(made.desk, "dpo") == (held, entry)


def test_the_private_key_stands_in_no_file_of_the_desk(made: MadeDesk) -> None:
    key, _ = report_keys.current(made.desk, "dpo")
    private = key.private_key(report_keys.custody_of(made.desk))
    scalar = private[36:68]
    assert hashlib.sha256(private).hexdigest()
    for folder in (made.desk.folder, made.desk.state):
        for path in folder.rglob("*"):
            assert not path.is_file() or scalar not in path.read_bytes()
    assert find_leaks(made.desk.folder, [private.hex(), scalar.hex()]) == []


def test_a_certificate_that_ran_out_is_replaced(made: MadeDesk) -> None:
    first, _ = report_keys.current(made.desk, "dpo")
    made.clock.at = first.not_after
    second, _ = report_keys.current(made.desk, "dpo")
    assert second.number == 2


@pytest.mark.parametrize("value", ["no", "yes"])
def test_a_desk_signs_as_its_settings_say(made: MadeDesk, command: Command, value: str) -> None:
    command("config", "set", "signing.sign", value, actor="dpo")
    reopened = made.reopen()
    try:
        signed = sealed.make(reopened, "dpo", KIND, example(KIND)).signed
    finally:
        reopened.close()
    assert signed == ("B-B" if value == "yes" else "")


def test_a_report_is_signed_and_proven_on_each_store(store: MadeDesk) -> None:
    made = sealed.make(store.desk, "dpo", KIND, example(KIND))
    assert examine(made.pdf, Trust(), store.desk.now()).exit_code == 0


def test_a_proof_names_the_key_that_signed_also_when_the_day_turned(made: MadeDesk) -> None:
    desk = made.desk
    printed = desk.sign_checkpoint()
    assert printed is not None
    before = desk.signing.verifier_text()
    entry = desk.write(lambda unit: unit.append("report.made", "dpo", object="x", digest="0"))
    made.clock.advance(timedelta(days=1))
    proof = log_proof.read(log_proof.written(prove(desk, [entry], printed.size)))
    assert str(proof.verifier) == before != desk.signing.verifier_text()
    assert proof.entry("report.made") is not None
