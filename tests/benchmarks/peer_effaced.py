"""The PyPI package effaced wired as its documentation shows: one profile, 22 related rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import effaced
from effaced import PiiCategory, pii, subject_link
from sqlalchemy import Engine, ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker

CONTACT, BEHAVIORAL = PiiCategory.CONTACT, PiiCategory.BEHAVIORAL


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    __table_args__ = {"info": subject_link("")}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(info=pii(PiiCategory.IDENTITY))
    email: Mapped[str] = mapped_column(info=pii(CONTACT))


class Point(Base):
    __tablename__ = "point"
    __table_args__ = {"info": subject_link("person")}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    value: Mapped[str] = mapped_column(info=pii(CONTACT))
    person: Mapped[Person] = relationship()


class Call(Base):
    __tablename__ = "call"
    __table_args__ = {"info": subject_link("person")}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[str] = mapped_column(info=pii(CONTACT))
    outcome: Mapped[str] = mapped_column(info=pii(BEHAVIORAL))
    person: Mapped[Person] = relationship()


TABLES = effaced.bind_tables(Base.metadata)


@dataclass
class Effaced:
    """A database with `people` persons; access and erase give seconds."""

    engine: Engine
    people: int
    calls: int
    session: Any = None
    exporter: Any = None
    planner: Any = None
    next_id: int = field(default=1)

    @classmethod
    def at(cls, url: str, people: int, calls: int) -> Effaced:
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        made = cls(engine, people, calls)
        made._wire()
        made._fill()
        return made

    def _wire(self) -> None:
        self.session = sessionmaker(self.engine)
        data_map = effaced.collect_data_map(Base.metadata)
        graph = effaced.resolve_subject_graph(data_map, Base.registry)
        sink = effaced.DatabaseAuditSink(self.session, TABLES.audit_events)
        self.exporter = effaced.Exporter(data_map, graph, Base.metadata, sink)
        self.planner = effaced.ErasurePlanner(
            data_map,
            graph,
            executor=effaced.ErasureExecutor(Base.metadata),
            outbox=effaced.Outbox(self.session, TABLES.outbox),
            audit_sink=sink,
        )

    def _fill(self) -> None:
        with self.session.begin() as session:
            for one in range(1, self.people + 1):
                session.add(Person(id=one, name=f"Given Family{one}", email=f"p{one}@example.com"))
            session.flush()
            for one in range(1, self.people + 1):
                for kind in range(2):
                    session.add(Point(person_id=one, value=f"value {one} {kind}"))
                for call in range(self.calls):
                    session.add(Call(person_id=one, number=f"+1212{one}", outcome=f"answer {call}"))

    def access(self, one: int) -> float:
        """Seconds to collect everything of one person, committed."""
        start = time.perf_counter()
        with self.session.begin() as session:
            bundle = self.exporter.export_subject(session, str(one))
        assert bundle is not None
        return time.perf_counter() - start

    def erase(self, one: int) -> float:
        """Seconds to erase one person, committed."""
        start = time.perf_counter()
        with self.session.begin() as session:
            self.planner.erase_subject(session, str(one))
        return time.perf_counter() - start
