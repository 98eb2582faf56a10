"""The package of an access or portability answer, from this or another desk, as a list to import.

Only `answer.json` is read, in memory and within bounds; nothing is unpacked. What another
controller says of consents is no permission of ours: withdrawals and opt-outs hold here
too, a grant is kept as something that was told, unless a mapping takes its purpose and
channel, and the number or address it is for is the only one of its kind.
"""

from __future__ import annotations

import hashlib
import io
import json
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from privacy.contacts.consents import ParsedConsent
from privacy.contacts.files import TextFile
from privacy.contacts.package_form import Form, fit
from privacy.contacts.rows import Cell, RawContact, Refusal
from privacy.contacts.sheet import Sheet
from privacy.errors import BadInput
from privacy.terms import Channel, Purpose

SCHEMA = "rightsdesk.access-package/1"
MEMBER = "answer.json"
LARGEST_FILE_BYTES = 64 << 20
LARGEST_JSON_BYTES = 32 << 20
MOST_MEMBERS = 200
TOLD = "told by another controller"
GRANT, WITHDRAWAL = "grant", "withdrawal"
Pair = tuple[Purpose, Channel]

DAY = Form("string", null=True)
TEXTS = Form("object", members=Form("string"), most=500)
PERSON = Form(
    "object",
    keys={
        "names": Form("array", items=TEXTS, most=50),
        "phones": Form(
            "array",
            items=Form("object", keys={"number": Form("string"), "label": Form("string")}),
            most=50,
        ),
        "emails": Form("array", items=Form("string"), most=50),
        "addresses": Form("array", items=TEXTS, most=50),
        "organisation": Form("string"),
        "language": Form("string"),
        "birthday": Form("string"),
        "other": TEXTS,
    },
    optional={
        "opted_out": Form("array", items=Form("object", keys={"value": Form("string")}), most=100)
    },
)
CONSENT = Form(
    "object",
    keys={
        "id": Form("string"),
        "kind": Form("string"),
        "at": Form("string"),
        "how": Form("string"),
        "text_shown": Form("string"),
        "codes": Form(
            "object",
            keys={"purpose": Form("string"), "channel": Form("string"), "class": Form("string")},
        ),
        "contact_point": Form("string", null=True),
        "corrects": Form("string", null=True),
    },
)
PACKAGE = Form(
    "object",
    keys={
        "schema": Form("string"),
        "persons": Form("array", items=PERSON, most=50),
        "consents": Form("array", items=CONSENT, most=10_000),
    },
)


@dataclass
class Counted:
    """What became of the consents of a package."""

    withdrawals: int = 0
    grants_taken: int = 0
    grants_told: int = 0

    def document(self) -> dict[str, int]:
        """JSON-ready."""
        return dict(vars(self))


@dataclass(frozen=True)
class PackageSheet(Sheet):
    """A package as a file of contacts. `taken`: grants that count here."""

    document: dict[str, Any] = field(default_factory=dict)
    taken: frozenset[Pair] = frozenset()
    counted: Counted = field(default_factory=Counted)

    @property
    def kind(self) -> str:
        return "package"

    def rows(self, zone: tzinfo, now: datetime) -> Iterator[RawContact | Refusal]:
        """A row for each record of the person; consents go with the records they are for."""
        persons = self.document["persons"]
        for number, person in enumerate(persons, start=1):
            yield _contact(number, person, self._consents(person, len(persons), now), self)

    def _consents(self, person: dict[str, Any], records: int, now: datetime) -> _Told:
        """Those of this record's points; what is for the whole person goes with each record."""
        points = {str(phone["number"]) for phone in person["phones"]} | set(person["emails"])
        void = {row["corrects"] for row in self.document["consents"] if row["corrects"]}
        told = _Told()
        for row in self.document["consents"]:
            point = row["contact_point"]
            if row["id"] in void or (point is not None and point not in points):
                continue
            at = _instant(row["at"])
            if row["kind"] == WITHDRAWAL:
                at = None if at is None else min(at, now)
                told.add(ParsedConsent(p, c, WITHDRAWAL, at, TOLD) for p, c in _pairs(row))
                self.counted.withdrawals += 1
            elif row["kind"] == GRANT:
                self._grant(row, person, at, now, told)
        for each in person.get("opted_out", []):
            if each["value"] in points:
                told.add(ParsedConsent(p, c, WITHDRAWAL, None, TOLD) for p, c in _ALL)
                self.counted.withdrawals += 1
        return told

    def _grant(
        self,
        row: dict[str, Any],
        person: dict[str, Any],
        at: datetime | None,
        now: datetime,
        told: _Told,
    ) -> None:
        pairs = _pairs(row)
        mail = bool(pairs) and all(channel is Channel.EMAIL for _, channel in pairs)
        held = person["emails"] if mail else [phone["number"] for phone in person["phones"]]
        only = list(held) == [row["contact_point"]]
        if at is not None and at <= now and only and pairs and set(pairs) <= self.taken:
            told.add(ParsedConsent(p, c, GRANT, at, TOLD) for p, c in pairs)
            self.counted.grants_taken += 1
        else:
            told.words.append(_words(row))
            self.counted.grants_told += 1


