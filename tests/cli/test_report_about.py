"""`rightsdesk report` about consents, a number and breaches: the commands, on one desk."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import pyzipper

from privacy.audit import as_of
from privacy.cli.main import run
from privacy.rights.breach import register
from reports.reading import attached, verify
from tests.canaries import find_leaks
from tests.desks import MadeDesk, at_the_desk
from tests.gateway.scene import number, scene
from tests.gateway.test_outcomes import dialled
from tests.rights.breach.test_register import TOLD


@pytest.fixture
def command(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command in this process on the made desk, with its input, and gives its document."""
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str, code: int = 0, given: str = "") -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        assert run([*arguments, "--json"]) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    return called


def kept(path: Path) -> dict[str, Any]:
    """The data of a document that holds."""
    pdf = path.read_bytes()
    verify(pdf)
    data: dict[str, Any] = json.loads(attached(pdf).data)
    return data


def test_a_consent_audit_as_of_its_size_has_the_same_data_again(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    dialled(scene(made, 2), 2)
    made.desk.close()
    command("report", "consent-audit", "--no-sign", "--out", "a.pdf", "--seed", "drawn by us")
    data = kept(tmp_path / "a.pdf")
    assert data["counts"]["population"] == 2
    assert data["seed"] == "drawn by us"
    size = str(data["read"]["tree_size"])
    command(
        "report", "consent-audit", "--format", "json", "--out", "b.json", "--seed", "drawn by us",
        "--as-of", size,
    )  # fmt: skip
    assert json.loads((tmp_path / "b.json").read_text()) == data
    refused = command("report", "consent-audit", "--as-of", "999999", code=2)
    assert refused["error"]["what"] == "--as-of"
    assert as_of.BEGUN == "report.begun"


def test_a_dossier_is_read_in_private_and_a_package_opens_by_its_phrase(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    dialled(scene(made, 1), 1)
    made.desk.close()
    done = command(
        "report", "number-dossier", "--phone", "-", "--for", "authority", "--no-sign",
        "--package", "--out", "d.zip", given=number(0),
    )  # fmt: skip
    file = tmp_path / "d.zip"
    assert file.stat().st_mode & 0o777 == 0o600
    with pyzipper.AESZipFile(file) as archive:
        archive.setpassword(done["passphrase"].encode())
        (tmp_path / "d.pdf").write_bytes(archive.read("number-dossier.pdf"))
    data = kept(tmp_path / "d.pdf")
    assert (data["number"], data["made_for"], len(data["calls"])) == (number(0), "authority", 1)
    (tmp_path / "d.pdf").unlink()
    command(
        "report", "who-called", "--phone", "-", "--no-sign", "--language", "de", given=number(0)
    )
    short = kept(tmp_path / "who-called.pdf")
    assert short["language"] == "de"
    assert len(short["found"]["calls"]) == 1
    assert find_leaks(made.settings.desk_dir, [number(0)]) == []
    unnamed = command("report", "number-dossier", "--out", "other.pdf", code=2)
    assert unnamed["error"]["what"] == "--phone"


def test_a_breach_is_notified_and_registered_as_documents(
    made: MadeDesk, command: Any, tmp_path: Path
) -> None:
    breach = register.open_breach(made.desk, made.dpo, made.clock.now(), TOLD)
    made.desk.close()
    command("report", "breach-notification", "--breach", breach.id, "--no-sign")
    data = kept(tmp_path / "breach-notification.pdf")
    assert (data["notice"]["draft"], data["notice"]["phase"]) == (True, 1)
    command("report", "breach-register", "--no-sign", "--format", "csv")
    assert (tmp_path / "breach-register.zip").is_file()
    old = command("report", "breach-register", "--as-of", "3", "--out", "other.pdf", code=2)
    assert old["error"]["what"] == "--as-of"
    unnamed = command("report", "breach-notification", "--out", "other.pdf", code=2)
    assert unnamed["error"]["what"] == "--breach"
