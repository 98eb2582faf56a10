"""`rightsdesk report`: the kinds there are, each form of one, and the desk's own brand."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from privacy.cli.main import run
from reports.reading import attached, verify
from reports.render import KINDS
from tests.desks import MadeDesk
from tests.reports import fixtures

# The fixture `command` runs a command on the made desk and gives its document.
from tests.cli.test_report_kinds import command  # noqa: F401  isort: skip


def test_without_a_kind_the_kinds_are_listed_a_line_each(capsys: Any) -> None:
    assert run(["report"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert all(kind in told for kind in KINDS)
    assert run(["report", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["kinds"]
    assert {row["kind"] for row in rows} == {*KINDS, "letter"}
    assert all(row["about"] and row["for"] and row["made_by"] for row in rows)


def test_a_report_is_written_as_page_data_and_tables_and_logged(
    made: MadeDesk,
    command: Any,  # noqa: F811
) -> None:
    for form, name in (("html", "r.html"), ("json", "r.json"), ("csv", "r.zip")):
        told = command("report", "request-register", "--format", form, "--out", name)
        assert told["format"] == form
        assert told["entry"]
        assert Path(name).stat().st_mode & 0o777 == 0o600
    assert b"Content-Security-Policy" in Path("r.html").read_bytes()
    schema = json.loads(Path("r.json").read_bytes())["schema"]
    assert schema == "rightsdesk.report.request-register/1"
    with zipfile.ZipFile("r.zip") as archive:
        assert {"document.csv", "figures.csv", "document.json"} <= set(archive.namelist())


def test_a_brand_is_checked_when_it_is_set_and_stands_in_the_next_report(
    made: MadeDesk,
    command: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    mark = tmp_path / "mark.svg"
    mark.write_bytes(fixtures.SVG.replace(b"<path", b"<script/><path"))
    assert command("config", "set", "brand.logo", str(mark), code=2)
    assert command("config", "set", "brand.colour", "#FFCC00", code=2)
    assert command("config", "set", "brand.paper", "A3", code=2)
    mark.write_bytes(fixtures.SVG)
    command("config", "set", "brand.logo", str(mark))
    command("config", "set", "brand.colour", "#7a003c")
    command("config", "set", "brand.letterhead", "Nordring 5; 20095 Hamburg")
    command("report", "request-register", "--no-sign", "--out", "r.pdf")
    pdf = Path("r.pdf").read_bytes()
    look = json.loads(attached(pdf).document)["look"]
    assert (look["colour"], look["lines"]) == ("#7A003C", ["Nordring 5", "20095 Hamburg"])
    assert look["logo"]["form"] == "svg"
    assert verify(pdf).same_bytes
