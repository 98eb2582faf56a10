"""Composition: settings in, an open desk out.

Opening compares desk id and pairing generation of config, both databases and
custody before anything else, verifies the ledger of no, refuses a desk that is
behind its ledger or its last signed checkpoint, and then goes on with what a
crash left unfinished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select

from privacy.audit.files import CheckpointFiles
from privacy.audit.signing import Reading, Signing
from privacy.audit.store import Log, begin_log
from privacy.clock import Clock, DemoClock, SystemClock, instant, micros, steady
from privacy.desk import Desk
from privacy.errors import BadInput, DeskSealed, RolledBack, WrongDesk
from privacy.ids import public_id
from privacy.recovering import insert_guard, recover
from privacy.settings import (
    CONFIG_FILE,
    DeskConfig,
    Settings,
    dump_config,
    load_config,
    state_folder,
)
from privacy.storage.engines import is_sqlite, open_engine, sqlite_url
from privacy.storage.lock import WriterLock
from privacy.storage.migrating import current, newest, upgrade
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import DeskMeta, LedgerDone, VaultMeta
from privacy.storage.tables.vault import VaultKey
from privacy.storage.writing import NoLog, database_errors, make_writes
from privacy.terms import KekKind
from privacy.vault.custody import Custody, Kdf, PassphraseFiles
from privacy.vault.files import file_errors, write_whole
from privacy.vault.keyring import open_keyring, second_level_keys
from privacy.vault.ledger import Ledger, LedgerFile, LedgerTable, refuse_shortened
from privacy.vault.store import Vault

ALL_KINDS = (KekKind.CALL, KekKind.DESK)
SHORTEST_PASSPHRASE = 12
GENERATION = 1
RECOVERY_ACTOR = "rightsdesk"


def init_desk(
    folder: Path,
    config: DeskConfig,
    settings: Settings,
    passphrase: bytes,
    clock: Clock,
    *,
    kdf: Kdf | None = None,
) -> None:
    """Make a new desk: config, two databases, custody files, the log's first entry.

    Nothing is overwritten: BadInput if the folder already holds a desk.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BadInput(
            f"A passphrase has at least {SHORTEST_PASSPHRASE} characters.",
            what="passphrase",
            next="Choose a longer one; it protects every key of the desk.",
        )
    with file_errors("desk folder"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / CONFIG_FILE).exists():
        raise BadInput(
            "This folder already holds a desk.",
            what=CONFIG_FILE,
            next="Use it, or give another folder with --desk.",
        )
    _refuse_held(folder, config)
    desk_id = config.desk_id.encode()
    state = state_folder(settings, config)
    copies = tuple(Path(copy) for copy in config.epoch_copies)
    custody = PassphraseFiles.make(
        state, passphrase, desk_id, generation=GENERATION, kdf=kdf, copies=copies
    )
    signing = _signing(config, state, custody)
    with database_errors():
        _make_vault(open_engine(_vault_url(folder, config), create=True), config, custody)
        engine = open_engine(_main_url(folder, config), create=True)
        _make_main(engine, config, clock, signing.begin())
    # The config comes last: a folder without it is not a desk yet.
    write_whole(folder / CONFIG_FILE, dump_config(config).encode())
    desk = open_desk(replace(settings, desk_dir=folder), clock, passphrase)
    try:
        desk.sign_checkpoint()
    finally:
        desk.close()


def _refuse_held(folder: Path, config: DeskConfig) -> None:
    """BadInput if there is something in either database: it may be another desk's."""
    for tree, url in (("main", config.main_url), ("vault", config.vault_url)):
        held = folder / f"{tree}.db"
        if url:
            with database_errors():
                engine = open_engine(url)
                taken = bool(inspect(engine).get_table_names())
                engine.dispose()
        else:
            taken = held.exists()
        if taken:
            raise BadInput(
                "A database for the new desk is not empty.",
                what=f"{tree} database",
                next="Give another one. If an interrupted `init` left it, remove it yourself.",
            )


def new_desk_config(**fields: object) -> DeskConfig:
    """A config with a fresh random desk id."""
    return DeskConfig(desk_id=public_id("d"), **fields)  # type: ignore[arg-type]


def _make_vault(engine: Engine, config: DeskConfig, custody: Custody) -> None:
    upgrade(engine, "vault")
    with engine.begin() as db:
        db.execute(
            insert(table_of(VaultMeta)).values(
                desk_id=config.desk_id, generation=GENERATION, epoch=1
            )
        )
        db.execute(
            insert(table_of(VaultKey)), second_level_keys(custody, config.desk_id.encode(), 1)
        )
    engine.dispose()


