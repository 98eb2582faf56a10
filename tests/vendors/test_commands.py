"""`rightsdesk vendor` from the first name to the decision, as a person types it."""

from __future__ import annotations

import io
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.clock import rfc3339
from privacy.disclosures import store as disclosures
from privacy.terms import Channel
from privacy.vendors import claims
from privacy.vendors import store as vendors
from privacy.vendors.reading import base
from tests.contacts.test_exporting import agree
from tests.desks import MadeDesk, at_the_desk
from tests.persons import add_people
from tests.vendors.cases import finding, given
from tests.vendors.test_questionnaire import OWN

BASE = base()


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command in this process on the made desk and gives its document."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")

    def called(*arguments: str, code: int = 0, plain: bool = False, stdin: str = "") -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        given_code = run([*arguments] if plain else [*arguments, "--json"])
        out = capsys.readouterr().out
        assert given_code == code, out
        return out if plain else json.loads(out)

    return called


def answers_file(folder: Path, **changes: Any) -> Path:
    told = given({key.replace("_", "-"): value for key, value in changes.items()})
    path = folder / "answers.json"
    path.write_text(
        json.dumps(
            {
                "schema": "rightsdesk.vendor-answers/1",
                "questionnaire_sha256": BASE.sha256,
                "answers": [each.document() for each in told.values()],
            }
        )
    )
    return path


