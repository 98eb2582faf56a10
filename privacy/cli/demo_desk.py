"""Making the demo's desk: actors, registers, notices and consents for a part of the people.

Everything here is what a user would do with commands; the demo only does it
faster. The same seed gives the same consents.
"""

from __future__ import annotations

import json
import random
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import holidays
from sqlalchemy import select

from privacy import actors
from privacy.actors import Actor
from privacy.app import init_desk, new_desk_config, open_desk
from privacy.clock import DemoClock
from privacy.consent import notices, registers, store, suppression
from privacy.consent.ledger import RecordKind
from privacy.consent.notices import Notice
from privacy.consent.records import Evidence, NewRecord
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.law.rulebook import rulebook
from privacy.settings import CONFIG_FILE, Controller, Settings, load_config
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint
from privacy.terms import (
    Channel,
    ConsentClass,
    ContactKind,
    KeyClass,
    OpeningPurpose,
    Purpose,
    Role,
)
from privacy.vault.files import file_errors, write_whole
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart

MARKER = ".rightsdesk-demo"
CALLING_HOUR_UTC = time(16, 0, tzinfo=UTC)
COUNTRIES = ("US", "GB", "DE", "FR")
DATABASES = ("main.db", "vault.db")
MADE_BY_DEMO = frozenset(
    {
        "datamap",
        "assessments",
        CONFIG_FILE,
        f"{CONFIG_FILE}.new",
        *(f"{name}{suffix}" for name in DATABASES for suffix in ("", "-wal", "-shm")),
        "state",
        "secrets",
        "reports",
        "packages",
        "contacts.csv",
        "contacts.csv.new",
        "rejects.csv",
        "vendor",
    }
)
SELLER_FACTS: dict[str, object] = {
    "seller": {"kind": "retailer", "sector": "retail", "registrations": [], "authenticated": True},
    "commercial": True,
    "goods": ["garden tools"],
}
NOTICE = (
    "May Example Retail call you about its offers, also with an automatic dialer or a "
    "recorded voice? You need not agree to buy anything, and you can say no at any time."
)


@dataclass(frozen=True)
class PhonePoint:
    """A number, opened, and whose it is."""

    subject_id: int
    point_id: int
    number: str


@dataclass(frozen=True)
class DemoDesk:
    """The open demo desk and its two people."""

    desk: Desk
    dpo: Actor
    handler: Actor


def last_working_wednesday(today: date) -> datetime:
    """The last Wednesday before `today` that is a holiday in no country of the demo, 16:00 UTC."""
    closed = [holidays.country_holidays(country) for country in COUNTRIES]
    day = today - timedelta(days=1)
    while day.weekday() != 2 or any(day in calendar for calendar in closed):
        day -= timedelta(days=1)
    return datetime.combine(day, CALLING_HOUR_UTC)


def prepare_folder(out: Path) -> None:
    """An empty folder for the demo; what an earlier demo left in it is removed first.

    BadInput if the folder holds anything that no demo made.
    """
    with file_errors("the demo's folder"):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = {path.name for path in out.iterdir()}
        if MARKER not in held and held:
            raise BadInput(
                "The folder for the demo is not empty, and no demo made what is in it.",
                what="--out",
                next="Give an empty or new folder with --out.",
            )
        if CONFIG_FILE in held and not load_config(out).demo:
            raise BadInput(
                "The folder holds a desk that is no demo.",
                what="--out",
                next="Give another folder.",
            )
        # The marker stays until the end, so that a killed demo can be run again.
        (out / MARKER).touch(mode=0o600)
        for name in held - {MARKER}:
            if name in MADE_BY_DEMO or name.endswith(".lock"):
                path = out / name
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def make(out: Path, at: datetime, region: str) -> DemoDesk:
    """A new demo desk in `out`, with a passphrase file, a DPO and a handler."""
    folder = out / "secrets"
    with file_errors("the demo's folder"):
        folder.mkdir(mode=0o700)
    passphrase = secrets.token_urlsafe(24)
    spoken = {name: secrets.token_urlsafe(18) for name in ("dpo", "handler")}
    for name, secret in {"passphrase": passphrase, **spoken}.items():
        write_whole(folder / name, f"{secret}\n".encode())
    config = new_desk_config(
        demo=True,
        state_dir="state",
        region=region,
        controller=Controller(
            name="Example Retail (demo)",
            contact="Example Retail, 1 Example Street, 10115 Berlin",
            dpo_contact="dpo@example.com",
            law="EU_GDPR",
            zone="Europe/Berlin",
            holiday_calendar="DE-BE",
        ),
    )
    settings = Settings(out, None, folder / "passphrase", "dpo", folder / "dpo")
    clock = DemoClock(at)
    init_desk(out, config, settings, passphrase.encode(), clock)
    desk = open_desk(settings, clock, passphrase.encode())
    dpo = actors.add(desk, "dpo", Role.DPO, spoken["dpo"], "dpo")
    handler = actors.add(desk, "handler", Role.HANDLER, spoken["handler"], "dpo")
    return DemoDesk(desk, dpo, handler)


