"""Packages by command: marks, two ways, once more, into another desk."""

from __future__ import annotations

from pathlib import Path

from privacy.rights.case import Kind
from tests.desks import MadeDesk
from tests.rights.flows import person_with
from tests.rights.packages import change_profile
from tests.rights.test_request_commands import Command, command

__all__ = ["command"]


def test_a_package_is_marked_planned_handed_out_twice_and_taken_in_by_command(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ACCESS)
    change_profile(made, brought.known.subject_id, other={"notes": "about somebody"})
    one, out = brought.case.id, tmp_path / "a.zip"
    code, document = command("request", "redact", one)
    assert (code, document["marks"]) == (0, [])
    assert command("request", "redact", one, "--field", "notes")[0] == 2
    code, document = command("request", "redact", one, "--field", "notes", "--reason", "eu.15.4")
    assert [(row["field"], row["ground"]) for row in document["marks"]] == [("notes", "eu.15.4")]
    assert command("request", "plan", one)[1]["redactions"]["marks"]
    assert command("request", "approve", one, actor="dpo")[0] == 0
    ways = ("--package-by", "email", "--passphrase-by", "email")
    assert command("request", "fulfil", one, "--out", str(out), *ways)[0] == 1
    code, document = command("request", "fulfil", one, "--out", str(out))
    assert code == 0, document
    secret = tmp_path / "phrase"
    secret.write_text(document["package"]["passphrase"])
    again = ("request", "package", one, "--again", "--out")
    code, document = command(*again, str(tmp_path / "b.zip"))
    assert code == 0, document
    assert (tmp_path / "b.zip").read_bytes() == out.read_bytes()
    assert command("request", "package", one)[0] == 2
    take = ("contacts", "import-package", str(out), "--secret", str(secret))
    code, document = command(*take, "--dry-run", actor="dpo")
    assert code == 0, document
    assert (document["read"], document["consents_told"]["grants_taken"]) == (1, 0)
    secret.write_text("wrong")
    code, document = command(*take, actor="dpo")
    assert (code, document["error"]["what"]) == (2, "pass phrase")
    code, document = command("work", "--list", actor="dpo")
    works = {row["work"]: row["due"] for row in document["work"]}
    assert works["copies of packages whose days are over"] == 0