def test_a_vendor_from_its_name_to_the_decision(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    assert command("vendor", "list")["vendors"] == []
    vendor_id = command(
        "vendor", "new", "Example Dialer Ltd", "--country", "GB", "--person", "-", stdin="Robin\n"
    )["id"]
    assert command("vendor", "contact", vendor_id)["contact"] == {"person": "Robin"}
    command("vendor", "contact", vendor_id, "--email", "-", stdin="kim@dialer.example\n")
    assert command("vendor", "contact", vendor_id)["contact"] == {"email": "kim@dialer.example"}
    assert command("vendor", "contact", vendor_id, "--forget")["contact"] == {}
    command("vendor", "ask", vendor_id, "--due", "2026-12-31")
    counted = command("vendor", "answer", vendor_id, "--file", str(answers_file(tmp_path)))
    assert counted["recorded"] == len(given())
    assert command("vendor", "answers", vendor_id, "--open")["questions"] == [
        row
        for row in command("vendor", "answers", vendor_id)["questions"]
        if row["answer"] is None and row["applies"]
    ]
    scored = command("vendor", "score", "Example Dialer Ltd")
    assert (scored["total"], scored["outcome"]) == ("50", "not_approved")
    proof = tmp_path / "proof.pdf"
    proof.write_bytes(b"proof")
    questions = [arg for key in BASE.questions for arg in ("--question", key)]
    evidence = command(
        "vendor", "evidence", "add", vendor_id, str(proof), *questions, "--until", "2027-12-31"
    )["id"]
    assert command("vendor", "score", vendor_id)["outcome"] == "approved"
    claims.record(made.desk, made.dpo, vendor_id, "run-1", [finding("outside_hours", 3)])
    scored = command("vendor", "score", vendor_id)
    assert (scored["outcome"], scored["contradicted"]) == ("not_approved", ["hours-01"])
    supposed = command("vendor", "score", vendor_id, "--without-finding", "outside_hours")
    assert supposed["outcome"] == {"before": "not_approved", "after": "approved"}
    supposed = command("vendor", "score", vendor_id, "--what-if", "hours-01=caller_time")
    assert supposed["outcome"]["after"] == "not_approved"
    (item,) = command("vendor", "remediation", "open", vendor_id, "--owner", "vendor")["items"]
    (row,) = command("vendor", "remediation", "list")["items"]
    assert (row["severity"], row["due"]) == ("critical", "2026-11-25")
    moved = command(
        "vendor", "remediation", "move", item, "--to", "evidence_submitted", "--evidence", evidence
    )
    assert moved["state"] == "evidence_submitted"
    kept = command("vendor", "history", vendor_id)["scorings"]
    assert [each["outcome"] for each in kept] == ["not_approved", "approved", "not_approved"]
    again = command("vendor", "score", vendor_id, "--scoring", kept[1]["id"])
    assert (again["id"], again["total"]) == (kept[1]["id"], "100")
    types = [each["type"] for each in command("vendor", "show", vendor_id)["history"]]
    assert types.count("scored") == 3
    text = command("vendor", "score", vendor_id, plain=True)
    assert text.splitlines()[0].endswith("not approved")
    assert "47 CFR 64.1200(c)(1)" in text
    # By hand: 5 of the 62 points of do-not-call, hours and abandonment are lost.
    assert "consent 100, transparency 100, respect for time 91.93." in text


def test_answers_are_taken_all_or_not_at_all(command: Any, tmp_path: Path) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    wrong = command("vendor", "answer", vendor_id, "contract-02=yes", "data-01=five", code=2)[
        "error"
    ]
    assert (wrong["code"], wrong["what"]) == ("bad_facts", "data-01")
    path = answers_file(tmp_path)
    document = json.loads(path.read_text())
    document["answers"][-1]["value"] = "maybe"
    path.write_text(json.dumps(document))
    wrong = command("vendor", "answer", vendor_id, "--file", str(path), code=2)["error"]
    assert wrong["what"] == document["answers"][-1]["question"]
    path.write_text("[" * 100_000)
    assert command("vendor", "answer", vendor_id, "--file", str(path), code=2)["error"]
    twice = command("vendor", "answer", vendor_id, "data-01=1/2", "data-01=2/2", code=2)
    assert twice["error"]["code"] == "bad_input"
    rows = command("vendor", "answers", vendor_id)["questions"]
    assert {row["answer"] for row in rows} == {None}
    command("vendor", "answer", vendor_id, "scope-03=GB", "data-01=-", stdin="3/5\n")
    rows = {row["id"]: row for row in command("vendor", "answers", vendor_id)["questions"]}
    assert rows["data-01"]["answer"] == {"numerator": 3, "denominator": 5}
    assert rows["dnc-02"]["hidden_by"] == "jurisdiction"


def test_every_list_says_what_to_do_while_it_is_empty(command: Any) -> None:
    assert "vendor new NAME" in command("vendor", "list", plain=True)
    assert "No vendor is to be assessed" in command("vendor", "due", plain=True)
    assert "extension add" in command("vendor", "extension", "list", plain=True)
    assert "remediation open" in command("vendor", "remediation", "list", plain=True)
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    assert "vendor score" in command("vendor", "history", vendor_id, plain=True)
    assert "evidence add" in command("vendor", "evidence", "list", vendor_id, plain=True)
    assert "vendor transfer" in command("vendor", "transfers", vendor_id, plain=True)
    assert command("vendor", "show", "vd-nobody", code=1)["error"]["code"] == "not_found"


def test_an_extension_is_tried_before_it_is_added(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(OWN))
    assert command("vendor", "questionnaire", "--check", str(path))["count"] == 74
    assert command("vendor", "questionnaire")["count"] == 72
    assert command("vendor", "extension", "add", str(path))["count"] == 74
    assert [e["namespace"] for e in command("vendor", "extension", "list")["extensions"]] == [
        "acme"
    ]
    rows = command("vendor", "questionnaire", "--section", "hours")["questions"]
    assert "acme:local-01" in [row["id"] for row in rows]
    path.write_text(json.dumps({**OWN, "namespace": "zeta", "citations": {"A": 1}}))
    wrong = command("vendor", "extension", "add", str(path), code=2)["error"]
    assert wrong["what"] == "citations.A"
    command("vendor", "extension", "remove", "acme")
    assert command("vendor", "questionnaire")["count"] == 72


def test_vendors_are_compared_and_two_are_needed(command: Any, tmp_path: Path) -> None:
    first = command("vendor", "new", "First Dialer Ltd")["id"]
    second = command("vendor", "new", "Second Dialer Ltd")["id"]
    command("vendor", "answer", second, "--file", str(answers_file(tmp_path)))
    told = command("vendor", "compare", first, second)
    assert [(each["id"], each["total"]) for each in told["vendors"]] == [
        (second, "50"),
        (first, None),
    ]
    assert "First Dialer Ltd" in command("vendor", "compare", first, second, plain=True)
    assert command("vendor", "compare", first, code=2)["error"]["code"] == "bad_input"


def test_the_vendors_own_file_is_for_nobody_elses_eyes(command: Any, tmp_path: Path) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    command("vendor", "answer", vendor_id, "contract-02=yes")
    out = tmp_path / "own.json"
    command("vendor", "export", vendor_id, "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["answers"][0]["question"] == "contract-02"
    assert command("vendor", "export", vendor_id, "--out", str(out), code=9)["error"]


def test_every_door_through_which_a_vendor_gets_data_stands_under_it(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd", "--country", "GB")["id"]
    reached = [(f"+44207946020{n}", f"p{n}@example.com") for n in range(3)]
    subjects = add_people(made.desk, reached)
    listed = tmp_path / "sent.csv"
    listed.write_text("".join(f"{number}\n" for number, _ in reached))
    words = ("--what", "names,phone", "--why", "autumn campaign", "--basis", "consent")
    at = rfc3339(made.desk.now() - timedelta(hours=1))
    done = command("vendor", "transfer", vendor_id, "--csv", str(listed), *words, "--at", at)
    assert done["people"] == 3
    again = command(
        "vendor", "transfer", vendor_id, "--csv", str(listed), *words, "--id", done["id"]
    )
    assert (again["people"], again["recorded_before"]) == (0, 3)

    def permit(unit: Any) -> None:
        disclosures.outside_permit(
            unit, subjects[0].subject_id, "at-1", "Example Dialer Ltd", by="dl-1"
        )
        unit.append("permit.redeemed", "dl-1", object="at-1")

    made.desk.write(permit)
    for each in subjects:
        agree(made, each, Channel.EMAIL, each.mail_point)
    exported = command(
        *("contacts", "export", "--purpose", "marketing", "--channel", "email"),
        *("--vendor", vendor_id, "--out", str(tmp_path / "list.csv")),
    )
    assert exported["recipient"] == "Example Dialer Ltd"
    assert (exported["role"], exported["country"]) == ("processor", "GB")
    rows = command("vendor", "transfers", vendor_id)["transfers"]
    assert {(row["way"], row["lines"]) for row in rows} == {
        ("vendor", 3),
        ("permit", 1),
        ("export", exported["count"]),
    }
    assert exported["count"] > 0
    with made.desk.reading() as db:
        lines = disclosures.listed(db, disclosures.Question(people=(subjects[1].subject_id,)))
        assert "transferred" in [line.type for line in vendors.history(db, vendor_id)]
    assert {line.given.recipient for line in lines} == {"Example Dialer Ltd"}
    future = rfc3339(made.desk.now() + timedelta(days=1))
    wrong = command(
        "vendor", "transfer", vendor_id, "--csv", str(listed), *words, "--at", future, code=2
    )
    assert wrong["error"]["what"] == "--at"


def test_today_and_work_tell_who_is_to_be_assessed_again(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    assert [each["reason"] for each in command("today")["vendors_to_assess"]] == ["never_scored"]
    command("vendor", "ask", vendor_id, "--due", "2026-11-18")
    command("vendor", "answer", vendor_id, "--file", str(answers_file(tmp_path)))
    command("vendor", "score", vendor_id)
    command(
        "vendor",
        "remediation",
        "open",
        vendor_id,
        "--owner",
        "vendor",
        "--question",
        "hours-01",
        "--due",
        "2026-11-20",
    )
    assert command("today")["vendors_to_assess"] == []
    command("vendor", "event", vendor_id, "--type", "breach")
    (due,) = command("today")["vendors_to_assess"]
    assert (due["vendor"], due["reason"]) == (vendor_id, "breach")
    (item,) = command("today")["vendor_remediation"]
    assert item["question_id"] == "hours-01"
    assert "Example Dialer Ltd" in command("today", plain=True)
    works = {row["work"]: row for row in command("work")["work"]}
    assert works["vendors to be asked again"]["done"] == "1 asked again"
    assert works["reminders of what vendors have to mend"]["done"] == "1 made"
    works = {row["work"]: row for row in command("work", "--list")["work"]}
    assert works["vendors to be asked again"]["due"] == 0
    assert works["reminders of what vendors have to mend"]["due"] == 0
    # It stays due until it is scored, and the vendor has 30 days to answer.
    assert [each["reason"] for each in command("vendor", "due")["due"]] == ["breach"]
    asked = [e for e in command("vendor", "show", vendor_id)["history"] if e["type"] == "asked"]
    assert asked[-1]["facts"] == {"round": 2, "due": "2026-12-18", "reason": "breach"}
    assert command("vendor", "event", vendor_id, "--type", "rain", code=2)["error"]
