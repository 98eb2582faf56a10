"""What holds for the repository as a whole: imports, dependencies, locks, promises."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import collected_key

ROOT = Path(__file__).parent.parent
PACKAGES = ("privacy", "dialer", "reports", "templates")
LOCKS = sorted(ROOT.glob("requirements*.lock"))
TEXT = {".py", ".toml", ".md", ".lock", ".html", ".css", ".jinja", ".mako", ".txt", ".json", ""}
LONGEST_MODULE = 400

# In parts, so that this file does not name them either.
REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("debian", "org"),
    ("ubuntu", "com"),
)
PRIVATE_FOLDERS = ("work", "root", r"home/\w+", "tmp/rd")


def loaded_by(statement: str) -> set[str]:
    """Names of all modules that a fresh interpreter has loaded after `statement`."""
    program = f"import sys\n{statement}\nprint(*sys.modules, file=sys.stderr)"
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return set(answer.stderr.split())


def under(modules: set[str], *packages: str) -> set[str]:
    return {m for m in modules for p in packages if m == p or m.startswith(f"{p}.")}


def test_the_dialer_loads_nothing_that_could_hold_a_key_or_a_database() -> None:
    loaded = loaded_by("import dialer.worker")
    allowed = {"privacy", "privacy.gateway", "privacy.gateway.client", "privacy.gateway.protocol"}
    allowed |= {
        f"privacy.{floor}"
        for floor in ["terms", "errors", "clock", "settings", "desk_tables", "ids", "own_memory"]
    }
    assert under(loaded, "privacy") <= allowed
    assert not under(loaded, "sqlmodel", "sqlalchemy", "cryptography", "sqlite3", "psycopg")


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by(
        "from privacy.cli.main import main\n"
        "sys.argv = ['rightsdesk', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass"
    )
    heavy = ("sqlmodel", "sqlalchemy", "pydantic", "cryptography", "weasyprint", "phonenumbers")
    assert not under(loaded, *heavy, "holidays", "httpx", "uvicorn", "alembic", "jinja2", "PIL")


def test_every_part_of_privacy_has_a_floor() -> None:
    contracts = settings()["tool"]["importlinter"]["contracts"]
    named = set(re.findall(r"privacy\.\w+", " ".join(contracts[0]["layers"])))
    parts = {
        f"privacy.{path.stem}"
        for path in (ROOT / "privacy").iterdir()
        if path.name not in ("__init__.py", "__pycache__", "py.typed")
    }
    assert parts <= named


def test_package_files_are_empty_and_no_module_is_too_long() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            lines = path.read_text().splitlines()
            assert path.name != "__init__.py" or not lines, path
            assert len(lines) <= LONGEST_MODULE, path


def test_locks_hold_every_package_to_a_hash_and_name_no_address() -> None:
    assert {path.name for path in LOCKS} >= {"requirements.lock", "requirements-dev.lock"}
    for path in LOCKS:
        text = path.read_text()
        assert not re.search(r"://|--(extra-)?index|--find-links| @ ", text), path.name
        for entry in re.findall(r"^[\w.-]+==(?:.*\\\n)*.*$", text, re.MULTILINE):
            assert "--hash=sha256:" in entry, entry


def test_locks_hold_what_is_asked_for() -> None:
    """Whoever adds a dependency also runs `make lock`."""
    asked = settings()
    wanted = {
        "requirements.lock": asked["project"]["dependencies"],
        "requirements-dev.lock": asked["dependency-groups"]["dev"],
        "requirements-bench.lock": asked["dependency-groups"]["bench"],
    }
    for name, lines in wanted.items():
        locked = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for requirement in map(Requirement, lines):
            version = locked.get(requirement.name)
            assert version is not None, f"{requirement.name} is not in {name}"
            assert requirement.specifier.contains(version), f"{requirement} in {name}"


def test_nothing_in_the_tree_names_a_registry_or_a_path_of_one_machine() -> None:
    hosts = "|".join(r"\.".join(parts) for parts in REGISTRIES)
    folders = rf"(?<![\w./-])/(?:{'|'.join(PRIVATE_FOLDERS)})/"
    wrong = re.compile(f"{hosts}|{folders}", re.IGNORECASE)
    for path in tree():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            assert not wrong.search(line), f"{path.relative_to(ROOT)}:{number}"


def test_only_ci_names_a_folder_outside_the_repository() -> None:
    outside = str(Path("..", "shared"))
    naming = [str(p.relative_to(ROOT)) for p in tree() if outside in p.read_text(errors="replace")]
    assert naming == [".ci/run"]


def tree() -> Iterator[Path]:
    """Text files of the repository: what git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix in TEXT:
            yield path