@dataclass
class _Told:
    consents: list[ParsedConsent] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def add(self, found: Iterator[ParsedConsent]) -> None:
        self.consents.extend(each for each in found if each not in self.consents)


_ALL: tuple[Pair, ...] = tuple((purpose, channel) for purpose in Purpose for channel in Channel)


def open_package(path: Path, passphrase: str, taken: frozenset[Pair] = frozenset()) -> PackageSheet:
    """The package as a sheet. BadInput for whatever is no package of the documented form."""
    content = _read(path)
    text = _member(content, passphrase) if content.startswith(b"PK") else content
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _unfit("It is no JSON that can be read.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _unfit(f"It does not say that it is {SCHEMA}.")
    fit(document, PACKAGE, "package")
    digest = hashlib.sha256(content).hexdigest()
    file = TextFile(path, digest, len(content), len(document["persons"]), "utf-8")
    return PackageSheet(file, None, None, document, taken)


def taken_by(path: Path) -> frozenset[Pair]:
    """The grants that a mapping takes: `grants = ["marketing/email"]` in TOML."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        pairs = [str(each).split("/") for each in data["grants"]]
        return frozenset((Purpose(purpose), Channel(channel)) for purpose, channel in pairs)
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            "The mapping of a package cannot be read.",
            what="--mapping",
            next='It is TOML with one line: grants = ["marketing/email"]; see docs/package.md.',
        ) from None


def encrypted(path: Path) -> bool:
    """Whether the file is an archive that needs a pass phrase."""
    content = _read(path)
    if not content.startswith(b"PK"):
        return False
    return any(info.flag_bits & 1 for info in _archive(content).infolist())


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise BadInput(
            f"The file cannot be read ({type(error).__name__}).",
            what="package",
            next="Check its path and owner.",
        ) from None
    if len(content) > LARGEST_FILE_BYTES:
        raise _unfit("It is larger than any package.")
    return content


def _archive(content: bytes) -> Any:
    """The archive, within bounds."""
    import pyzipper

    try:
        archive = pyzipper.AESZipFile(io.BytesIO(content))
    except (pyzipper.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _unfit("The archive is damaged.") from None
    names = [info.filename for info in archive.infolist()]
    if len(names) > MOST_MEMBERS or any(_leads_away(name) for name in names):
        raise _unfit("The archive has files that no package has.")
    return archive


def _member(content: bytes, passphrase: str) -> bytes:
    """`answer.json` of the archive, in memory, never more than the bound."""
    import pyzipper

    archive = _archive(content)
    found = [info for info in archive.infolist() if info.filename == MEMBER]
    if len(found) != 1:
        raise _unfit(f"The archive has not exactly one {MEMBER}.")
    archive.setpassword(passphrase.encode())
    try:
        with archive.open(found[0]) as file:
            text: bytes = file.read(LARGEST_JSON_BYTES + 1)
    except NotImplementedError:
        raise _unfit("The archive is packed in a way that no package is.") from None
    except RuntimeError:
        raise BadInput(
            "The pass phrase does not open this package.",
            what="pass phrase",
            next="It goes to the person by another way than the package.",
        ) from None
    except (pyzipper.BadZipFile, zlib.error, ValueError, OSError, EOFError):
        raise _unfit("The archive is damaged.") from None
    if len(text) > LARGEST_JSON_BYTES:
        raise _unfit(f"{MEMBER} is larger than any package's.")
    return text


def _leads_away(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":")


def _contact(number: int, person: dict[str, Any], told: _Told, sheet: PackageSheet) -> RawContact:
    raw = RawContact(number)
    for name in person["names"][:1]:
        raw.names = {part: text for part, text in name.items() if part in _NAME_PARTS}
    raw.phones = [
        Cell(phone["number"], f"phone {n}", phone["label"])
        for n, phone in enumerate(person["phones"], start=1)
    ]
    raw.emails = [Cell(mail, f"e-mail {n}") for n, mail in enumerate(person["emails"], start=1)]
    raw.addresses = [dict(address) for address in person["addresses"]]
    raw.organisation, raw.language = person["organisation"], person["language"]
    raw.birthday = person["birthday"]
    raw.other = dict(person["other"])
    for n, words in enumerate(told.words, start=1):
        raw.other[f"consent {TOLD} {n}"] = words
    raw.consents = told.consents
    return raw


_NAME_PARTS = ("given", "family", "middle", "full", "prefix", "suffix")


def _pairs(row: dict[str, Any]) -> Sequence[Pair]:
    """Purposes and channels of a consent; `*` is all of them. Unknown codes are none."""
    purpose, channel = row["codes"]["purpose"], row["codes"]["channel"]
    return [(p, c) for p, c in _ALL if purpose in ("*", p.value) and channel in ("*", c.value)]


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _words(row: dict[str, Any]) -> str:
    codes = row["codes"]
    head = f"{row['kind']} {codes['purpose']} {codes['channel']} ({codes['class']}) at {row['at']}"
    return "; ".join(part for part in (head, row["how"], row["text_shown"]) if part)


def _unfit(why: str) -> BadInput:
    return BadInput(
        f"This is no package that can be imported. {why} Nothing was imported.",
        what="package",
        next="Give the ZIP or the answer.json as a desk made it; see docs/package.md.",
    )
