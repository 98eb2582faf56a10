"""Databases on PostgreSQL that one test gives back and the next one takes, emptied.

To copy two templates for a test and to drop the copies costs the server half a second of
work, to empty the few tables that a test has filled a twentieth of it. A pair serves again
only while its tables, columns, rights, triggers and settings are those it was made with:
what a test has changed in them is dropped and made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg

from tests.migrated import templates
from tests.postgres import Server

OURS = "'public'::regnamespace"
# What a test could change but rows. A table's file is left out: TRUNCATE gives it a new one.
SHAPE = f"""
SELECT md5(string_agg(shape, ' ' ORDER BY shape)) FROM (
    SELECT row(oid, relname, relkind, relacl, relowner, relhastriggers, relrowsecurity, reloptions)
        ::text AS shape FROM pg_class WHERE relnamespace = {OURS}
    UNION ALL SELECT row(attrelid, attname, atttypid, attnotnull, attisdropped, attacl)::text
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = {OURS}
    UNION ALL SELECT row(tgrelid, tgname, tgenabled, tgfoid)::text FROM pg_trigger
    UNION ALL SELECT row(oid, proname, prosrc, proacl)::text
        FROM pg_proc WHERE pronamespace = {OURS}
    UNION ALL SELECT row(oid, conname, convalidated)::text
        FROM pg_constraint WHERE connamespace = {OURS}
    UNION ALL SELECT row(oid, nspname, nspacl)::text FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT row(datname, datacl, setrole, setconfig)::text FROM pg_database
        LEFT JOIN pg_db_role_setting ON setdatabase = pg_database.oid
        WHERE datname = current_database()
    UNION ALL SELECT version_num FROM alembic_version
) AS shapes
"""
# Triggers that forbid to delete hold for roles of use, not for this one.
EMPTIED = f"""
SET session_replication_role = replica;
DO $$ DECLARE filled text; BEGIN
    SELECT string_agg(oid::regclass::text, ', ') INTO filled FROM pg_class
    WHERE relnamespace = {OURS} AND relkind = 'r' AND relname <> 'alembic_version'
        AND pg_relation_size(oid) > 0;
    IF filled IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || filled || ' RESTART IDENTITY CASCADE';
    END IF;
END $$
"""
ENDED = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

Pair = tuple[str, str]


@dataclass
class Kept:
    """The pairs of databases, main and vault, that this process may use again."""

    server: Server
    _shapes: dict[str, str] = field(default_factory=dict)
    _free: list[Pair] = field(default_factory=list)

    def take(self) -> Pair:
        """Two databases that have this release's tables and no row."""
        if self._free:
            return self._free.pop()
        main, vault = (self.server.create(each) for each in templates(self.server))
        for name in (main, vault):
            with self._connected(name) as db:
                self._shapes[name] = _shape(db)
        return main, vault

    def give_back(self, pair: Pair) -> None:
        """End whoever is still connected; empty both, or drop both where one is not as it was."""
        if all(self._emptied(name) for name in pair):
            self._free.append(pair)
            return
        for name in pair:
            del self._shapes[name]
            self.server.drop(name)

    def _emptied(self, name: str) -> bool:
        with self._connected(name) as db:
            db.execute(ENDED)
            if _shape(db) != self._shapes[name]:
                return False
            db.execute(EMPTIED)
        return True

    def _connected(self, name: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.server.folder / "socket"), user="tests", dbname=name, autocommit=True
        )


def _shape(db: psycopg.Connection) -> str:
    row = db.execute(SHAPE).fetchone()
    assert row is not None
    return str(row[0])
