"""Dialers elsewhere: over TLS with checked names, with tokens of their own, each number told."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Role, Way
from privacy.errors import BadInput
from privacy.gateway.client import Client, GatewayGone, Trust
from privacy.gateway.protocol import Code, Problem
from privacy.gateway.serving import Network, Serving, tls_context
from privacy.gateway.tokens import NewToken, Outside, issue_token
from privacy.rights import recipients
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.gateway.certificates import Authority, authority
from tests.gateway.scene import RunningClock, Scene, number, scene

pytestmark = pytest.mark.serial
COMPANY = "Example Dialers GmbH"


def outside_token(set_up: Scene, *, total: int = 10, rate_per_s: float = 100) -> NewToken:
    return issue_token(
        set_up.desk,
        set_up.made.dpo,
        [set_up.campaign],
        rate_per_s=rate_per_s,
        total=total,
        life=timedelta(hours=8),
        outside=Outside("example", COMPANY, Role.PROCESSOR, "DE"),
    )


@pytest.fixture
def signed(tmp_path: Path) -> Authority:
    (tmp_path / "tls").mkdir()
    return authority(tmp_path / "tls")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[MadeDesk]:
    made = make_desk(tmp_path, clock=RunningClock())
    yield made
    made.desk.close()


def door(signed: Authority, *hosts: str, client_ca: Path | None = None) -> Network:
    chain, key = signed.issue("gateway", *(hosts or ("127.0.0.1",)))
    return Network("127.0.0.1", 0, chain, key, client_ca)


def test_each_number_given_outside_is_told_of_in_the_ledger_and_in_an_answer_once(
    store: MadeDesk, signed: Authority
) -> None:
    set_up = scene(store, 3)
    token = outside_token(set_up)
    with Serving(set_up.gate, door(signed)) as served:
        client = Client(served.address, token.token, Trust(signed.file))
        permits = client.permits(set_up.campaign, 3, set_up.resources[:3]).permits
        released = client.redeem(permits[0].permit)
        with pytest.raises(Problem):
            client.redeem(permits[0].permit)
        client.close()
    with store.desk.reading() as db:
        (line,) = disclosures.listed(db)
    (person,) = [one for one in set_up.people if one.subject_id == line.subject_id]
    assert number(set_up.people.index(person)) == released.number
    given = line.given
    assert (given.recipient, given.role, given.way) == (COMPANY, Role.PROCESSOR, Way.PERMIT)
    assert (given.what, given.ref, given.country) == (("phone",), released.attempt, "DE")
    (told,) = recipients.of(store.desk, [person.subject_id])
    assert (told.name, told.role) == (COMPANY, "processor")
    others = [one.subject_id for one in set_up.people if one is not person]
    assert recipients.of(store.desk, others) == []


def test_the_gateway_must_prove_its_name_by_the_given_authority(
    made: MadeDesk, signed: Authority, tmp_path: Path
) -> None:
    set_up = scene(made, 1)
    (tmp_path / "other").mkdir()
    stranger = authority(tmp_path / "other")
    for hosts, trust in (
        (("127.0.0.1",), Trust(stranger.file)),
        (("gateway.example",), Trust(signed.file)),
        (("127.0.0.1",), Trust()),
    ):
        with Serving(set_up.gate, door(signed, *hosts)) as served:
            client = Client(served.address, set_up.token, trust)
            with pytest.raises(GatewayGone) as refused:
                client.permits(set_up.campaign, 1, ["p-1"])
            assert "ConnectError" in str(refused.value)
            client.close()
    assert not set_up.gate.held


def test_a_dialer_must_show_a_certificate_where_the_gateway_asks_for_one(
    made: MadeDesk, signed: Authority
) -> None:
    set_up = scene(made, 1)
    chain, key = signed.issue("dialer")
    with Serving(set_up.gate, door(signed, client_ca=signed.file)) as served:
        without = Client(served.address, set_up.token, Trust(signed.file))
        with pytest.raises(GatewayGone):
            without.permits(set_up.campaign, 1, ["p-1"])
        without.close()
        client = Client(served.address, set_up.token, Trust(signed.file, chain, key))
        assert client.permits(set_up.campaign, 1, ["p-1"]).permits
        client.close()


def test_neither_plain_tcp_nor_old_tls_gets_a_word(made: MadeDesk, signed: Authority) -> None:
    set_up = scene(made, 1)
    with Serving(set_up.gate, door(signed)) as served:
        host, port = served.address.removeprefix("https://").split(":")
        where = (host, int(port))
        with socket.create_connection(where, 5) as plain:
            plain.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                answer = plain.recv(4096)
            assert b"HTTP" not in answer
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLS"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection(where, 5) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            old.wrap_socket(plain)
    for gateway in ("http://127.0.0.1:1", "127.0.0.1:1", "ftp://x", ""):
        with pytest.raises(BadInput):
            Client(gateway, "token")


def test_a_token_of_a_dialer_that_the_package_started_is_not_taken_over_the_network(
    made: MadeDesk, signed: Authority
) -> None:
    set_up = scene(made, 1)
    inside = issue_token(
        made.desk,
        made.dpo,
        [set_up.campaign],
        rate_per_s=1,
        total=1,
        life=timedelta(hours=1),
        inside=True,
    )
    with Serving(set_up.gate, door(signed)) as served:
        client = Client(served.address, inside.token, Trust(signed.file))
        with pytest.raises(Problem) as refused:
            client.permits(set_up.campaign, 1, ["p-1"])
        assert refused.value.refusal is Code.BAD_TOKEN
        client.close()


def test_a_key_that_others_may_read_or_that_is_not_the_certificates_is_refused(
    signed: Authority,
) -> None:
    where = door(signed)
    other = signed.issue("other", "127.0.0.1")[1]
    with pytest.raises(BadInput):
        tls_context(Network("127.0.0.1", 0, where.certificate, other))
    where.key.chmod(0o640)
    with pytest.raises(BadInput):
        tls_context(where)


def dialer(where: str, token: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The console script's own entrance, as somebody elsewhere starts it."""
    program = "import sys; from dialer.worker import main; main()"
    words = [sys.executable, "-I", "-c", program, "--gateway", where, "--token-file", str(token)]
    return subprocess.run(
        [*words, *more], capture_output=True, text=True, timeout=60, env=os.environ, check=False
    )


