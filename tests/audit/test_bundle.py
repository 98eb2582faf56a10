"""The offline bundle, verified without this package."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.audit import standalone
from privacy.audit.bundle import COLUMNS, make_bundle, read_bundle
from privacy.audit.note import Note, Verifier
from privacy.audit.verify import Anchor, verify
from privacy.storage.tables.audit import AuditCheckpoint
from privacy.storage.tables.base import table_of
from tests.audit.forging import Forge
from tests.desks import make_desk

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    """A small log of three days."""
    forge = Forge(make_desk(tmp_path_factory.mktemp("bundle")))
    forge.sign()
    for _ in range(2):
        forge.append(6)
        forge.sign()
        forge.made.clock.advance(timedelta(days=1))
    forge.append(6)
    forge.sign()
    forge.append(3)
    forge.sign()
    forge.made.desk.close()
    return forge


@pytest.fixture(scope="module")
def bundle(forge: Forge) -> bytes:
    made = forge.made.reopen()
    with made.reading() as db:
        entries = [body for _, body in made.log.bodies(db)]
        table = table_of(AuditCheckpoint)
        notes = [
            bytes(n) for n in db.execute(select(table.c.note).order_by(table.c.size)).scalars()
        ]
    made.close()
    assert len(entries) == forge.size
    return make_bundle(entries, notes)


def unpacked(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return buffer.getvalue()


def run_verifier(folder: Path, data: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the bundle's own verifier in an interpreter that knows no package."""
    (folder / "bundle.zip").write_bytes(data)
    (folder / "verify.py").write_bytes(unpacked(data)["verify.py"])
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "bundle.zip", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def lines_of(files: Files) -> list[bytes]:
    return files["entries.jsonl"].splitlines(keepends=True)


def edited(files: Files) -> None:
    lines = lines_of(files)
    lines[4] = lines[4].replace(b'"handler"', b'"nobody"', 1)
    files["entries.jsonl"] = b"".join(lines)


def removed(files: Files) -> None:
    lines = lines_of(files)
    files["entries.jsonl"] = b"".join([*lines[:4], *lines[5:]])


def reordered(files: Files) -> None:
    lines = lines_of(files)
    lines[4], lines[5] = lines[5], lines[4]
    files["entries.jsonl"] = b"".join(lines)


def truncated(files: Files) -> None:
    files["entries.jsonl"] = b"".join(lines_of(files)[:-1])


def resigned(files: Files) -> None:
    name = max(n for n in files if n.startswith("checkpoints/"))
    files[name] = files[name][:-10] + b"AAAAAA" + files[name][-4:]


def uncertified(files: Files) -> None:
    index = next(i for i, line in enumerate(lines_of(files)) if b"log.day_closed" in line)
    del files[f"checkpoints/{index + 1:012d}.txt"]


ALTERATIONS: list[tuple[Callable[[Files], None], int]] = [
    (edited, 3),
    (removed, 3),
    (reordered, 3),
    (truncated, 4),
    (resigned, 3),
    (uncertified, 3),
]


def test_an_intact_bundle_is_verified_without_this_package(bundle: bytes, tmp_path: Path) -> None:
    done = run_verifier(tmp_path, bundle)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("intact\n")
    assert "import privacy" not in (tmp_path / "verify.py").read_text()


@pytest.mark.parametrize(("alter", "code"), ALTERATIONS)
def test_an_altered_bundle_is_seen_by_both_verifiers(
    bundle: bytes, forge: Forge, tmp_path: Path, alter: Callable[[Files], None], code: int
) -> None:
    files = unpacked(bundle)
    alter(files)
    data = packed(files)
    assert run_verifier(tmp_path, data).returncode == code
    entries, notes, first_key = read_bundle(data)
    verdict = verify(entries, notes, now=forge.made.clock.now(), first_key=first_key)
    assert verdict.exit_code == code


def test_both_verifiers_agree_about_an_intact_bundle_and_its_anchors(
    bundle: bytes, forge: Forge, tmp_path: Path
) -> None:
    entries, notes, first_key = read_bundle(bundle)
    now = forge.made.clock.now()
    assert verify(entries, notes, now=now, first_key=first_key).exit_code == 0
    (tmp_path / "kept.txt").write_bytes(notes[-2])
    kept = Anchor(forge.sizes[-2], forge.anchors[-2].root, "kept")
    tail = verify(entries, notes, now=now, anchors=[kept]).unanchored.entries
    assert tail == forge.size - forge.sizes[-2]
    done = run_verifier(tmp_path, bundle, "--anchor", "kept.txt", "--max-tail", str(tail))
    assert done.returncode == 0
    assert f"unanchored {tail} entries" in done.stdout
    done = run_verifier(tmp_path, bundle, "--anchor", "kept.txt", "--max-tail", str(tail - 1))
    assert done.returncode == 6


