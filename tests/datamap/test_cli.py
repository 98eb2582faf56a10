"""`rightsdesk datamap` and `rightsdesk assessment` from the entrance, and their reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.datamap import store as maps
from reports.reading import attached
from tests.datamap.flows import HERE, KAUFHAUS
from tests.desks import MadeDesk, at_the_desk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command in this process on the made desk and gives its document."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str, code: int = 0, by: str = "handler") -> dict[str, Any]:
        monkeypatch.setenv("RIGHTSDESK_ACTOR", by)
        assert run([*arguments, "--json"]) == code, capsys.readouterr()
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return called


@pytest.fixture
def mapped(command: Any, tmp_path: Path) -> Any:
    """The same, with the example map accepted."""
    (tmp_path / "map.toml").write_bytes(KAUFHAUS)
    command("datamap", "edit", "kaufhaus", "--file", "map.toml")
    return command


def test_a_map_is_begun_checked_shown_changed_and_listed(command: Any, tmp_path: Path) -> None:
    assert command("datamap", "check")["files"] == []
    begun = command("datamap", "init", "--from", "retail")
    assert (begun["number"], begun["sample"]) == (1, True)
    checked = command("datamap", "check", "--fields", "cnil", code=1)
    assert (checked["accepted"], checked["faults"]) == (True, [])
    assert checked["gaps"][0]["field"] == "sample"
    shown = command("datamap", "show", "--fields", "dsk")
    assert shown["activities"][0]["id"] == "telephone-marketing"
    retail = (Path(maps.__file__).parent / "retail.toml").read_text()
    (tmp_path / "mine.toml").write_text(retail.replace("sample = true", "sample = false"))
    changed = command("datamap", "edit", "retail", "--file", "mine.toml", by="dpo")
    assert changed["number"] == 2
    assert not command("datamap", "show")["sample"]
    listed = command("datamap", "versions")["versions"]
    assert [(each["number"], each["by"]) for each in listed] == [(1, "handler"), (2, "dpo")]
    assert command("datamap", "show", "--version", "1")["sample"]
    command("datamap", "show", "--version", "3", code=2)
    terms = command("datamap", "terms", "purposes")
    assert {"term": "DirectMarketing", "label": "Direct Marketing"} in terms["terms"]


def test_a_file_that_is_not_valid_changes_nothing_and_says_where(
    mapped: Any, tmp_path: Path, made: MadeDesk
) -> None:
    (tmp_path / "bad.toml").write_bytes(KAUFHAUS.replace(b"DirectMarketing", b"Callings"))
    error = mapped("datamap", "edit", "kaufhaus", "--file", "bad.toml", code=2)["error"]
    assert error["what"] == "kaufhaus.toml: activity.calls.purposes"
    assert maps.files_of(made.desk) == {"kaufhaus.toml": KAUFHAUS}
    (maps.folder_of(made.desk) / "kaufhaus.toml").write_bytes(b"x = [")
    assert mapped("datamap", "check", code=2)["faults"][0]["file"] == "kaufhaus.toml"


def test_what_an_editor_wrote_wrong_is_kept_beside_the_file(
    mapped: Any, made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "wrong = [" >> "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    mapped("datamap", "edit", "kaufhaus", code=2)
    folder = maps.folder_of(made.desk)
    assert (folder / "kaufhaus.toml").read_bytes() == KAUFHAUS
    assert b"wrong = [" in (folder / "kaufhaus.toml.rejected").read_bytes()
    editor.write_text('#!/bin/sh\necho "# mine" >> "$1"\n')
    assert mapped("datamap", "edit", "kaufhaus")["number"] == 2


def test_the_desk_and_the_map_are_held_against_each_other(mapped: Any, made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    told = mapped("datamap", "check", code=1)["contradictions"]
    assert {each["what"] for each in told} == {"purpose", "assessment"}


def test_an_assessment_goes_from_the_map_to_a_signature(
    mapped: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = mapped("assessment", "new", "--kind", "dpia", "--activity", "calls")
    made_id = new["id"]
    assert new["state"] == "draft"
    assert "answers.relationship" in [gap["field"] for gap in new["gaps"]]
    digest = mapped("datamap", "versions")["versions"][-1]["digest"]
    whole = (HERE / "dpia.toml").read_text().replace("0" * 64, digest)
    (tmp_path / "dpia.toml").write_text(whole)
    written = mapped("assessment", "edit", made_id, "--file", "dpia.toml")
    assert [gap["field"] for gap in written["gaps"]] == ["advice", "signature"]
    assert run(["assessment", "show", made_id, "--toml"]) == 0
    assert capsys.readouterr().out == whole
    sign = ("assessment", "sign", made_id, "--digest", written["digest"])
    mapped(*sign, code=1)
    mapped(*sign, code=2, by="dpo")
    advise = ("assessment", "advise", made_id, "--position", "for", "--text", "Measures suffice.")
    mapped(*advise, code=1)
    mapped(*advise, by="dpo")
    mapped(*sign, code=1)
    signed = mapped(*sign, by="dpo")
    assert (signed["state"], signed["signature"]["by"], signed["gaps"]) == ("signed", "dpo", [])
    assert [each["state"] for each in mapped("assessment", "list")["assessments"]] == ["signed"]
    work = {each["work"]: each["due"] for each in mapped("work", "--list")["work"]}
    assert work["reminders of assessments to review"] == 0
    assert mapped("today")["assessments"] == []
    for outline in ("ico", "cnil"):
        data = report(mapped, tmp_path, "dpia", "--assessment", made_id, "--outline", outline)
        assert data["outline"]["id"] == outline
        assert data["signature"]["by"] == "dpo"
    mapped("report", "legitimate-interest", "--assessment", made_id, code=2)
    named = KAUFHAUS.decode().replace('"as-calls"', f'"{made_id}"')
    (tmp_path / "named.toml").write_text(named)
    mapped("datamap", "edit", "kaufhaus", "--file", "named.toml")
    data = report(mapped, tmp_path, "dpia", "--assessment", made_id)
    whats = [each["what"] for each in data["versions"]]
    assert whats == ["assessment", "datamap", "datamap_then", "advice", "signature"]
    assert (data["map_same"], data["gaps"]) == (True, [])
    assert mapped("datamap", "check", code=1)["contradictions"] == []
    size = str(data["read"]["tree_size"])
    (tmp_path / "later.toml").write_text(whole + "# later\n")
    mapped("assessment", "edit", made_id, "--file", "later.toml")
    assert mapped("assessment", "list")["assessments"][0]["state"] == "changed"
    again = report(mapped, tmp_path, "dpia", "--assessment", made_id, "--as-of", size)
    assert again == data, "as of that size nothing changes any more"


def report(command: Any, folder: Path, kind: str, *options: str) -> dict[str, Any]:
    out = folder / f"{kind}-{len(list(folder.iterdir()))}.json"
    command("report", kind, "--format", "json", "--out", str(out), *options)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def test_records_are_made_from_the_accepted_version_and_say_which(
    mapped: Any, tmp_path: Path, made: MadeDesk
) -> None:
    for set_id in ("article-30", "ico", "cnil", "dsk", "aepd"):
        data = report(mapped, tmp_path, "records-controller", "--fields", set_id)
        assert (data["field_set"]["id"], data["version"]["number"]) == (set_id, 1)
    first = report(mapped, tmp_path, "records-processor", "--fields", "ico")
    assert first["activities"][0]["id"] == "partner-calls"
    path = maps.folder_of(made.desk) / "kaufhaus.toml"
    path.write_bytes(KAUFHAUS + b"# changed\n")
    mapped("report", "records-controller", "--out", "no.pdf", code=2)
    mapped("datamap", "accept", by="dpo")
    later = report(mapped, tmp_path, "records-controller", "--fields", "dsk")
    assert (later["version"]["number"], later["version"]["by"]) == (2, "dpo")
    again = report(mapped, tmp_path, "records-processor", "--fields", "ico", "--version", "1")
    assert again == first, "a later version changes nothing of an earlier one"
    mapped("report", "records-controller", "--fields", "ftc", "--out", "no.pdf", code=2)


def test_a_record_verifies_and_is_the_same_file_as_its_data(mapped: Any, tmp_path: Path) -> None:
    out = tmp_path / "records.pdf"
    mapped("report", "records-controller", "--fields", "cnil", "--no-sign", "--out", str(out))
    told = mapped("verify-report", str(out), code=1)
    assert told["same_bytes"]
    assert told["figures"]["activities"] == 3
    assert b'"file":"kaufhaus.toml"' in attached(out.read_bytes()).annexes[0]


def test_without_a_map_there_is_no_record_and_no_assessment(command: Any) -> None:
    command("report", "records-controller", "--out", "no.pdf", code=2)
    command("assessment", "new", "--kind", "dpia", "--activity", "calls", code=2)
    command("report", "dpia", "--out", "no.pdf", code=2)
    assert command("assessment", "list")["assessments"] == []
