"""Fourteen things that go wrong: what is said, the exit code, and that mending it loses nothing."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.storage.lock import WriterLock
from tests.cli.program import PROGRAM, Program, Ran, new_program

HEADER = "First Name,Last Name,Email,Phone\n"
GOOD = HEADER + "".join(
    f"Given{n},Family{n},person{n}@example.com,+44207946{n:04d}\n" for n in range(1, 41)
)
MIB = 1 << 20
ROWS = 8_000


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new desk with its keys, to copy."""
    return new_program(tmp_path_factory.mktemp("template") / "user").folder


@pytest.fixture
def program(template: Path, tmp_path: Path) -> Program:
    shutil.copytree(template, tmp_path / "user")
    return Program(tmp_path / "user")


@pytest.fixture
def contacts(program: Program) -> Path:
    path = program.folder / "contacts.csv"
    path.write_text(GOOD)
    return path


def imported(program: Program, path: Path, *options: str) -> dict[str, int]:
    """Import once more and show the counts."""
    ran = program.run("contacts", "import", path, "--source", "test", *options, "--json")
    assert ran.code == 0, ran
    return {name: value for name, value in ran.document.items() if isinstance(value, int)}


def test_a_wrong_passphrase_is_named_and_changes_nothing(program: Program, contacts: Path) -> None:
    wrong = program.folder / "wrong"
    wrong.write_text("not the passphrase\n")
    ran = program.run(
        "contacts", "import", contacts, "--json", more={"RIGHTSDESK_PASSPHRASE_FILE": str(wrong)}
    )
    assert (ran.code, ran.error["code"]) == (7, "wrong_passphrase")
    assert "passphrase does not open" in ran.error["message"]
    assert imported(program, contacts)["imported"] == 40


def test_a_missing_epoch_file_seals_the_desk_until_it_is_back(
    program: Program, contacts: Path
) -> None:
    imported(program, contacts)
    epoch = program.state / "epoch.key"
    aside = program.folder / "epoch.aside"
    epoch.rename(aside)
    ran = program.run("doctor", "--json")
    assert (ran.code, ran.error["code"]) == (7, "key_missing")
    assert ran.error["what"] == "epoch.key"
    aside.rename(epoch)
    assert imported(program, contacts)["unchanged"] == 40


def test_the_vault_of_another_desk_is_refused(
    program: Program, contacts: Path, tmp_path: Path
) -> None:
    imported(program, contacts)
    other = new_program(tmp_path / "other")
    own = program.folder / "own-vault.db"
    shutil.move(program.desk / "vault.db", own)
    shutil.copy(other.desk / "vault.db", program.desk / "vault.db")
    ran = program.run("doctor", "--json")
    assert (ran.code, ran.error["code"]) == (7, "wrong_desk")
    assert "another desk" in ran.error["message"]
    shutil.move(own, program.desk / "vault.db")
    assert imported(program, contacts)["unchanged"] == 40


def test_a_half_copied_desk_says_what_is_missing(program: Program, contacts: Path) -> None:
    imported(program, contacts)
    half = program.folder / "half"
    half.mkdir()
    for name in ("desk.toml", "main.db"):
        shutil.copy(program.desk / name, half / name)
    ran = program.run("doctor", "--desk", half, "--json")
    assert (ran.code, ran.error["code"]) == (7, "damaged")
    assert "vault.db is missing" in ran.error["message"]
    assert not (half / "vault.db").exists()
    shutil.copy(program.desk / "vault.db", half / "vault.db")
    assert program.run("doctor", "--desk", half, "--json").code == 0


def test_a_desk_in_use_names_who_writes(program: Program, contacts: Path) -> None:
    lock = WriterLock(program.desk / "main.lock")
    with lock.held():
        ran = program.run("contacts", "import", contacts, "--json")
    lock.close()
    assert (ran.code, ran.error["code"]) == (9, "desk_in_use")
    assert str(os.getpid()) in ran.error["message"]
    assert imported(program, contacts)["imported"] == 40


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 4 MiB, as root."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk; the file-size limit is tested instead")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount; the file-size limit is tested instead")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_saves_nothing_half_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    program = new_program(small_disk / "user")
    contacts = small_disk.parent / "contacts.csv"
    contacts.write_text(GOOD)
    ballast = small_disk / "ballast"
    room = shutil.disk_usage(small_disk).free
    ballast.write_bytes(bytes(max(0, room - 64 * 1024)))
    ran = program.run("contacts", "import", contacts, "--json")
    assert ran.code == 9, ran
    assert "full" in ran.error["message"]
    ballast.unlink()
    counts = imported(program, contacts)
    assert counts["imported"] + counts["unchanged"] == 40
    assert program.run("audit", "verify", "--json").code == 0


