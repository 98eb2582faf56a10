"""The same contact rows stored by others: plain Core, sealed-fields, pydantic-encryption.

Each peer is used as its own documentation shows, on SQLite with the same settings as a
desk's file (WAL, synchronous FULL), two lookup indexes (phone, e-mail), one transaction.
"""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Session

os.environ.setdefault("ENCRYPTION_METHOD", "fernet")
os.environ.setdefault("ENCRYPTION_KEY", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
os.environ.setdefault("BLIND_INDEX_SECRET_KEY", secrets.token_hex(32))


@dataclass(frozen=True)
class Row:
    """A contact after parsing: what every side is given."""

    given: str
    family: str
    phone: str
    email: str
    street: str
    postal_code: str


def engine_at(path: Path) -> Engine:
    """SQLite as a desk opens it."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


PLAIN = MetaData()
CONTACT = Table(
    "contact",
    PLAIN,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False, index=True),
    Column("email", Text, nullable=False, index=True),
)


def plain_core(folder: Path, rows: Sequence[Row]) -> tuple[float, Callable[[Row], bool]]:
    """Seconds to insert as plain text through SQLAlchemy Core, and a lookup by phone."""
    engine = engine_at(folder / "plain.db")
    PLAIN.create_all(engine)
    start = time.perf_counter()
    with engine.begin() as db:
        db.execute(
            insert(CONTACT),
            [
                {
                    "name": f"{row.given} {row.family}",
                    "address": f"{row.street}, {row.postal_code}",
                    "phone": row.phone,
                    "email": row.email,
                }
                for row in rows
            ],
        )
    took = time.perf_counter() - start

    def find(row: Row) -> bool:
        with engine.connect() as db:
            found = db.execute(select(CONTACT.c.email).where(CONTACT.c.phone == row.phone))
            return row.email in set(found.scalars())

    return took, find


def sealed_fields(folder: Path, rows: Sequence[Row]) -> tuple[float, Callable[[Row], bool]]:
    """The same by sealed-fields' column types and ORM, with two blind indexes."""
    from sealed_fields import create_sealed_fields, generate_key
    from sealed_fields.sqlalchemy import SealedText

    sealing = create_sealed_fields(
        namespaces={"PII": {"key": generate_key()}}, blind_index_key=generate_key()
    )

    class Base(DeclarativeBase):
        pass

    class Contact(Base):
        __tablename__ = "contact"
        id = Column(Integer, primary_key=True)
        name: Any = Column(SealedText(sealing))
        address: Any = Column(SealedText(sealing))
        phone: Any = Column(SealedText(sealing))
        phone_idx = Column(String(64), index=True)
        email: Any = Column(SealedText(sealing))
        email_idx = Column(String(64), index=True)

    engine = engine_at(folder / "sealed_fields.db")
    Base.metadata.create_all(engine)
    start = time.perf_counter()
    with Session(engine) as session:
        session.add_all(
            Contact(
                name=f"{row.given} {row.family}",
                address=f"{row.street}, {row.postal_code}",
                phone=row.phone,
                phone_idx=sealing.blind_index(row.phone),
                email=row.email,
                email_idx=sealing.blind_index(row.email),
            )
            for row in rows
        )
        session.commit()
    took = time.perf_counter() - start

    def find(row: Row) -> bool:
        with Session(engine) as session:
            token = sealing.blind_index(row.phone)
            found = session.scalars(select(Contact).where(Contact.phone_idx == token)).all()
            return any(contact.email == row.email for contact in found)

    return took, find


def pydantic_encryption(folder: Path, rows: Sequence[Row]) -> tuple[float, Callable[[Row], bool]]:
    """The same by pydantic-encryption's column types and ORM, with two HMAC indexes."""
    from pydantic_encryption import (
        BlindIndexMethod,
        DeferredDecryptMixin,
        SQLAlchemyBlindIndexValue,
        SQLAlchemyEncryptedValue,
    )

    class Base(DeclarativeBase):
        pass

    # Made by call, because the package's mixin is untyped where it is not installed.
    hashed = partial(SQLAlchemyBlindIndexValue, BlindIndexMethod.HMAC_SHA256)
    columns = {
        "id": Column(Integer, primary_key=True),
        **{
            name: Column(SQLAlchemyEncryptedValue())
            for name in ("name", "address", "phone", "email")
        },
        **{name: Column(hashed(), index=True) for name in ("phone_idx", "email_idx")},
    }
    contact: Any = type(
        "Contact", (Base, DeferredDecryptMixin), {"__tablename__": "contact", **columns}
    )

    engine = engine_at(folder / "pydantic_encryption.db")
    Base.metadata.create_all(engine)
    start = time.perf_counter()
    with Session(engine) as session:
        session.add_all(
            contact(
                name=f"{row.given} {row.family}",
                address=f"{row.street}, {row.postal_code}",
                phone=row.phone,
                phone_idx=row.phone,
                email=row.email,
                email_idx=row.email,
            )
            for row in rows
        )
        session.commit()
    took = time.perf_counter() - start

    def find(row: Row) -> bool:
        with Session(engine) as session:
            found = session.scalars(select(contact).where(contact.phone_idx == row.phone)).all()
            return any(one.email == row.email for one in found)

    return took, find
