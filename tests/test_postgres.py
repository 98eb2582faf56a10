"""The private PostgreSQL of the tests itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests import postgres
from tests.desks import make_desk
from tests.kept import Kept
from tests.persons import add_person


def test_main_and_vault_are_two_empty_durable_databases(postgres_urls: tuple[str, str]) -> None:
    seen = []
    for url in postgres_urls:
        engine = create_engine(url)
        with engine.connect() as db:
            assert db.scalar(text("SHOW fsync")) == "on"
            assert db.scalar(text("SHOW listen_addresses")) == ""
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert db.scalar(text(tables)) == 0
            seen.append(db.scalar(text("SELECT current_database()")))
        engine.dispose()
    assert seen[0] != seen[1]


def test_a_copy_of_a_template_has_its_tables(postgres_server: postgres.Server) -> None:
    def fill(url: str) -> None:
        engine = create_engine(url)
        with engine.begin() as db:
            db.execute(text("CREATE TABLE seed (id int)"))
        engine.dispose()

    copy = postgres_server.create(postgres_server.template("seeded", fill))
    engine = create_engine(postgres_server.url(copy))
    with engine.connect() as db:
        assert db.scalar(text("SELECT count(*) FROM seed")) == 0
    engine.dispose()
    postgres_server.drop(copy)


def rows_in(kept: Kept, name: str) -> int:
    """Rows of all tables but the mark of the last migration."""
    with kept._connected(name) as db:
        found = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [table for (table,) in found if table != "alembic_version"]
        assert tables
        counts = [db.execute(f'SELECT count(*) FROM "{table}"').fetchone() for table in tables]
    return sum(count[0] for count in counts if count)


def test_databases_given_back_are_taken_again_without_a_row(
    postgres_server: postgres.Server, tmp_path: Path
) -> None:
    kept = Kept(postgres_server)
    pair = kept.take()
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        assert [rows_in(kept, name) for name in pair] == [0, 0]
        main, vault = (postgres_server.url(name) for name in pair)
        made = make_desk(folder, urls=(main, vault))
        add_person(made.desk, "+442079460123", "one.person@example.com")
        made.desk.close()
        assert all(rows_in(kept, name) > 0 for name in pair)
        kept.give_back(pair)
        assert kept.take() == pair
    for name in pair:
        postgres_server.drop(name)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE actor ADD COLUMN more int",
        "ALTER TABLE request_event DISABLE TRIGGER USER",
        "GRANT SELECT ON actor TO PUBLIC",
        "UPDATE alembic_version SET version_num = 'other'",
    ],
)
def test_databases_that_a_test_changed_in_more_than_rows_are_not_taken_again(
    postgres_server: postgres.Server, change: str
) -> None:
    kept = Kept(postgres_server)
    pair = kept.take()
    with kept._connected(pair[0]) as db:
        db.execute(change)
    kept.give_back(pair)
    again = kept.take()
    assert not {*pair} & {*again}
    kept.give_back(again)
    assert kept.take() == again
    for name in again:
        postgres_server.drop(name)


@pytest.mark.serial
def test_a_killed_run_leaves_no_server_and_no_folder(postgres_server: postgres.Server) -> None:
    run = os.urandom(8).hex()
    starter = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[2])\n"
        "from tests import postgres\n"
        "print(postgres.server_of_run(sys.argv[1], os.getpid()).folder, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = str(Path(__file__).parent.parent)
    answer = subprocess.run(
        [sys.executable, "-c", starter, run, root], capture_output=True, text=True, check=False
    )
    folder = Path(answer.stdout.strip())
    assert folder == postgres.folder_of_run(run), answer.stderr
    keeper = postgres.folder_of_run(run)
    for _ in range(300):
        if not keeper.exists():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert not keeper.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(folder / "socket"), user="tests", dbname="postgres")