def _make_main(engine: Engine, config: DeskConfig, clock: Clock, verifier: str) -> None:
    upgrade(engine, "main")
    with engine.begin() as db:
        db.execute(
            insert(table_of(DeskMeta)).values(
                desk_id=config.desk_id,
                generation=GENERATION,
                demo=config.demo,
                created_at=micros(clock.now()),
            )
        )
        begin_log(db, Log(engine, origin(config)), verifier, clock.now())
    engine.dispose()


def open_desk(
    settings: Settings,
    clock: Clock,
    passphrase: bytes,
    *,
    kinds: Iterable[KekKind] = ALL_KINDS,
) -> Desk:
    """Open a desk for a process that may use keys of `kinds`, and recover it.

    Raises DeskSealed and its kinds (exit 7), RolledBack (4), Forked (5), Altered
    (3), MachineFailed (9); nothing was changed then.
    """
    folder = settings.desk_dir
    config = load_config(folder)
    if clock.simulated and not config.demo:
        raise BadInput("Only a demo desk may have a simulated clock.", what="clock")
    clock = steady(clock)
    state = state_folder(settings, config)
    main_reads = open_engine(_main_url(folder, config))
    vault_reads = open_engine(_vault_url(folder, config))
    with ExitStack() as refused:
        refused.callback(main_reads.dispose)
        refused.callback(vault_reads.dispose)
        with database_errors():
            _check_pair(config, main_reads, vault_reads)
        custody = PassphraseFiles.open(
            state,
            passphrase,
            config.desk_id.encode(),
            copies=tuple(Path(copy) for copy in config.epoch_copies),
        )
        if custody.generation != GENERATION:
            raise WrongDesk("Custody and desk are of different generations.", what="custody")
        desk = _compose(
            settings, config, clock, custody, tuple(kinds), main_reads, vault_reads, state
        )
        refused.callback(desk.close)
        with database_errors():
            _refuse_behind(desk)
            recover(desk)
        refused.pop_all()
    return desk


def _check_pair(config: DeskConfig, main: Engine, vault: Engine) -> None:
    for tree, engine in (("main", main), ("vault", vault)):
        if current(engine) != newest(tree):
            raise DeskSealed(
                "The desk was made by another release.",
                what=f"{tree} database",
                next="Run `rightsdesk upgrade`; a newer desk needs a newer rightsdesk.",
            )
    with main.connect() as here, vault.connect() as there:
        first = here.execute(select(table_of(DeskMeta))).one()
        second = there.execute(select(table_of(VaultMeta))).one()
    if not config.desk_id == first.desk_id == second.desk_id:
        raise WrongDesk(
            "The vault belongs to another desk.",
            what="vault",
            next="Put back the vault of this desk; nothing was changed.",
        )
    if first.generation != second.generation:
        raise WrongDesk(
            "Main and vault are of different generations.",
            what="vault",
            next="Put back the databases that belong together.",
        )
    if bool(first.demo) != config.demo:
        raise WrongDesk("Config and database disagree whether this is a demo.", what=CONFIG_FILE)


def _compose(
    settings: Settings,
    config: DeskConfig,
    clock: Clock,
    custody: Custody,
    kinds: tuple[KekKind, ...],
    main_reads: Engine,
    vault_reads: Engine,
    state: Path,
) -> Desk:
    folder = settings.desk_dir
    desk_id = config.desk_id.encode()
    main_engine = open_engine(_main_url(folder, config), immediate=True)
    vault_engine = open_engine(_vault_url(folder, config), immediate=True)
    embedded = is_sqlite(main_engine)
    log = Log(main_engine, origin(config))
    writes = make_writes(
        main_engine, clock, WriterLock(folder / "main.lock") if embedded else None, log
    )
    vault_writes = make_writes(
        vault_engine,
        clock,
        WriterLock(folder / "vault.lock") if embedded else None,
        NoLog(),
        audited=False,
    )
    with vault_reads.connect() as db:
        keyring = open_keyring(custody, desk_id, db, kinds)
        epoch = db.execute(select(table_of(VaultMeta).c.epoch)).scalar_one()
    vault = Vault(
        reads=vault_reads,
        writes=vault_writes,
        main=writes,
        main_reads=main_reads,
        keyring=keyring,
        epoch=epoch,
        origin=log.origin,
        guard=insert_guard(folder, vault_engine),
        custody=custody,
        kinds=kinds,
    )
    store = LedgerFile(state) if embedded else LedgerTable(vault_engine)
    ledger = Ledger(store, keyring.ledger_key, desk_id)
    signing = _signing(config, state, custody)
    return Desk(folder, state, config, clock, main_reads, writes, vault, log, ledger, signing)


