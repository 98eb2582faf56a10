"""The door itself: who may knock, what is answered, and what is never said."""

from __future__ import annotations

import gc
import json
import logging
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from privacy.errors import KeyMissing
from privacy.gateway import serving
from privacy.gateway.client import Client, GatewayGone
from privacy.gateway.protocol import Code, EventKind, Problem, State
from privacy.gateway.running import socket_folder, with_call_keys_only
from privacy.gateway.serving import Serving
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.people import Subject
from privacy.terms import KekKind, KeyClass, OpeningPurpose
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, number, scene

pytestmark = pytest.mark.serial


@pytest.fixture
def served(made: MadeDesk) -> Iterator[tuple[Scene, Path]]:
    set_up = scene(made, 3)
    with socket_folder(made.desk) as folder, Serving(set_up.gate, folder / "g.sock") as door:
        yield set_up, door.path


def raw(path: Path, method: str, url: str, **more: Any) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
        return client.request(method, f"http://gateway{url}", **more)


def test_a_call_passes_the_wire_from_permit_to_opt_out(served: tuple[Scene, Path]) -> None:
    set_up, path = served
    client = Client(f"unix:{path}", set_up.token)
    answer = client.permits(set_up.campaign, 1, ["p-1"])
    (permit,) = answer.permits
    assert permit.prompt.startswith("This is Example Retail")
    assert client.redeem(permit.permit).number == number(0)
    told = [(1, EventKind.SENT, 0, ""), (2, EventKind.ENDED, 900, "486")]
    assert client.events(permit.attempt, told).state is State.BUSY
    client.opt_out(permit.attempt, "speech", "please no more")
    client.opt_out_number(number(40))
    assert client.state(permit.attempt).state is State.BUSY
    with pytest.raises(Problem) as refused:
        client.redeem(permit.permit)
    assert refused.value.refusal is Code.USED
    client.close()


def test_a_single_event_as_in_the_contract_is_taken(served: tuple[Scene, Path]) -> None:
    set_up, path = served
    client = Client(f"unix:{path}", set_up.token)
    (permit,) = client.permits(set_up.campaign, 1, ["p-1"]).permits
    client.redeem(permit.permit)
    answer = raw(
        path,
        "POST",
        f"/v1/attempts/{permit.attempt}/events",
        headers={"Authorization": f"Bearer {set_up.token}", "Rightsdesk-Wire": "1"},
        json={"seq": 1, "kind": "sent", "at_ms": 3},
    )
    assert answer.json() == {"attempt": permit.attempt, "state": "dialing", "stop": False}
    client.close()


def test_the_socket_is_for_its_owner_only(served: tuple[Scene, Path]) -> None:
    _, path = served
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.parent.name.startswith("rightsdesk-")


def test_a_peer_of_another_user_is_cut_off_before_it_speaks(
    served: tuple[Scene, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = served
    monkeypatch.setattr(serving, "peer_uid", lambda _: os.geteuid() + 1)
    with pytest.raises(httpx.HTTPError):
        raw(path, "GET", "/v1/attempts/at-x")


def test_the_kernel_says_who_the_peer_is() -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        assert serving.peer_uid(here) == os.geteuid()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Rightsdesk-Wire": "2", "Authorization": "Bearer x"}, 400),
        ({"Rightsdesk-Wire": "1"}, 401),
        ({"Rightsdesk-Wire": "1", "Authorization": "Basic x"}, 401),
        ({"Rightsdesk-Wire": "1", "Authorization": "Bearer " + "x" * 43}, 401),
    ],
)
def test_without_wire_and_token_nothing_is_answered(
    served: tuple[Scene, Path], headers: dict[str, str], status: int
) -> None:
    set_up, path = served
    body = {"campaign": set_up.campaign, "want": 1, "resources": ["p-1"]}
    answer = raw(path, "POST", "/v1/permits", headers=headers, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "permits" not in answer.text


def test_refusals_quote_nothing(served: tuple[Scene, Path]) -> None:
    set_up, path = served
    headers = {"Rightsdesk-Wire": "1", "Authorization": f"Bearer {set_up.token}"}
    bodies: list[bytes] = [
        json.dumps({"number": "0044 20 7946 0055"}).encode(),
        json.dumps({"number": [number(0)]}).encode(),
        number(0).encode(),
        b"{" * 20_000,
        b"x" * 20_000,
    ]
    for body in bodies:
        answer = raw(path, "POST", "/v1/optouts", headers=headers, content=body)
        assert answer.status_code == 400
        assert "7946" not in answer.text
        assert set_up.token not in answer.text


def test_nothing_is_logged(
    served: tuple[Scene, Path], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up, path = served
    with caplog.at_level(logging.DEBUG):
        client = Client(f"unix:{path}", set_up.token)
        (permit,) = client.permits(set_up.campaign, 1, ["p-1"]).permits
        client.redeem(permit.permit)
        client.opt_out_number(number(41))
        client.close()
    said = caplog.text + "".join(capfd.readouterr())
    assert "7946" not in said
    assert set_up.token not in said
    assert permit.permit not in said


def test_a_peer_that_dies_within_its_request_leaves_no_word_and_no_change(
    served: tuple[Scene, Path], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up, path = served
    head = (
        "POST /v1/optouts HTTP/1.1\r\nHost: gateway\r\nRightsdesk-Wire: 1\r\n"
        f"Authorization: Bearer {set_up.token}\r\nContent-Length: 60\r\n\r\n"
    )
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        peer.sendall(head.encode() + b'{"number": "' + number(41).encode())
    # Another one is served after it, so the first has been dealt with.
    for _ in range(3):
        assert raw(path, "POST", "/v1/optouts").status_code == 400
    said = caplog.text + "".join(capfd.readouterr())
    assert "Traceback" not in said
    assert "7946" not in said
    with set_up.desk.reading() as db:
        assert db.execute(select(table_of(SuppressionRow).c.id)).all() == []


# httpcore leaves the socket that it could not connect to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_gateway_that_is_gone_is_told_without_the_request(tmp_path: Path) -> None:
    client = Client(f"unix:{tmp_path / 'nowhere.sock'}", "token")
    with pytest.raises(GatewayGone) as gone:
        client.opt_out_number(number(0))
    assert number(0) not in str(gone.value)
    assert gone.value.__context__ is None
    client.close()
    gc.collect()


def test_a_gateways_keys_open_no_profile(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    subjects = table_of(Subject)
    with made.desk.reading() as db:
        row = db.execute(select(subjects)).one()
    place = Place(Part.PROFILE, row.id, row.id, row.profile_version)
    part = SealedPart(place, KeyClass.DESK, bytes(row.profile_sealed))
    assert made.desk.vault.open([part], "dpo", OpeningPurpose.LOOKUP)
    reopened = made.reopen((KekKind.CALL,))
    try:
        for desk in (with_call_keys_only(made.desk), reopened):
            with pytest.raises(KeyMissing):
                desk.vault.open([part], "gateway", OpeningPurpose.CALL)
    finally:
        reopened.close()
    assert set_up.people