def test_a_cut_bundle_fails_against_an_anchor(bundle: bytes, forge: Forge, tmp_path: Path) -> None:
    files = unpacked(bundle)
    newest = max(n for n in files if n.startswith("checkpoints/"))
    (tmp_path / "kept.txt").write_bytes(files.pop(newest))
    files["entries.jsonl"] = b"".join(lines_of(files)[: forge.sizes[-2]])
    assert run_verifier(tmp_path, packed(files)).returncode == 0
    assert run_verifier(tmp_path, packed(files), "--anchor", "kept.txt").returncode == 4


def test_another_first_key_is_refused(bundle: bytes, tmp_path: Path) -> None:
    other = str(Verifier.make("another", bytes(32)))
    assert run_verifier(tmp_path, bundle, "--first-key", other).returncode == 3
    own = unpacked(bundle)["first-key.txt"].decode().strip()
    assert run_verifier(tmp_path, bundle, "--first-key", own).returncode == 0


def test_what_is_no_bundle_is_told(tmp_path: Path, bundle: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    done = run_verifier(tmp_path, bundle, "--anchor", "x.zip")
    assert done.returncode == 2


def test_the_same_log_makes_the_same_bundle(bundle: bytes) -> None:
    entries, notes, _ = read_bundle(bundle)
    assert make_bundle(entries, notes) == bundle


def test_the_dictionary_names_every_field(bundle: bytes) -> None:
    files = unpacked(bundle)
    named = json.loads(files["columns.json"])
    for line in lines_of(files):
        assert set(json.loads(line)) <= set(named)


def test_the_dictionary_names_every_field_that_the_code_appends() -> None:
    used = {"v", "id", "ts", "actor", "action"}
    for path in Path(standalone.__file__).parent.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _is_appending(node):
                used |= {word.arg for word in node.keywords if word.arg}
    assert "subjects" in used
    assert used <= set(COLUMNS)


def _is_appending(call: ast.Call) -> bool:
    """Whether this is `unit.append("noun.verb", …)`."""
    first = call.args[0] if call.args else None
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "append"
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and "." in first.value
    )


def test_openssl_verifies_a_checkpoint(bundle: bytes, tmp_path: Path) -> None:
    files = unpacked(bundle)
    data = files[min(n for n in files if n.startswith("checkpoints/"))]
    key = Verifier.parse(files["first-key.txt"].decode().strip())
    note = Note.parse(data)
    (tmp_path / "text").write_bytes(note.text.encode())
    (tmp_path / "sig").write_bytes(note.signatures[0].blob)
    der = bytes.fromhex("302a300506032b6570032100") + key.public_key
    (tmp_path / "key.der").write_bytes(der)
    command = "openssl pkeyutl -verify -rawin -in text -sigfile sig -pubin -keyform DER"
    for change, code in ((b"", 0), (b"x", 1)):
        (tmp_path / "text").write_bytes(note.text.encode() + change)
        done = subprocess.run(
            [*command.split(), "-inkey", "key.der"], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == code


def test_the_commands_of_the_readme_work(bundle: bytes, tmp_path: Path) -> None:
    files = unpacked(bundle)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    first = min(n for n in files if n.startswith("checkpoints/"))
    readme = files["README.txt"].decode()
    start = readme.index("        sed '/^$/")
    script = readme[start : readme.index("What a valid")].replace("checkpoints/FILE", first)
    done = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Verified Successfully" in done.stdout) == (0, True)
    leaf = "{ printf '\\000'; sed -n 2p entries.jsonl | tr -d '\\n'; } | sha256sum"
    done = subprocess.run(
        ["bash", "-euc", leaf], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    from privacy.audit.tree import hash_leaf

    assert done.stdout.split()[0] == hash_leaf(lines_of(files)[1].rstrip(b"\n")).hex()
    command = [sys.executable, "-I", "-S", "verify.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=60), st.integers(0, 511))
def test_the_verifiers_own_ed25519_agrees_with_the_library(
    seed: bytes, message: bytes, bit: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert standalone.is_signed(public, message, signature)
    assert not standalone.is_signed(public, message + b"x", signature)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << (bit % 8)
    assert not standalone.is_signed(public, message, bytes(changed))
    # The same signature with S + L is another text for it: refused (RFC 8032, 5.1.7).
    s = int.from_bytes(signature[32:], "little") + standalone.L
    if s < 1 << 256:
        twin = signature[:32] + s.to_bytes(32, "little")
        assert not standalone.is_signed(public, message, twin)
