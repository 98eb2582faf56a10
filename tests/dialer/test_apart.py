"""From inside the dialer: no key, database, memory, file or process of the desk can be reached."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dialer import confine
from privacy.cli import dialer_process
from privacy.cli.dialer_process import HERE, Apart, files_of, separated, user_of
from privacy.errors import BadInput
from privacy.gateway.running import serving_campaign
from tests.desks import MadeDesk
from tests.gateway.scene import scene

pytestmark = pytest.mark.serial

needs_landlock = pytest.mark.skipif(
    not confine.abi(), reason="this kernel has no Landlock: a kernel cannot be installed"
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts another user's process")

# Each try gives what it got, or the kind of error; `told` is what the test knows of the desk.
PROBE = """
import ctypes, json, os, resource, socket, sys
sys.stdin.readline()
told = json.loads(sys.stdin.readline())
libc = ctypes.CDLL(None, use_errno=True)
opened = []
for number in range(3, 256):
    try: os.fstat(number); opened.append(number)
    except OSError: pass
def tried(what):
    try: return repr(what())
    except BaseException as error: return type(error).__name__
def memory():
    with open(f"/proc/{told['parent']}/maps") as maps:
        start = int(maps.readline().partition("-")[0], 16)
    with open(f"/proc/{told['parent']}/mem", "rb") as held:
        held.seek(start); return held.read(8)
def called(number, *more):
    if libc.syscall(number, *more) < 0: raise OSError(ctypes.get_errno(), "refused")
def peeked():
    class Part(ctypes.Structure): _fields_ = (("at", ctypes.c_void_p), ("length", ctypes.c_size_t))
    here = ctypes.create_string_buffer(8)
    a, b = Part(ctypes.addressof(here), 8), Part(int(told["address"]), 8)
    if libc.process_vm_readv(told["parent"], ctypes.byref(a), 1, ctypes.byref(b), 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return here.raw
got = {f"read {path}": tried(lambda: open(path, "rb").read(8)) for path in told["files"]}
got |= {f"list {path}": tried(lambda: os.listdir(path)) for path in told["folders"]}
got |= {f"write {path}": tried(lambda: open(path + "/probe", "w")) for path in told["folders"]}
parent = f"/proc/{told['parent']}"
got |= {
    "environ": tried(lambda: open(parent + "/environ", "rb").read(8)),
    "cmdline": tried(lambda: open(parent + "/cmdline", "rb").read(8)),
    "descriptors": tried(lambda: os.listdir(parent + "/fd")),
    "root": tried(lambda: os.listdir(parent + "/root")),
    "memory": tried(memory),
    "ptrace": tried(lambda: called(101, 16, told["parent"], 0, 0)),
    "process_vm_readv": tried(peeked),
    "pidfd_getfd": tried(lambda: called(438, os.pidfd_open(told["parent"]), 3, 0)),
    "signal": tried(lambda: os.kill(told["parent"], 0)),
    "run a program": tried(lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)),
    "mount": tried(lambda: called(165, b"none", b"/tmp", b"tmpfs", 0, 0)),
    "link": tried(lambda: os.symlink("/etc/shadow", told["folders"][0] + "/probe-link")),
}
status = {
    "environment": dict(os.environ), "opened": opened, "folder": os.getcwd(),
    "session": os.getsid(0) == os.getpid(), "terminal": tried(lambda: open("/dev/tty")),
    "core": resource.getrlimit(resource.RLIMIT_CORE), "privileges": libc.prctl(39, 0, 0, 0, 0),
    "umask": os.umask(0), "uid": os.geteuid(), "groups": os.getgroups(),
}
print(json.dumps({"got": got, "status": status}), flush=True)
"""
DENIED = {"PermissionError", "OSError"}


def probed(command: str, told: Any, apart: Apart = HERE) -> dict[str, Any]:
    """What a program finds that is started exactly as the dialer is."""
    with separated(["-c", command], "a token", json.dumps(told), apart) as probe:
        assert probe.stdout is not None
        answer: dict[str, Any] = json.loads(probe.stdout.read())
        assert probe.wait(30) == 0
    return answer


def known(made: MadeDesk, socket: str) -> dict[str, Any]:
    """Everything a test knows that a dialer might look for."""
    folders = [made.desk.folder, made.desk.state, made.desk.folder.parent, Path("/root"), Path("/")]
    files = [path for path in sorted(made.desk.folder.rglob("*")) if path.is_file()]
    files += [path for path in sorted(made.desk.state.rglob("*")) if path.is_file()]
    assert any("main.db" in path.name for path in files)
    assert any("vault.db" in path.name for path in files)
    files += [Path("/etc/shadow"), Path("/proc/self/environ"), Path("/proc/1/environ")]
    files += [Path(__file__), Path(socket).parent / "gateway.lock"]
    secret = b"the key itself, in memory"
    return {
        "parent": os.getpid(),
        "address": id(secret) + bytes.__basicsize__,
        "files": [str(path) for path in files],
        "folders": [str(path) for path in folders],
    }


@needs_landlock
def test_from_inside_the_dialer_nothing_of_the_desk_can_be_reached(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", "/somewhere")
    kept = os.open(made.desk.folder / "main.db", os.O_RDONLY)
    os.set_inheritable(kept, True)
    set_up = scene(made, 1)
    try:
        with serving_campaign(made.desk, made.dpo, set_up.campaign, set_up.law) as run:
            told = known(made, run.address.removeprefix("unix:"))
            answer = probed(PROBE, told)
    finally:
        os.close(kept)
    allowed = {"FileNotFoundError"} | DENIED
    assert {what: got for what, got in answer["got"].items() if got not in allowed} == {}
    reads = {got for what, got in answer["got"].items() if what.startswith("read /")}
    assert reads <= {"PermissionError", "FileNotFoundError"}
    check_status(answer["status"])


def check_status(status: dict[str, Any]) -> None:
    assert set(status["environment"]) <= {"LC_CTYPE", "TMPDIR"}
    assert (status["opened"], status["folder"], status["session"]) == ([], "/", True)
    assert status["terminal"] in DENIED
    assert (status["core"], status["privileges"], status["umask"]) == ([0, 0], 1, 0o077)


# The same look without Landlock and by another user: what file modes alone keep.
@needs_root
def test_as_another_user_the_dialer_reaches_nothing_even_without_landlock(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialer_process, "CONFINED", unconfined())
    uid, gid = user_of("nobody")
    set_up = scene(made, 1)
    serving = serving_campaign(made.desk, made.dpo, set_up.campaign, set_up.law, dialer_uid=uid)
    # The interpreter may lie where nobody else enters: the program itself changes its user.
    change = f"import ctypes, json, os, resource, socket, sys; os.setgroups([]); os.setgid({gid})"
    with serving as run:
        told = known(made, run.address.removeprefix("unix:"))
        told["folders"] = [path for path in told["folders"] if path != "/"]
        told["files"] = [path for path in told["files"] if "/proc/self" not in path]
        told["files"].remove(__file__)
        got = probed(f"{change}; os.setuid({uid})\n{PROBE}", told)
    # Whoever may read a command line of another user finds that no secret stands in one.
    open_to_all = {"cmdline", "run a program"} | {f"list {path}" for path in public(told)}
    reached = {what for what, one in got["got"].items() if one not in DENIED}
    assert {what for what in reached if got["got"][what] != "FileNotFoundError"} <= open_to_all
    assert (got["status"]["uid"], got["status"]["groups"]) == (uid, [])


def public(told: dict[str, Any]) -> list[str]:
    """Folders that their mode opens to everybody, such as the one for temporary files."""
    return [path for path in told["folders"] if os.stat(path).st_mode & 0o005 == 0o005]


def unconfined() -> tuple[str, ...]:
    """The start of a dialer on a kernel without Landlock."""
    program = "from dialer import confine; confine.abi = lambda: 0; confine.main()"
    return ("-c", program)


@needs_root
@pytest.mark.skipif(
    not all(folder.stat().st_mode & 0o001 for folder in Path(sys.executable).resolve().parents),
    reason="the interpreter lies in a folder that no other user enters",
)
def test_a_whole_campaign_runs_as_another_user(made: MadeDesk, tmp_path: Path) -> None:
    pwd.getpwnam("nobody")
    set_up = scene(made, 3)
    with pytest.raises(BadInput):
        user_of("nobody-at-all")
    journal = tmp_path / "journal"
    apart = Apart(files_of([journal]), user_of("nobody"))
    serving = serving_campaign(
        made.desk, made.dpo, set_up.campaign, set_up.law, dialer_uid=apart.uid
    )
    arguments = ["--campaign", set_up.campaign, "--speed", "500", "--channels", "2"]
    with serving as run, dialer_process.dialer_process(run, arguments, apart=apart) as dialer:
        assert dialer.stdout is not None
        last = json.loads(dialer.stdout.read().splitlines()[-1])
        assert dialer.wait(30) in (0, 1)
    assert journal.stat().st_uid == user_of("nobody")[0]
    # The test's clock stands still: the second number is over the rate.
    assert "error" not in last, last


WHO = """
import json, os, sys
sys.stdin.readline(); told = json.loads(sys.stdin.readline())
def read(path):
    try: return open(path, "rb").read(4).hex()
    except OSError as error: return type(error).__name__
