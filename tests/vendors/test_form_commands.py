"""The commands of form, import, contract and report of a vendor, as a person types them."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.desks import MadeDesk
from tests.vendors import case_page

# The fixture `command` runs a command on the made desk and gives its document.
from tests.vendors.test_commands import command  # noqa: F401  isort: skip
from tests.vendors.test_foreign import CSV


def test_a_form_is_written_private_and_what_it_saved_is_imported_once(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    out = tmp_path / "form.html"
    command("vendor", "form", vendor_id, "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    command("vendor", "form", vendor_id, "--out", str(out), code=2)
    assert "form_made" in [each["type"] for each in command("vendor", "show", vendor_id)["history"]]
    saved = tmp_path / "answers.json"
    saved.write_text(case_page.answers(vendor_id))
    told = command("vendor", "import-answers", vendor_id, str(saved))
    assert (len(told["evidence"]), told["awaited"]) == (1, [])
    assert "contract-02" in told["recorded"]
    again = command("vendor", "import-answers", vendor_id, str(saved))
    assert (again["recorded"], again["evidence"]) == ([], [])
    broken = json.loads(saved.read_text())
    broken["answers"][0]["value"] = "canary-value"
    saved.write_text(json.dumps(broken))
    error = command("vendor", "import-answers", vendor_id, str(saved), code=2)["error"]
    assert error["what"] == broken["answers"][0]["question"]
    assert "canary" not in json.dumps(error)


def test_a_caiq_is_imported_with_what_did_not_map_named(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    command("vendor", "answer", vendor_id, "security-02=yes")
    sheet = tmp_path / "caiq.csv"
    sheet.write_text(CSV)
    kind = ("--kind", "caiq")
    told = command("vendor", "import-answers", vendor_id, str(sheet), *kind)
    assert (told["recorded"], told["kept"]) == (["data-02"], ["security-02"])
    assert (told["unmapped"], told["unreadable"]) == (["AIS-01.1"], ["AIS-02.1"])
    shown = command("vendor", "import-answers", vendor_id, str(sheet), *kind, plain=True)
    assert "were kept (--replace takes their place): security-02" in " ".join(shown.split())
    told = command("vendor", "import-answers", vendor_id, str(sheet), *kind, "--replace")
    assert told["recorded"] == ["security-02"]
    command("vendor", "import-answers", vendor_id, str(sheet), "--replace", code=2)


def test_clauses_chain_and_transfers_are_recorded_listed_and_ended(
    made: MadeDesk,
    command: Any,  # noqa: F811
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    clause = ("vendor", "contract", "set", vendor_id, "ccpa-sell", "--state", "met")
    command(*clause, code=2)
    command(*clause, "--page", "12", "--name", "-", stdin="Service agreement\n")
    listed = ("vendor", "contract", "list", vendor_id, "--list", "ccpa")
    (row,) = [each for each in command(*listed)["clauses"] if each["state"] == "met"]
    assert (row["clause"], row["pages"]) == ("ccpa-sell", "12")
    assert "name" not in row
    opened = command(*listed, "--words")["clauses"]
    assert [each["name"] for each in opened if "name" in each] == ["Service agreement"]
    assert len(command(*listed, "--open")["clauses"]) == 11
    made_id = command("vendor", "sub-processor", "add", vendor_id, "Example Voice SA",
                      "--contact", "-", stdin="Robin\n")["id"]  # fmt: skip
    chain = command("vendor", "sub-processor", "list", vendor_id)
    assert chain["complete_percent"] == "33.33"
    assert "Robin" not in json.dumps(chain)
    told = command("vendor", "sub-processor", "list", vendor_id, "--words")["sub_processors"]
    assert told[0]["contact"] == "Robin"
    command("vendor", "abroad", "add", vendor_id, "IN", "--tool", "scc", "--to", made_id)
    assert command("vendor", "abroad", "list", vendor_id)["transfers"][0]["state"] == "unassessed"
    command("vendor", "sub-processor", "end", made_id)
    assert command("vendor", "abroad", "list", vendor_id)["transfers"] == []


def test_a_token_for_a_vendor_takes_name_and_country_from_the_record(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd", "--country", "GB")["id"]
    until = str(made.clock.now().date() + timedelta(days=7))
    add = ("gateway", "token", "add", "acme", "--campaign", "cm-1", "--total", "5",
           "--until", until, "--out", str(tmp_path / "token"))  # fmt: skip
    command(*add, code=2)
    command(*add, "--vendor", vendor_id, "--recipient", "Other Ltd", code=2)
    command(*add, "--vendor", vendor_id)
    (token,) = command("gateway", "token", "list")["tokens"]
    assert (token["recipient"], token["country"]) == ("Example Dialer Ltd", "GB")


def test_reports_of_vendors_come_in_each_form_and_a_vendor_without_a_score_has_none(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    vendor_id = command("vendor", "new", "Example Dialer Ltd")["id"]
    other = command("vendor", "new", "Other Dialer Ltd")["id"]
    command("vendor", "report", vendor_id, "--out", str(tmp_path / "r.pdf"), code=2)
    command("vendor", "score", vendor_id)
    for form in ("html", "json", "csv"):
        out = tmp_path / f"r.{form}"
        told = command("vendor", "report", vendor_id, "--format", form, "--out", str(out))
        assert told["kind"] == "vendor-due-diligence"
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["schema"] == "rightsdesk.report.vendor-due-diligence/1"
    assert data["permits"]["given"] is False
    out = tmp_path / "both.json"
    both = ("--vendor", vendor_id, "--vendor", other, "--format", "json", "--out", str(out))
    command("report", "vendor-comparison", *both)
    assert len(json.loads(out.read_text())["vendors"]) == 2
