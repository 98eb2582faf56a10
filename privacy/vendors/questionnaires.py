"""The questionnaire of this desk: the package's own with the controller's extensions in order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorExtension
from privacy.storage.unit import Unit
from privacy.vendors.extensions import extended
from privacy.vendors.questionnaire import Questionnaire
from privacy.vendors.reading import base, digest


@dataclass(frozen=True)
class Extension:
    """One extension as it stands on the desk."""

    namespace: str
    position: int
    sha256: str
    body: Mapping[str, Any]
    added_by: str


def current(db: Connection) -> Questionnaire:
    """The questionnaire as vendors answer it now."""
    listed = extensions(db)
    return extended(each.body for each in listed) if listed else base()


def extensions(db: Connection) -> list[Extension]:
    """The controller's extensions in the order in which they are applied."""
    table = table_of(VendorExtension)
    return [
        Extension(row.namespace, row.position, row.sha256, json.loads(row.body), row.added_by)
        for row in db.execute(select(table).order_by(table.c.position))
    ]


def add(desk: Desk, actor: Actor, document: Mapping[str, Any]) -> Questionnaire:
    """Put an extension behind those that stand. BadFacts, and nothing saved, if it does not fit."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> Questionnaire:
        standing = extensions(unit.db)
        found = extended([*(each.body for each in standing), document])
        table = table_of(VendorExtension)
        last = unit.db.execute(select(func.max(table.c.position))).scalar()
        sha256 = digest(document)
        unit.db.execute(
            insert(table).values(
                namespace=document["namespace"],
                position=1 if last is None else int(last) + 1,
                sha256=sha256,
                body=json.dumps(dict(document), ensure_ascii=False, sort_keys=True),
                added_at=micros(unit.now),
                added_by=actor.id,
            )
        )
        unit.append("vendor.extension_added", actor.id, object=sha256)
        return found

    return desk.write(job)


def remove(desk: Desk, actor: Actor, namespace: str) -> None:
    """Take an extension out. BadFacts if a later one stands on it. Its answers stay, uncounted."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> None:
        standing = extensions(unit.db)
        gone = [each for each in standing if each.namespace == namespace]
        if not gone:
            raise NotFound(
                "There is no extension of that namespace.",
                what="extension",
                next="See `rightsdesk vendor extension list`.",
            )
        extended(each.body for each in standing if each.namespace != namespace)
        table = table_of(VendorExtension)
        unit.db.execute(delete(table).where(table.c.namespace == namespace))
        unit.append("vendor.extension_removed", actor.id, object=gone[0].sha256)

    desk.write(job)