def settings() -> dict[str, dict[str, dict[str, list[dict[str, list[str]]]]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


# Dependencies and their licences.

STATED_IN_FULL = {
    "Apache": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
}


def installed(extra: str = "") -> set[str]:
    """Packages that the product needs here, directly or not, with or without an extra."""
    seen: set[str] = set()
    todo = [("rightsdesk", {"", extra})]
    while todo:
        name, extras = todo.pop()
        for requirement in map(Requirement, distribution(name).requires or ()):
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": e}) for e in extras):
                continue
            needed = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if needed not in seen or requirement.extras:
                todo.append((needed, {"", *requirement.extras}))
            seen.add(needed)
    return seen


def stated_licences(package: str) -> set[str]:
    """Licences that a package offers, from its metadata; BSD without its number of clauses."""
    metadata = distribution(package).metadata
    expression = metadata["License-Expression"] or ""
    told = [part for part in re.split(r" OR | AND |[()]", expression) if part]
    if not told:
        classifiers = metadata.get_all("Classifier") or []
        told = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    if not told:
        told = [metadata["License"] or ""]
    plain = {STATED_IN_FULL.get(name, name) for name in told}
    return {"BSD" if name.startswith("BSD") else name for name in plain}


def listed(*headings: str) -> dict[str, str]:
    """Package and licence of each row of docs/dependencies.md under the given headings."""
    found = {}
    for section in (ROOT / "docs/dependencies.md").read_text().split("\n## ")[1:]:
        if section.startswith(headings):
            rows = re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|", section, re.MULTILINE)
            found.update(
                {package: licence for package, licence in rows if package not in ("package", "---")}
            )
    return found


def test_every_installed_package_is_listed_with_its_licence() -> None:
    always = listed("Named by us", "They bring")
    extra = listed("In the extra")
    assert set(always) == installed()
    extras = settings()["project"]["optional-dependencies"]
    assert set(always) | set(extra) == set().union(*map(installed, extras))
    for package, licence in (always | extra).items():
        chosen = licence.removesuffix(" of several")
        offered = stated_licences(package)
        assert ("BSD" if chosen.startswith("BSD") else chosen) in offered, (package, offered)
        assert (len(offered) == 1) or licence.endswith(" of several") or "BSD" in offered, package


def test_what_is_named_by_us_is_what_the_package_asks_for() -> None:
    asked = {Requirement(line).name for line in settings()["project"]["dependencies"]}
    assert set(listed("Named by us")) == asked


def test_no_package_that_ships_is_under_gpl_or_agpl() -> None:
    for package, licence in listed("Named by us", "They bring").items():
        assert "GPL" not in licence, package
    for package, licence in listed("In the extra").items():
        assert not re.search(r"(?<!L)GPL", licence), package


# Promises.


def promised_tests() -> list[tuple[str, list[str]]]:
    """Each promise of docs/guarantees.md with the tests named for it."""
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \|$", (ROOT / "docs/guarantees.md").read_text(), re.MULTILINE
    )
    return [
        (promise.strip(), re.findall(r"`([^`]+)`", tests))
        for promise, tests in rows
        if promise.strip() not in ("promise", "---")
    ]


def test_every_promise_names_tests_that_are_collected(request: pytest.FixtureRequest) -> None:
    promises = promised_tests()
    assert promises
    for promise, tests in promises:
        assert tests, promise
    collected = request.config.stash[collected_key]
    missing = {test for _, tests in promises for test in tests} - collected
    # A run of the whole has collected them; of a part, the others are looked for now.
    if missing:
        found, said = collected_of(sorted({name.partition("::")[0] for name in missing}))
        assert missing <= found, f"not collected: {sorted(missing - found)}\n{said}"


def collected_of(files: list[str]) -> tuple[set[str], str]:
    """The tests that pytest collects of those files, and the end of what it says."""
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {line.partition("[")[0] for line in answer.stdout.splitlines() if "::" in line}
    return found, f"{answer.stdout[-2000:]}{answer.stderr}"