def _signing(config: DeskConfig, state: Path, custody: Custody) -> Signing:
    files = CheckpointFiles(state, custody)
    return Signing(files, custody, origin(config), config.controller.zone)


def origin(config: DeskConfig) -> str:
    """The log's origin: names this desk's log in every checkpoint."""
    return f"rightsdesk.local/{config.desk_id}/{GENERATION}"


def _refuse_behind(desk: Desk) -> None:
    """RolledBack when main is older than the ledger of no or the last signed checkpoint.

    Altered when the ledger lacks lines that main has carried out.
    """
    with desk.reading() as db:
        size = desk.log.head(db).size
        done = db.execute(select(table_of(LedgerDone).c.line_id)).scalars().all()
    lines = desk.ledger.lines()
    ahead = [line for line in lines if line.size > size]
    if ahead:
        raise RolledBack(
            f"The desk is behind its ledger of no: {len(ahead)} lines were written when the log"
            " was longer than it is now.",
            what=f"log of {size} entries",
            next="This is an old copy. Put back the newest databases, or use `rightsdesk restore`.",
        )
    refuse_shortened(lines, done)
    desk.signing.refuse_rolled_back(desk.log, desk.reading)


def upgrade_databases(settings: Settings) -> dict[str, dict[str, str]]:
    """Bring both databases to this release's tables; revisions before and after. Logged."""
    config = load_config(settings.desk_dir)
    done = {}
    with database_errors():
        for tree, url in (
            ("vault", _vault_url(settings.desk_dir, config)),
            ("main", _main_url(settings.desk_dir, config)),
        ):
            engine = open_engine(url)
            before = current(engine) or ""
            upgrade(engine, tree)
            done[tree] = {"was": before, "is": current(engine) or ""}
            engine.dispose()
    changed = [
        f"{tree} {at['was']} {at['is']}" for tree, at in done.items() if at["was"] != at["is"]
    ]
    if changed:
        _log_upgrade(settings, config, changed)
    return done


def _log_upgrade(settings: Settings, config: DeskConfig, changed: list[str]) -> None:
    """The entry of an upgrade. Whoever runs it has proved nothing: it is the program's own."""
    folder = settings.desk_dir
    engine = open_engine(_main_url(folder, config), immediate=True)
    lock = WriterLock(folder / "main.lock") if is_sqlite(engine) else None
    log = Log(engine, origin(config))
    writes = make_writes(engine, clock_of(settings), lock, log)
    try:
        writes.write(lambda unit: unit.append("desk.upgraded", RECOVERY_ACTOR, fields=changed))
    finally:
        writes.close()


@contextmanager
def main_reading(settings: Settings) -> Iterator[tuple[Reading, datetime]]:
    """Short reading transactions of main, and the time, without opening the desk.

    For verifying the log of a desk that refuses to open because of it.
    """
    now = clock_of(settings).now()
    engine = open_engine(_main_url(settings.desk_dir, load_config(settings.desk_dir)))

    @contextmanager
    def reading() -> Iterator[Connection]:
        with database_errors(), engine.connect() as db:
            yield db

    try:
        yield reading, now
    finally:
        engine.dispose()


def clock_of(settings: Settings) -> Clock:
    """The system's clock; a demo desk goes on where its own log stopped."""
    if load_config(settings.desk_dir).demo:
        return demo_clock(settings, 0)
    return SystemClock()


def demo_clock(settings: Settings, start_at_us: int) -> DemoClock:
    """A demo desk's clock: at the stated instant, or at the desk's watermark if that is later."""
    config = load_config(settings.desk_dir)
    engine = open_engine(_main_url(settings.desk_dir, config))
    log = Log(engine, origin(config))
    try:
        with database_errors(), engine.connect() as db:
            last = micros(log.head(db).last_at)
    finally:
        engine.dispose()
    return DemoClock(instant(max(start_at_us, last)))


def _main_url(folder: Path, config: DeskConfig) -> str:
    return config.main_url or sqlite_url(folder / "main.db")


def _vault_url(folder: Path, config: DeskConfig) -> str:
    return config.vault_url or sqlite_url(folder / "vault.db")
