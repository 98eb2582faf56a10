"""A storm: gateways and dialers as real processes, killed and started again on a seeded plan.

Meanwhile people opt out (by the gateway, by the command, by a key), withdraw their consent,
lists of a register come in, and clocks of workers jump by an hour. `Storm.pass_over` lets it
pass and recovers; `Storm.record` is what both sides wrote down.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from privacy.audit.entry import parse
from privacy.cli.dialer_process import Apart, files_of, separated
from privacy.consent import registers, suppression
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.errors import RightsdeskError
from privacy.gateway import campaigns, clock_guard, trunks
from privacy.gateway.campaigns import NewCampaign
from privacy.gateway.client import Client
from privacy.gateway.gate import Gate
from privacy.gateway.protocol import EventKind, State
from privacy.gateway.recovery import settle, under_way
from privacy.gateway.tokens import NewToken, issue_token, revoke_token
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import Channel, ConsentClass, Purpose
from tests.desks import MadeDesk
from tests.dialer.storm.called_side import CalledSide, now_us
from tests.dialer.storm.checks import Call, Limits, Record, Rung, Said
from tests.dialer.storm.law import StormLaw
from tests.gateway.scene import CALLER, SCRIPT
from tests.gateway.scene import number as fictional
from tests.persons import Known, add_people

HERE = Path(__file__)
REPOSITORY = HERE.parents[3]
CHILD = "tests.dialer.storm.gateway_child"
REGISTER = "us_national"
TRUNK = "trunk-1"
RECORDED, LIVE = "recorded", "live"
LIFE = timedelta(hours=6)


def number(person: int) -> str:
    """The number of that person of a storm; none is the caller's own."""
    return fictional(1_000 + person)


@dataclass(frozen=True)
class Plan:
    """How hard it blows. Rates are starts per second; `dialers` names what each one calls.

    `calm`: calls before the first kill, and `earned` of them without an agent: what
    nobody told the end of counts as abandoned, so after kills hardly any is earned (it is
    waited for up to three times as many). `every`:
    calls from one kill to the next, about, so that a slow machine gets as many as a fast one.
    `no_every`: calls from one no to the next.
    """

    people: int
    gateways: int
    dialers: tuple[str, ...]
    kills: int
    every: int
    rate_per_s: float
    places: int
    channels: int = 12
    live_share: float = 0.25
    listed: int = 3
    gap_s: int = 3
    cap: int = 3
    tries: int = 2
    speed: float = 6.0
    seed: int = 1
    calm: int = 12
    earned: int = 0
    by_command: float = 0.1
    no_every: int = 4


@dataclass
class _Worker(threading.Thread):
    """A process that is started again each time it ends, until the storm is over."""

    storm: Storm
    index: int
    process: subprocess.Popen[str] | None = None
    starts: int = 0

    def __post_init__(self) -> None:
        super().__init__(name=f"{type(self).__name__}-{self.index}", daemon=True)
        self.chance = random.Random(f"{self.storm.plan.seed} {self.name}")

    def __hash__(self) -> int:
        return id(self)

    def kill(self) -> bool:
        """SIGKILL, if it runs."""
        process = self.process
        if process is None or process.poll() is not None:
            return False
        process.kill()
        return True


class _Gateway(_Worker):
    @property
    def socket(self) -> Path:
        return self.storm.folder / f"gateway-{self.index}.sock"

    def run(self) -> None:
        log = self.storm.folder / f"gateway-{self.index}.log"
        while not self.storm.over.is_set():
            with log.open("a") as out:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", CHILD, str(self.storm.folder), str(self.socket)],
                    stdout=out,
                    stderr=out,
                    text=True,
                    cwd=REPOSITORY,
                )
            self.starts += 1
            self.process.wait()


class _Dialer(_Worker):
    finished = False

    def run(self) -> None:
        storm, journal = self.storm, self.storm.folder / f"dialer-{self.index}.journal"
        token = storm.token(self.index)
        while not storm.over.is_set() and not self.finished:
            gateway = self.chance.choice(storm.gateways)
            if gateway.socket not in _listening():
                time.sleep(0.1)
                continue
            command = storm.dialer_command(self.index, gateway.socket, journal)
            with separated(command, token.token, apart=Apart(files_of([journal]))) as process:
                self.process = process
                self.starts += 1
                self.finished = self._followed(process)
            if not self.finished and self.chance.random() < 0.5:
                # As `dial` does when it has seen its dialer end.
                revoke_token(storm.made.desk, "dpo", token.dialer_id)
                settle(storm.gate, "dpo", dead_dialer=token.dialer_id)
                token = storm.token(self.index)
            time.sleep(0.2)

    def _followed(self, process: subprocess.Popen[str]) -> bool:
        """Until it ends; whether it said that nobody is left to call."""
        last = ""
        assert process.stdout is not None
        with (self.storm.folder / f"dialer-{self.index}.log").open("a") as log:
            for line in process.stdout:
                log.write(line)
                last = line
        return process.wait() == 0 and json.loads(last or "{}").get("done") is True


