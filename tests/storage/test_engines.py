"""The settings of both stores, read back; what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from privacy.errors import Damaged, MachineFailed
from privacy.storage import engines
from privacy.storage.engines import open_engine, sqlite_path, sqlite_url, truncate_wal
from tests.desks import MadeDesk


def all_engines(made: MadeDesk) -> list[Engine]:
    desk = made.desk
    return [desk.reads, desk.writes.engine, desk.vault.reads, desk.vault.writes.engine]


def test_every_connection_to_either_file_has_the_settings(made: MadeDesk) -> None:
    for engine in all_engines(made):
        with engine.connect() as db:
            settings = {
                name: db.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
            }
            assert settings == {
                "journal_mode": "wal",
                "synchronous": 2,
                "secure_delete": 1,
                "foreign_keys": 1,
            }
            assert db.exec_driver_sql("PRAGMA temp_store").scalar_one() == 2
            attached = db.exec_driver_sql("PRAGMA database_list").all()
            assert [row[1] for row in attached] == ["main"]


def test_a_file_that_is_missing_is_damage_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "main.db"
    with pytest.raises(Damaged):
        open_engine(sqlite_url(path))
    assert not path.exists()


def test_a_new_file_is_private_and_odd_names_are_taken_literally(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c%20#d ü"
    folder.mkdir()
    engine = open_engine(sqlite_url(folder / "main.db"), create=True)
    with engine.begin() as db:
        db.exec_driver_sql("CREATE TABLE t (x)")
    assert sqlite_path(engine) == folder / "main.db"
    assert (folder / "main.db").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {folder.name}
    engine.dispose()


@pytest.mark.parametrize("create", [True, False])
def test_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, create: bool
) -> None:
    (tmp_path / "old.db").touch()
    kind = engines._file_system_kind(tmp_path)
    assert kind > 0
    monkeypatch.setitem(engines.NETWORK_FILE_SYSTEMS, kind, "NFS")
    with pytest.raises(MachineFailed, match=r"network file system \(NFS\)"):
        open_engine(sqlite_url(tmp_path / ("new.db" if create else "old.db")), create=create)
    assert not (tmp_path / "new.db").exists()


def test_an_open_reader_keeps_deleted_bytes_and_the_checkpoint_says_so(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "main.db"), create=True)
    with engine.begin() as db:
        db.exec_driver_sql("CREATE TABLE t (x)")
        db.exec_driver_sql("INSERT INTO t VALUES ('Canarison-deleted')")
    with engine.connect() as reader:
        reader.exec_driver_sql("SELECT * FROM t").all()
        with engine.begin() as db:
            db.exec_driver_sql("DELETE FROM t")
        assert not truncate_wal(engine)
        assert found(tmp_path)
    assert truncate_wal(engine)
    assert not found(tmp_path)
    engine.dispose()


def found(folder: Path) -> bool:
    return any(b"Canarison" in path.read_bytes() for path in folder.iterdir())


def test_postgresql_commits_are_durable_whatever_the_default(
    postgres_urls: tuple[str, str],
) -> None:
    url, _ = postgres_urls
    engine = open_engine(url)
    with engine.begin() as db:
        name = db.execute(text("SELECT current_database()")).scalar_one()
        db.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    engine.dispose()
    engine = open_engine(url)
    with engine.connect() as db:
        assert db.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    engine.dispose()