def test_a_dialer_elsewhere_runs_a_campaign_by_its_token_and_the_authoritys_file(
    running: MadeDesk, signed: Authority, tmp_path: Path
) -> None:
    set_up = scene(running, 6)
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(outside_token(set_up, total=4).token + "\n")
    more = ["--campaign", set_up.campaign, "--speed", "500"]
    more += ["--journal", str(tmp_path / "journal"), "--simulator-log", str(tmp_path / "placed")]
    with Serving(set_up.gate, door(signed, "localhost")) as served:
        where = served.address.replace("127.0.0.1", "localhost")
        ran = dialer(where, token, "--ca-file", str(signed.file), *more)
        wrong = dialer(where, token, *more)
        plain = dialer(where.replace("https", "http"), token, *more)
        token.chmod(0o644)
        open_to_all = dialer(where, token, "--ca-file", str(signed.file), *more)
    # The quota ends it: four numbers, and a fifth one nobody gets.
    assert ran.returncode in (0, 1), ran
    assert len((tmp_path / "placed").read_text().splitlines()) == 4
    with running.desk.reading() as db:
        assert len(disclosures.listed(db)) == 4
    for said, what in ((wrong, "gateway"), (plain, "--gateway"), (open_to_all, "--token-file")):
        assert said.returncode != 0
        last = json.loads(said.stdout.splitlines()[-1])
        assert what in json.dumps(last), said
    (tmp_path / "said").write_text("".join(one.stdout + one.stderr for one in (ran, wrong, plain)))
    token.unlink()
    assert not find_leaks(tmp_path, [number(n) for n in range(6)])


def test_the_description_of_the_wire_is_open_and_nothing_else_is(
    made: MadeDesk, signed: Authority
) -> None:
    set_up = scene(made, 1)
    trust = Trust(signed.file).context()
    with Serving(set_up.gate, door(signed)) as served, httpx.Client(verify=trust) as client:
        described: dict[str, Any] = client.get(f"{served.address}/v1/openapi.json").json()
        assert described["openapi"] == "3.1.0"
        for path in ("/", "/docs", "/v1", "/v1/permits", "/v1/attempts", "/openapi.json"):
            answer = client.get(f"{served.address}{path}")
            assert answer.status_code in (401, 404, 405)