@dataclass
class Storm:
    """One storm over one new desk; all its files are in `folder`."""

    made: MadeDesk
    folder: Path
    plan: Plan
    said: list[Said] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    jumps: int = 0
    imports: int = 0
    issued: list[NewToken] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.plan.seed)
        self.secret = self.chance.getrandbits(128)
        desk = self.made.desk
        reached_at = [(number(n), f"canary{n}@example.org") for n in self._numbered()]
        self.people = add_people(desk, reached_at)
        self.tags = {desk.vault.keyring.tags.number_tag(number(n)): n for n in self._numbered()}
        self.digests = {
            hashlib.sha256(f"{self.secret}|{number(n)}".encode()).hexdigest(): n
            for n in self._numbered()
        }
        self.listed = frozenset(self.chance.sample(range(self.plan.people), self.plan.listed))
        self._consents()
        self._list()
        self.campaigns = {name: self._campaign(name) for name in sorted(set(self.plan.dialers))}
        trunks.put(desk, self.made.dpo, TRUNK, self.plan.rate_per_s, self.plan.places)
        self.gate = Gate(desk, StormLaw())
        self.gateways = [_Gateway(self, n) for n in range(self.plan.gateways)]
        self.dialers = [_Dialer(self, n) for n in range(len(self.plan.dialers))]

    def _numbered(self) -> range:
        return range(self.plan.people)

    def _consents(self) -> None:
        at = self.made.clock.now() - timedelta(days=1)
        written = ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT
        grant = RecordKind.GRANT
        news = [
            NewRecord(
                one.subject_id, one.phone_point, grant, "marketing", channel, written, at, "form"
            )
            for one in self.people
            for channel in (Channel.VOICE_PRERECORDED, Channel.VOICE_LIVE)
        ]
        consent_store.record(self.made.desk, self.made.handler, news)

    def _list(self) -> None:
        numbers = [number(n) for n in sorted(self.listed)]
        today = self.made.desk.now().date()
        registers.load(self.made.desk, self.made.dpo, REGISTER, numbers, today, "storm")
        self.imports += 1

    def _campaign(self, name: str) -> str:
        plan, live = self.plan, name == LIVE
        new = NewCampaign(
            name,
            Purpose.MARKETING,
            CALLER,
            SCRIPT,
            channel=Channel.VOICE_LIVE if live else Channel.VOICE_PRERECORDED,
            trunk=TRUNK,
            rate_per_s=self.rate_of(name),
            concurrency=plan.places,
            max_attempts=plan.tries,
            min_gap_s=plan.gap_s,
            ring_s=5,
            max_s=5,
            cap_calls=plan.cap,
            cap_hours=24,
            over_most=4 if live else 0,
        )
        campaign = campaigns.create(self.made.desk, self.made.dpo, new)
        share = self.people if not live else self.people[: int(plan.people * plan.live_share)]
        points = [one.phone_point for one in share]
        campaigns.add(self.made.desk, self.made.dpo, campaign, points)
        campaigns.start(self.made.desk, self.made.dpo, campaign)
        return campaign

    def rate_of(self, name: str) -> float:
        """Each campaign alone stays under the trunk's rate; together they would pass it."""
        return self.plan.rate_per_s * (0.5 if name == LIVE else 0.75)

    def token(self, index: int) -> NewToken:
        """A new token for the dialer of that place; it is one that the package started."""
        new = issue_token(
            self.made.desk,
            self.made.dpo,
            [self.campaigns[self.plan.dialers[index]]],
            rate_per_s=100,
            total=100_000,
            life=LIFE,
            inside=True,
        )
        self.issued.append(new)
        return new

    def dialer_command(self, index: int, socket: Path, journal: Path) -> list[str]:
        """What a dialer is started with; it is confined like any other."""
        name = self.plan.dialers[index]
        own = [str(self.folder / "called.sock"), "2" if name == LIVE else "0"]
        options = ["--gateway", f"unix:{socket}", "--campaign", self.campaigns[name]]
        options += ["--channels", str(self.plan.channels), "--speed", str(self.plan.speed)]
        options += ["--patience", str(self.plan.gap_s + 4), "--journal", str(journal)]
        program = HERE.with_name("dialer_child.py").read_text()
        return ["-c", program, *own, *options, "--seed", str(self.secret)]

    def pass_over(self) -> CalledSide:
        """Let it blow until nobody is left to call, then recover; the called side's journal."""
        called = CalledSide(self.folder)
        with called, self._blowing(called):
            self._until(called, self.plan.calm)
            while called.earned < self.plan.earned and called.rings < 3 * self.plan.calm:
                self._until(called, 1)
                if self._is_done():
                    break
            for _ in range(self.plan.kills):
                self._until(called, int(self.plan.every * (0.5 + self.chance.random())))
                self._strike()
            for dialer in self.dialers:
                dialer.join(timeout=600)
        if any(dialer.is_alive() for dialer in self.dialers):
            raise TimeoutError("a dialer never came to an end")
        return called

    @contextlib.contextmanager
    def _blowing(self, called: CalledSide) -> Iterator[None]:
        noes = threading.Thread(target=self._noes, args=[called], name="noes", daemon=True)
        workers = [*self.gateways, *self.dialers]
        for worker in workers:
            worker.start()
        noes.start()
        try:
            yield
        finally:
            self.over.set()
            for worker in workers:
                while worker.is_alive():
                    worker.kill()
                    worker.join(0.1)
            noes.join()

    def _until(self, called: CalledSide, more: int) -> None:
        """Until so many more calls have rung; no longer, if nobody is left to call."""
        before = called.rings
        ended = self.over.is_set
        while called.rings < before + more and not ended() and not self._is_done():
            self._wait(0.02)

    def _is_done(self) -> bool:
        return all(one.finished for one in self.dialers)

    def _wait(self, seconds: float) -> None:
        self.over.wait(seconds)

    def _strike(self) -> None:
        """A kill; each third time the clock of a gateway jumps as well."""
        workers = [*self.gateways, *(one for one in self.dialers if not one.finished)]
        worker = self.chance.choice(workers)
        while not worker.kill():
            self._wait(0.05)
            worker = self.chance.choice(workers)
        self.kills[type(worker).__name__.strip("_").lower()] += 1
        if sum(self.kills.values()) % 3 == 2:
            self._jump(self.chance.choice(self.gateways))

    def _jump(self, gateway: _Gateway) -> None:
        """An hour ahead or back. On one machine that gives no permits until somebody has put
        the clock right and cleared it; the gateway is started again with the right one."""
        process = gateway.process
        while process is None or process.poll() is not None or gateway.socket not in _listening():
            self._wait(0.1)
            process = gateway.process
        process.send_signal(self.chance.choice([signal.SIGUSR1, signal.SIGUSR2]))
        self.jumps += 1
        if is_sqlite(self.made.desk.reads):
            self._wait(1.0)
            gateway.kill()
            self._wait(0.2)
            clock_guard.clear(self.made.desk, "dpo")

    def _noes(self, called: CalledSide) -> None:
        """People say no, in every way there is; each is noted once it was acknowledged."""
        chance = random.Random(f"{self.plan.seed} noes")
        persons = chance.sample(self._numbered(), self.plan.people)
        while persons:
            self._until(called, self.plan.no_every)
            if self.over.is_set() or self._is_done():
                return
            person = persons.pop()
            drawn = chance.random()
            if drawn < self.plan.by_command:
                self._no(person, "command")
            elif drawn < 0.4:
                self._no(person, "withdrawal")
            elif drawn < 0.6:
                self._no(person, "desk")
            else:
                self._no(person, "gateway")
            if len(persons) % 5 == 0:
                self._list()

    def _no(self, person: int, way: str) -> None:
        if getattr(self, f"_by_{way}")(person):
            self.said.append(Said(person, now_us(), way))

    def _by_command(self, person: int) -> bool:
        return self.command("optout", "--phone", "-", told=number(person)).returncode == 0

    def _by_desk(self, person: int) -> bool:
        suppression.opt_out(
            self.made.desk, self.made.handler, phone=number(person), source="telephone"
        )
        return True

    def _by_withdrawal(self, person: int) -> bool:
        known: Known = self.people[person]
        consent_store.withdraw(
            self.made.desk, self.made.handler, known.subject_id, None, source="letter"
        )
        return True

    def _by_gateway(self, person: int) -> bool:
        """Whether the gateway said so: if it is gone at that moment, nothing was acknowledged."""
        token = self.issued[0].token
        client = Client(f"unix:{self.gateways[person % len(self.gateways)].socket}", token)
        try:
            client.opt_out_number(number(person))
        except RightsdeskError:
            return False
        finally:
            client.close()
        return True

    def command(self, *words: str, told: str = "") -> subprocess.CompletedProcess[str]:
        """A command on the desk, as staff give it."""
        program = Path(sys.executable).with_name("rightsdesk")
        done = subprocess.run(
            [str(program), *words, "--as", "dpo"],
            input=told + "\n",
            capture_output=True,
            text=True,
            env=os.environ.copy(),
            timeout=300,
        )
        with (self.folder / "commands.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        return done

    def recover(self, *, at_once: bool) -> None:
        """What `dial` does for a dialer that it saw end, or else `rightsdesk work`, once every
        call must be over by the clock."""
        if at_once:
            for token in self.issued:
                settle(self.gate, "dpo", dead_dialer=token.dialer_id)
            return
        time.sleep(under_way(self.gate)[1] + 31)
        done = self.command("work", "--once")
        if done.returncode:
            raise AssertionError("rightsdesk work failed")

    def record(self, called: CalledSide) -> Record:
        """What both sides wrote down."""
        attempts, consents = table_of(AttemptRow), table_of(ConsentRow)
        with self.made.desk.reading() as db:
            calls = tuple(self._call(row) for row in db.execute(select(attempts)))
            tags = db.execute(select(table_of(SuppressionRow).c.tag)).scalars()
            opted_out = {(self.tags[bytes(tag)], True) for tag in tags}
            subjects = {one.subject_id: n for n, one in enumerate(self.people)}
            gone = select(consents.c.subject_id).where(consents.c.kind == RecordKind.WITHDRAWAL)
            withdrawn = {(subjects[row], False) for row in db.execute(gone).scalars()}
            entries = table_of(AuditEntry)
            bodies = db.execute(
                select(entries.c.body).where(entries.c.action == "number.released")
            ).scalars()
            released = Counter(str(parse(bytes(body))["object"]) for body in bodies)
        whom = {call.attempt: call.person for call in calls}
        keys = [
            Said(whom[note["confirmed"]], note["at_us"], "key") for note in called.told("confirmed")
        ]
        rung = [
            Rung(note["placed"], self.digests.get(note["digest"], -1), note["at_us"])
            for note in called.told("placed")
        ]
        return Record(
            self.limits(),
            tuple(rung),
            calls,
            (*self.said, *keys),
            frozenset(opted_out | withdrawn),
            self.listed,
            released,
        )

    def _call(self, row: object) -> Call:
        tag: bytes = row.tag  # type: ignore[attr-defined]
        return Call(
            row.id,  # type: ignore[attr-defined]
            row.campaign_id,  # type: ignore[attr-defined]
            row.trunk,  # type: ignore[attr-defined]
            self.tags[bytes(tag)],
            State(row.state),  # type: ignore[attr-defined]
            row.issued_at,  # type: ignore[attr-defined]
            row.redeemed_at,  # type: ignore[attr-defined]
            row.slot_until_at,  # type: ignore[attr-defined]
            row.ended_at,  # type: ignore[attr-defined]
            bool(row.over),  # type: ignore[attr-defined]
            row.answered_by == EventKind.HUMAN.value,  # type: ignore[attr-defined]
        )

    def limits(self) -> Limits:
        """What the storm's campaigns and trunk allow."""
        plan = self.plan
        rates = {self.campaigns[name]: self.rate_of(name) for name in self.campaigns}
        return Limits(
            gap_us=plan.gap_s * 1_000_000,
            cap=plan.cap,
            cap_us=86_400_000_000,
            tries=plan.tries,
            rates={**rates, TRUNK: plan.rate_per_s},
            places=dict.fromkeys([*self.campaigns.values(), TRUNK], plan.places),
        )


def _listening() -> set[Path]:
    """Unix sockets at which some process listens (/proc/net/unix: flag of a listener)."""
    rows = (line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:])
    return {Path(row[-1]) for row in rows if row[3] == "00010000" and len(row) == 8}