def test_a_file_that_may_not_grow_saves_nothing_half(program: Program, contacts: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    ended = subprocess.run(
        [PROGRAM, "contacts", "import", contacts, "--json"],
        env=program.environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    assert ended.returncode == 9, ended
    assert imported(program, contacts)["read"] == 40
    assert program.run("audit", "verify", "--json").code == 0


def test_an_output_folder_that_cannot_be_written_is_named_before_anything_is_released(
    program: Program, tmp_path: Path
) -> None:
    nowhere = tmp_path / "is-a-file"
    nowhere.write_text("")
    ran = program.run("demo", "--out", nowhere / "demo", "--json")
    assert ran.code == 9, ran
    assert "demo's folder" in ran.error["message"]
    audit = program.run("audit", "export", "--out", nowhere / "bundle.zip", "--json")
    assert audit.code == 9, audit
    assert program.run("audit", "export", "--out", tmp_path / "bundle.zip", "--json").code == 0


def test_a_csv_that_is_a_zip_is_called_one(program: Program, contacts: Path) -> None:
    wrong = program.folder / "list.csv"
    with zipfile.ZipFile(wrong, "w") as archive:
        archive.writestr("contacts.csv", GOOD)
    ran = program.run("contacts", "import", wrong, "--json")
    assert (ran.code, ran.error["code"]) == (2, "bad_input")
    assert "ZIP" in ran.error["message"]
    assert imported(program, contacts)["imported"] == 40


def peak_kib(program: Program, path: Path) -> int:
    """Peak memory of one import in KiB."""
    with subprocess.Popen(
        [PROGRAM, "contacts", "import", path, "--json"],
        env=program.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode in (0, 2)
    return usage.ru_maxrss


def long_line(path: Path, mib: int) -> Path:
    with path.open("w") as file:
        file.write(HEADER)
        file.write('Given,Family,"')
        for _ in range(mib):
            file.write("x" * MIB)
        file.write('",+442079460001\n' + GOOD.partition("\n")[2])
    return path


def test_a_line_of_30_mb_is_refused_in_little_memory_and_the_rest_is_imported(
    program: Program,
) -> None:
    empty = program.folder / "empty.csv"
    empty.write_text(HEADER)
    wide = long_line(program.folder / "wide.csv", 30)
    base, peak = peak_kib(program, empty), peak_kib(program, wide)
    assert peak - base <= 64 * 1024
    counts = imported(program, wide)
    assert counts["unchanged"] == 40
    assert counts["rejected"] == 1


@pytest.mark.long
def test_a_line_of_300_mb_is_refused_in_little_memory(program: Program) -> None:
    empty = program.folder / "empty.csv"
    empty.write_text(HEADER)
    wide = long_line(program.folder / "wide.csv", 300)
    assert peak_kib(program, wide) - peak_kib(program, empty) <= 64 * 1024


def test_numbers_that_are_none_are_rejected_by_line_and_reason_without_their_value(
    program: Program,
) -> None:
    path = program.folder / "numbers.csv"
    path.write_text("Phone\n0\n+1\n911\n+442079460001\n")
    ran = program.run("contacts", "import", path, "--region", "US", "--json")
    assert ran.code == 0
    assert (ran.document["imported"], ran.document["rejected"]) == (1, 3)
    rejects = Path(ran.document["reject_file"]).read_text()
    assert "911" not in rejects + ran.err
    path.write_text("Phone\n+442079460000\n+442079460002\n+442079460003\n+442079460001\n")
    assert imported(program, path)["imported"] == 3


def test_an_email_with_line_breaks_is_rejected_and_the_row_mended_later(program: Program) -> None:
    path = program.folder / "mails.csv"
    path.write_text('Email\n"evil@example.com\nBcc: all@example.com"\ngood@example.com\n')
    ran = program.run("contacts", "import", path, "--json")
    assert ran.code == 0
    assert (ran.document["imported"], ran.document["rejected"]) == (1, 1)
    assert "evil" not in Path(ran.document["reject_file"]).read_text() + ran.err
    path.write_text("Email\nevil@example.com\ngood@example.com\n")
    assert imported(program, path)["imported"] == 1


def test_a_killed_import_goes_on_where_it_stopped(program: Program) -> None:
    path = program.folder / "many.csv"
    path.write_text(
        HEADER + "".join(f"G{n},F{n},p{n}@example.com,+4930231{n:05d}\n" for n in range(ROWS))
    )
    process = program.start("contacts", "import", path, "--source", "test", "--json")
    grown = program.desk / "main.db-wal"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if grown.exists() and grown.stat().st_size > MIB:
            break
        time.sleep(0.01)
    process.kill()
    process.communicate()
    counts = imported(program, path)
    assert counts["read"] == ROWS
    assert counts["resumed_at_row"] > 1
    assert counts["imported"] + counts["unchanged"] + counts["rejected"] + counts["merged"] == ROWS
    assert imported(program, path)["unchanged"] == ROWS - counts["rejected"]


def test_a_killed_demo_is_run_again(program: Program) -> None:
    out = program.folder / "demo"
    process = program.start("demo", "--out", out, "--json")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (out / "main.db").exists():
        time.sleep(0.05)
    time.sleep(1.5)
    process.kill()
    process.communicate()
    ran = program.run("demo", "--out", out, "--json")
    assert ran.code == 0, ran
    assert ran.document["audit"]["verified"] is True
    assert len(ran.document["requests"]) == 3


FAST = """
import datetime, sys
from privacy import clock
real = clock.SystemClock.now
clock.SystemClock.now = lambda self: real(self) + datetime.timedelta(hours=1)
from privacy.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def with_a_fast_clock(program: Program, *arguments: str | Path) -> Ran:
    """The command on a machine whose clock is an hour ahead."""
    ended = subprocess.run(
        [PROGRAM.parent / "python", "-c", FAST, *arguments],
        env=program.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def test_a_clock_set_back_is_refused_until_it_is_right(program: Program, contacts: Path) -> None:
    """The desk's last entry lies an hour ahead of this machine's clock."""
    notice = program.folder / "notice.txt"
    notice.write_text("May we call you?")
    add = ("notice", "add", "form", "--language", "en", "--text", notice, "--json")
    assert with_a_fast_clock(program, *add).code == 0
    ran = program.run("contacts", "import", contacts, "--json")
    assert ran.code == 9, ran
    assert "clock" in ran.error["message"]
    right = with_a_fast_clock(program, "contacts", "import", contacts, "--json")
    assert (right.code, right.document["imported"]) == (0, 40)
