"""Start a Python program that can read its own code and nothing of the desk (Landlock).

`python -I -m dialer.confine --file FILE --folder DIR -- -m dialer.worker …`. The rules
are set before the program is loaded, and no program can take them off itself. What it may:

- read the interpreter, the standard library, installed packages and this package, what TLS
  and names of machines need, `/dev/null` and randomness;
- read and write the files and the folder that it was given: journal and sounds;
- run the interpreter and nothing else; signal nobody outside (ABI 6).

Connections are not limited: Landlock knows neither UDP nor named Unix sockets. Kernel
documentation: userspace-api/landlock.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privacy.own_memory import PR_SET_NO_NEW_PRIVS, keep_to_itself, prctl

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE = 1 << 14
# Rights of a folder by the ABI that knows them: 1 has thirteen, then REFER, TRUNCATE, IOCTL.
RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
ALL_RIGHTS = (1 << 16) - 1
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
# Abstract Unix sockets and signals, from ABI 6 on.
SCOPES = 0b11

SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    # Never the folder of private keys beside them.
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/random",
)
LOADERS = ("/lib*/ld-linux*.so*", "/lib/ld-musl*.so*", "/lib/*/ld-linux*.so*")


@dataclass(frozen=True)
class Rule:
    """One path and what may be done beneath it."""

    path: Path
    rights: int


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi() -> int:
    """Version of the kernel's Landlock; 0 where it has none or it is off."""
    if sys.platform != "linux":
        return 0
    version = _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)
    return max(0, int(version))


def rules(files: Sequence[Path], folders: Sequence[Path]) -> Iterator[Rule]:
    """What a dialer may touch: its code, and `files` and `folders` of its own."""
    for path in (*map(Path, SYSTEM), *_code()):
        yield Rule(path, READ)
    interpreter = Path(sys.executable).resolve()
    yield Rule(interpreter, READ_FILE | EXECUTE)
    for pattern in LOADERS:
        for loader in Path("/").glob(pattern.removeprefix("/")):
            yield Rule(loader, READ_FILE | EXECUTE)
    yield Rule(Path("/dev/null"), READ_FILE | WRITE_FILE)
    for file in files:
        yield Rule(file, READ_FILE | WRITE_FILE | TRUNCATE)
    for folder in folders:
        yield Rule(folder, ALL_RIGHTS & ~EXECUTE)


def _code() -> Iterator[Path]:
    """Standard library, installed packages, and this package wherever it lies."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    yield from (Path(sysconfig.get_path(name)) for name in names)
    yield from (Path(prefix) / "pyvenv.cfg" for prefix in (sys.prefix, sys.base_prefix))
    yield Path(sys.base_prefix) / "lib"
    for package in ("dialer", "privacy"):
        found = importlib.util.find_spec(package)
        yield from (Path(path) for path in (found and found.submodule_search_locations) or ())


def restrict(allowed: Sequence[Rule], version: int) -> None:
    """From here this process and what it starts may do that and no more. OSError if not."""
    handled = RIGHTS_BY_ABI.get(version, ALL_RIGHTS)
    ruleset = _Ruleset(handled, 0, SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    made = _called(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    try:
        for rule in allowed:
            _add(made, rule, handled)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        _called(RESTRICT_SELF, made, 0)
    finally:
        os.close(made)


def _add(ruleset: int, rule: Rule, handled: int) -> None:
    try:
        opened = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        # A system without it has nothing there to allow.
        return
    try:
        rights = rule.rights & handled
        beneath = _Beneath(rights if rule.path.is_dir() else rights & OF_A_FILE, opened)
        _called(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(beneath), 0)
    finally:
        os.close(opened)


def _called(number: int, *arguments: object) -> int:
    answer = int(_libc().syscall(number, *arguments))
    if answer < 0:
        failed = ctypes.get_errno()
        raise OSError(failed, os.strerror(failed))
    return answer


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Confine this process and become the program; told as JSON if that cannot be."""
    parser = argparse.ArgumentParser(prog="dialer.confine")
    parser.add_argument("--file", type=Path, action="append", default=[])
    parser.add_argument("--folder", type=Path, action="append", default=[])
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    os.umask(0o077)
    keep_to_itself()
    try:
        version = abi()
        if version:
            restrict(list(rules(options.file, options.folder)), version)
        else:
            prctl(PR_SET_NO_NEW_PRIVS, 1)
        os.execv(sys.executable, [sys.executable, "-I", *options.program])  # noqa: S606
    except OSError as failed:
        message = f"The dialer could not be confined: {failed.strerror}."
        error = {"code": "machine_failed", "message": message, "what": "dialer", "next": ""}
        sys.stdout.write(json.dumps({"error": error}) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