def numbers_of(demo: DemoDesk) -> list[PhonePoint]:
    """Every number of the list with whose it is; opening them is audited."""
    table = table_of(ContactPoint)
    with demo.desk.reading() as db:
        rows = db.execute(
            select(table).where(table.c.kind == ContactKind.PHONE.value).order_by(table.c.id)
        ).all()
    parts = [
        SealedPart(
            Place(Part.PHONE, row.subject_id, row.id, row.version), KeyClass.CALL, bytes(row.sealed)
        )
        for row in rows
    ]
    found: list[PhonePoint] = []
    for chunk in in_chunks(parts, OPENING_LIMIT):
        plain = demo.desk.vault.open(chunk, demo.handler.id, OpeningPurpose.CONSENT)
        found.extend(
            PhonePoint(p.place.holder_id, p.place.row_id, json.loads(plain[p.place])["number"])
            for p in chunk
        )
    return found


def load_registers(demo: DemoDesk, numbers: Sequence[str], seed: int) -> dict[str, int]:
    """Small do-not-call registers of our own, one for each that a rule names; sizes."""
    chance = random.Random(seed)  # noqa: S311 - the same lists each time
    published = demo.desk.now().date() - timedelta(days=2)
    sizes = {}
    for register in register_names():
        listed = [number for number in numbers if chance.random() < 0.03]
        loaded = registers.load(demo.desk, demo.handler, register, listed, published, "demo")
        sizes[register] = loaded.count
    return sizes


def register_names() -> list[str]:
    """Every do-not-call register that a calling rule names."""
    named: set[str] = set()
    for rule in rulebook().rules:
        named.update(rule.decide.get("registers", ()))
    return sorted(named)


def record_consents(demo: DemoDesk, points: Sequence[PhonePoint], seed: int) -> dict[str, int]:
    """Consents for about 60 of 100 numbers, withdrawals and opt-outs for a few; counts."""
    chance = random.Random(seed + 1)  # noqa: S311 - the same consents each time
    desk, handler = demo.desk, demo.handler
    notice = notices.add(desk, handler, "call-form", "en", NOTICE)
    news: list[NewRecord] = []
    withdrawn: list[PhonePoint] = []
    opted_out: list[PhonePoint] = []
    for point in points:
        drawn, days = chance.random(), chance.randint(5, 200)
        if drawn < 0.60:
            news.append(_grant(point, notice, desk.now() - timedelta(days=days), chance))
        if 0.54 < drawn < 0.60:
            withdrawn.append(point)
        if drawn > 0.97:
            opted_out.append(point)
    store.record(desk, handler, news)
    for point in withdrawn:
        store.withdraw(desk, handler, point.subject_id, point.point_id, source="email")
    for point in opted_out:
        suppression.opt_out(desk, handler, phone=point.number, source="phone")
    return {"granted": len(news), "withdrawn": len(withdrawn), "opted_out": len(opted_out)}


def _grant(point: PhonePoint, notice: Notice, at: datetime, chance: random.Random) -> NewRecord:
    return NewRecord(
        point.subject_id,
        point.point_id,
        RecordKind.GRANT,
        Purpose.MARKETING.value,
        Channel.VOICE_PRERECORDED.value,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        at,
        "web_form",
        Evidence(
            notice_id=notice.id,
            notice_version=notice.version,
            text_sha256=notice.sha256,
            reference=f"form-{chance.randint(10_000, 99_999)}",
        ),
        seller="Example Retail (demo)",
    )
