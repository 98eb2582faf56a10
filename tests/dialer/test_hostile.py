"""Every attack of hostile.py against a real gateway: each gets what the page says, no more."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from privacy.consent import suppression
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Role
from privacy.gateway import campaigns, serving
from privacy.gateway.campaigns import NewCampaign
from privacy.gateway.client import Trust
from privacy.gateway.issue import issue
from privacy.gateway.running import socket_folder
from privacy.gateway.serving import Network, Serving
from privacy.gateway.tokens import Outside, issue_token
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import DecisionRow
from privacy.terms import Purpose
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.dialer.hostile import ATTACKS, NOBODY, Attack, Got, Ground
from tests.gateway.certificates import authority
from tests.gateway.scene import CALLER, SCRIPT, RunningClock, Scene, number, scene
from tests.gateway.test_compromised import released_entries

pytestmark = pytest.mark.serial
PEOPLE = 60
PAGE = Path(__file__).parent.parent.parent / "docs" / "gateway.md"
OPTED_OUT = range(0, PEOPLE, 7)


@pytest.fixture(
    params=[
        "sqlite-tls",
        pytest.param("sqlite-socket", marks=pytest.mark.long),
        pytest.param("postgresql-tls", marks=pytest.mark.long),
    ]
)
def attacked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Scene, Ground]]:
    """A gateway over a desk of sixty, some of whom opted out, and a token from outside."""
    store, _, way = request.param.partition("-")
    urls = request.getfixturevalue("postgres_tables") if store == "postgresql" else None
    made = make_desk(tmp_path, clock=RunningClock(), urls=urls)
    set_up = scene(made, PEOPLE, rate_per_s=100, min_gap_s=60)
    for n in OPTED_OUT:
        suppression.opt_out(made.desk, made.handler, phone=number(n), source="telephone")
    with door(set_up, tmp_path, over_network=way == "tls") as (address, trust):
        yield set_up, ground(set_up, address, trust)
    made.desk.close()


@contextmanager
def door(set_up: Scene, folder: Path, *, over_network: bool) -> Iterator[tuple[str, Trust]]:
    if not over_network:
        with socket_folder(set_up.desk) as place, Serving(set_up.gate, place / "g.sock") as served:
            yield served.address, Trust()
        return
    (folder / "tls").mkdir()
    signed = authority(folder / "tls")
    chain, key = signed.issue("gateway", "127.0.0.1", "127.0.0.2")
    with Serving(set_up.gate, Network("0.0.0.0", 0, chain, key)) as served:
        yield served.address.replace("0.0.0.0", "127.0.0.1"), Trust(signed.file)


def ground(set_up: Scene, address: str, trust: Trust) -> Ground:
    made = set_up.made
    issued = issue_token(
        set_up.desk,
        made.dpo,
        [set_up.campaign],
        rate_per_s=50,
        total=40,
        life=timedelta(hours=8),
        outside=Outside("hostile", "Hostile Dialers Ltd", Role.PROCESSOR),
    )
    new = NewCampaign("Winter", Purpose.MARKETING, CALLER, SCRIPT)
    other = campaigns.create(made.desk, made.dpo, new)
    (foreign,) = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, ["q-1"]).permits
    return Ground(
        address, issued.token, set_up.campaign, trust, other, foreign.attempt, set_up.wait
    )


def answered(ground: Ground) -> bool:
    """Whether one more connection gets a word."""
    try:
        with ground.connection() as bare:
            bare.sendall(ground.head("/v1/openapi.json", "Content-Length: 0", method="GET"))
            return bool(bare.recv(1))
    except OSError:
        return False


def held(attack: type[Attack], got: Got) -> bool:
    return len(got.numbers) <= attack.most and set(got.codes) <= attack.refused


def test_no_attack_gets_more_than_the_page_says(
    attacked: tuple[Scene, Ground], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up, ground = attacked
    monkeypatch.setattr(serving, "REQUEST_S", 1.0)
    result: dict[str, Got] = {}
    for attack in ATTACKS:
        if attack.over_network_only and not ground.gateway.startswith("https"):
            continue
        result[attack.name] = got = attack().run(ground)
        assert held(attack, got), (attack.name, got)
        # What the attack took away, others have again.
        set_up.wait(400)
    assert len(result) >= 18
    got_all = [one for got in result.values() for one in got.numbers]
    assert len(got_all) == len(set(got_all)) > 8
    assert not set(got_all) & {number(n) for n in OPTED_OUT}
    # Each number is in the log, decided, and told of in the ledger; a lost one too.
    given = released_entries(set_up)
    assert len(given) == len(set(given))
    assert len(got_all) <= len(given) <= len(got_all) + 1
    with set_up.desk.reading() as db:
        lines = disclosures.listed(db)
        decided = db.execute(
            select(func.count()).where(
                table_of(DecisionRow).c.decision == "allow",
                table_of(DecisionRow).c.attempt_id.in_(given),
            )
        ).scalar_one()
    assert Counter(line.given.ref for line in lines) == Counter(given)
    assert decided == len(given)
    if "many connections" in result:
        assert result["many connections"].cut_off >= 90 - serving.MOST_OF_ONE_PEER
        assert result["slow send"].cut_off
    assert not find_leaks(tmp_path, [*(number(n) for n in range(PEOPLE)), NOBODY])


def test_others_are_served_while_one_peer_holds_all_its_connections(
    made: MadeDesk, tmp_path: Path
) -> None:
    set_up = scene(made, 1)
    with door(set_up, tmp_path, over_network=True) as (address, trust):
        hostile = ground(set_up, address, trust)
        held_open = [hostile.connection() for _ in range(serving.MOST_OF_ONE_PEER)]
        assert not answered(hostile)
        other = httpx.HTTPTransport(verify=trust.context(), local_address="127.0.0.2")
        with httpx.Client(transport=other) as client:
            assert client.get(f"{address}/v1/openapi.json").status_code == 200
        for one in held_open:
            one.close()


def test_the_page_names_every_attack_with_what_it_gains() -> None:
    page = PAGE.read_text()
    assert len(ATTACKS) >= 15
    for attack in ATTACKS:
        assert f"| {attack.name} | {attack.gains} |" in page


def test_the_attacks_run_as_a_program_and_tell_no_number(made: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(made, 4)
    with socket_folder(made.desk) as folder, Serving(set_up.gate, folder / "g.sock") as served:
        (tmp_path / "token").write_text(set_up.token)
        words = ["--gateway", served.address, "--token-file", str(tmp_path / "token")]
        words += ["--campaign", set_up.campaign, "--longest-wait", "0"]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.dialer.hostile", *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {one["attack"] for one in said} >= {"replay", "flood", "guessed id"}
    assert not any(number(n) in ran.stdout + ran.stderr for n in range(4))