print(json.dumps({"who": [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()],
    "read": [read(path) for path in told], "temporary": os.access(os.environ["TMPDIR"], os.W_OK)}))
"""


@needs_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="there is no /usr/bin/python3")
def test_the_process_of_another_user_has_that_user_alone(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An interpreter that every user may read, without this package: only the start is tried.
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    monkeypatch.setattr(dialer_process, "CONFINED", ("-c", WHO))
    files = [str(made.desk.folder / "main.db"), f"/proc/{os.getpid()}/environ"]
    uid, gid = user_of("nobody")
    answer = probed("", files, Apart(user=(uid, gid)))
    assert answer["who"] == [uid, uid, gid, []]
    assert set(answer["read"]) == {"PermissionError"}
    assert answer["temporary"]


def test_who_holds_keys_leaves_no_core_and_is_not_attached_to() -> None:
    program = """
import ctypes, resource, sys
from privacy.cli import main
main.run = lambda _: print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
    *resource.getrlimit(resource.RLIMIT_CORE)) or 0
main.main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.split() == ["0", "0", "0"]


@pytest.mark.parametrize(
    ("abi", "other", "words"),
    [
        (7, False, "Landlock"),
        (0, False, "against mistakes, not malice"),
        (0, True, "another user"),
        (7, True, "another user"),
    ],
)
def test_how_far_the_dialer_is_kept_apart_is_said(
    monkeypatch: pytest.MonkeyPatch, abi: int, other: bool, words: str
) -> None:
    monkeypatch.setattr(confine, "abi", lambda: abi)
    assert words in dialer_process.apartness(other)
