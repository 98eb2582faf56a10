"""Runs the benchmarks: `python -m tests.benchmarks [--out FOLDER] [bench_NAME ...]`.

Each is a program of its own, so that one leaves nothing warm for the next. What it prints is
shown and, with --out, kept in FOLDER/bench_NAME.txt under a heading with machine and versions.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

NAMED_VERSIONS = ("cryptography", "sqlalchemy", "sqlmodel", "weasyprint")


def heading() -> str:
    """Machine and versions, the first line of every result."""
    processors = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if processors.exists():
        names = [x for x in processors.read_text().splitlines() if x.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    libraries = ", ".join(f"{name} {version(name)}" for name in NAMED_VERSIONS)
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}, {libraries}"


def run(name: str, out: Path | None) -> bool:
    """Run one benchmark; whether it ended well."""
    print(f"== {name}", flush=True)
    program = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    lines = []
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    if out is not None and process.returncode == 0:
        (out / f"{name}.txt").write_text(f"{heading()}\n\n{''.join(lines)}")
    return process.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    names = given.names or sorted(p.stem for p in Path(__file__).parent.glob("bench_*.py"))
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
    failed = [name for name in names if not run(name, given.out)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
