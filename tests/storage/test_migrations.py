"""A desk of the first revision comes to head with its data; head is what the tables say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, select, text

from privacy.app import open_desk, upgrade_databases
from privacy.audit.tree import root_hash
from privacy.consent.suppression import opt_out, suppressed
from privacy.errors import DeskSealed
from privacy.settings import dump_config
from privacy.storage.engines import open_engine, sqlite_url
from privacy.storage.migrating import current, newest, upgrade
from privacy.storage.tables.everything import load
from privacy.terms import OpeningPurpose
from tests.desks import PASSPHRASE, MadeDesk, make_desk
from tests.persons import Known, add_person
from tests.postgres import Server
from tests.storage.new_revision import difference
from tests.vault.parts import phone_of, profile_of

FIRST = {"main": "main0001", "vault": "vault0001"}
# Columns that had another name at the first revision: table, now, then.
RENAMED = {("register_list", "register"): "register_id", ("register_list", "count"): "numbers"}
NUMBER, OPTED_OUT = "+442079460123", "+442079460124"


@dataclass
class OldDesk:
    """A closed desk whose databases are of the first revision, and what stood in it."""

    made: MadeDesk
    known: Known
    size: int
    root: bytes


def copy_rows(head: Engine, old: Engine) -> None:
    """All rows of `head`, as far as the first revision has tables and columns for them."""
    target, source = MetaData(), MetaData()
    target.reflect(old)
    source.reflect(head)
    with head.connect() as here, old.begin() as there:
        for table in target.sorted_tables:
            if table.name == "alembic_version":
                continue
            now = source.tables[table.name]
            columns = [now.c[RENAMED.get((table.name, c.name), c.name)] for c in table.columns]
            rows = [tuple(row) for row in here.execute(select(*columns))]
            names = [column.name for column in table.columns]
            if rows:
                there.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])


def old_desk(folder: Path, new_url: Callable[[str], str], made: MadeDesk) -> OldDesk:
    """Fill a desk of today, then put its rows into databases of the first revision."""
    known = add_person(made.desk, NUMBER, "canarina@canarison.example")
    opt_out(made.desk, made.dpo, phone=OPTED_OUT, source="person")
    with made.desk.reading() as db:
        head = made.desk.log.head(db)
        registers = text(
            "INSERT INTO register_list (id, register_id, published_on, source, sha256, numbers)"
            " VALUES ('r-1', 'gb_tps', '2026-11-01', 'test', '00', 7)"
        )
    with made.desk.writes.engine.begin() as db:
        db.execute(registers)
    urls: dict[str, str] = {}
    for tree, engine in (("main", made.desk.reads), ("vault", made.desk.vault.reads)):
        urls[tree] = new_url(tree)
        old = open_engine(urls[tree], create=True)
        upgrade(old, tree, FIRST[tree])
        assert current(old) == FIRST[tree]
        copy_rows(engine, old)
        old.dispose()
    made.desk.close()
    put_in_place(made, urls)
    return OldDesk(made, known, head.size, head.root)


def put_in_place(made: MadeDesk, urls: dict[str, str]) -> None:
    folder, config = made.desk.folder, made.desk.config
    if config.main_url:
        config = replace(config, main_url=urls["main"], vault_url=urls["vault"])
        (folder / "desk.toml").write_text(dump_config(config))
        return
    for tree in FIRST:
        for left in folder.glob(f"{tree}.db*"):
            left.unlink()
        shutil.move(folder.parent / f"old-{tree}.db", folder / f"{tree}.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> OldDesk:
    if request.param == "sqlite":
        return old_desk(
            tmp_path, lambda tree: sqlite_url(tmp_path / f"old-{tree}.db"), make_desk(tmp_path)
        )
    server = request.getfixturevalue("postgres_server")
    assert isinstance(server, Server)
    made = make_desk(tmp_path, urls=request.getfixturevalue("postgres_urls"))

    def new_url(_tree: str) -> str:
        name = server.create()
        request.addfinalizer(lambda: server.drop(name))
        return server.url(name)

    return old_desk(tmp_path, new_url, made)


def test_a_desk_of_the_first_revision_is_upgraded_with_all_its_data(old: OldDesk) -> None:
    made = old.made
    with pytest.raises(DeskSealed, match="another release"):
        made.reopen()
    done = upgrade_databases(made.settings)
    assert done == {tree: {"was": FIRST[tree], "is": newest(tree)} for tree in FIRST}
    desk = open_desk(made.settings, made.clock, PASSPHRASE)
    try:
        with desk.reading() as db:
            head = desk.log.head(db)
            # The upgrade's own entry came after everything there was.
            leaves = db.execute(text("SELECT leaf FROM audit_leaf ORDER BY idx")).scalars()
            before = [bytes(leaf) for leaf in leaves][: old.size]
            assert (head.size, root_hash(before)) == (old.size + 1, old.root)
            said = db.execute(
                text("SELECT body FROM audit_entry WHERE action = 'desk.upgraded'")
            ).scalar_one()
            changed = [f"{tree} {FIRST[tree]} {newest(tree)}" for tree in ("vault", "main")]
            assert json.loads(bytes(said))["fields"] == changed
            tag = desk.vault.keyring.tags.number_tag(OPTED_OUT)
            assert tag in suppressed(db, [tag])
            kept = db.execute(text("SELECT register_id, numbers FROM register_list")).one()
            assert tuple(kept) == ("gb_tps", 7)
        parts = [profile_of(desk, old.known), phone_of(desk, old.known)]
        opened = desk.vault.open(parts, "dpo", OpeningPurpose.ACCESS_REQUEST)
        assert NUMBER in opened[parts[1].place].decode()
        add_person(desk, "+442079460125", "later@canarison.example")
    finally:
        desk.close()
    assert upgrade_databases(made.settings)["main"] == {
        "was": newest("main"),
        "is": newest("main"),
    }


def test_head_is_what_the_tables_say_on_both_stores(store: MadeDesk) -> None:
    main, vault = load()
    for engine, metadata in ((store.desk.reads, main), (store.desk.vault.reads, vault)):
        with engine.connect() as db:
            context = MigrationContext.configure(db, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("tree", FIRST)
def test_the_tool_for_a_new_revision_finds_nothing_to_do(tree: str) -> None:
    assert difference(tree).strip() == "pass"


@pytest.mark.parametrize("tree", FIRST)
def test_the_newest_revision_is_told_without_alembic_as_alembic_tells_it(tree: str) -> None:
    config = Config()
    config.set_main_option("script_location", f"privacy.storage.migrations:{tree}")
    config.set_main_option("path_separator", "os")
    assert newest(tree) == ScriptDirectory.from_config(config).get_current_head()


def test_opening_a_desk_loads_no_alembic() -> None:
    program = "import sys, privacy.cli.running; print('alembic' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
