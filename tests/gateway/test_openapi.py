"""The description of the wire against the gateway itself: routes, codes, and real answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from privacy.cli.main import run
from privacy.gateway import openapi
from privacy.gateway.protocol import STATUS, Code, EventKind, State
from privacy.gateway.running import socket_folder
from privacy.gateway.server import DESCRIPTION, ROUTES
from privacy.gateway.serving import Serving
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, scene

pytestmark = pytest.mark.serial
DOCUMENT: dict[str, Any] = json.loads(openapi.text())
SCHEMAS = DOCUMENT["components"]["schemas"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", **DOCUMENT})


def fits(answer: httpx.Response, path: str, method: str) -> None:
    """The answer is one that the description has for that request."""
    described = DOCUMENT["paths"][path][method.lower()]["responses"]
    one = described[str(answer.status_code)]
    if "$ref" in one:
        one = DOCUMENT["components"]["responses"][one["$ref"].rpartition("/")[2]]
    kind = answer.headers["content-type"]
    body = one["content"][kind]["schema"]
    Draft202012Validator({**body, "components": DOCUMENT["components"]}).validate(answer.json())


@pytest.fixture
def served(made: MadeDesk) -> Iterator[tuple[Scene, httpx.Client]]:
    set_up = scene(made, 4)
    headers = {"Authorization": f"Bearer {set_up.token}", "Rightsdesk-Wire": "1"}
    with socket_folder(made.desk) as folder, Serving(set_up.gate, folder / "g.sock") as door:
        transport = httpx.HTTPTransport(uds=str(door.path))
        with httpx.Client(
            transport=transport, base_url="http://gateway", headers=headers
        ) as client:
            yield set_up, client


def test_it_is_openapi_3_1_with_sound_schemas_and_every_reference_leads_somewhere() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    for held in SCHEMAS.values():
        validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema"}).check_schema(
            held
        )
    for ref in re.findall(r'"\$ref": "#/([^"]+)"', openapi.text()):
        found: Any = DOCUMENT
        for step in ref.split("/"):
            found = found[step]


def test_routes_states_kinds_and_codes_are_those_of_the_gateway() -> None:
    described = {
        (method.upper(), path) for path, held in DOCUMENT["paths"].items() for method in held
    }
    assert described == {(method, path) for method, path, _ in ROUTES} | {("GET", DESCRIPTION)}
    assert SCHEMAS["Attempt"]["properties"]["state"]["enum"] == [state.value for state in State]
    assert SCHEMAS["Event"]["properties"]["kind"]["enum"] == [kind.value for kind in EventKind]
    assert set(SCHEMAS["Problem"]["properties"]["code"]["enum"]) == {code.value for code in Code}
    assert set(SCHEMAS["Problem"]["properties"]["status"]["enum"]) == set(STATUS.values())


def test_real_answers_and_refusals_fit_their_schemas(served: tuple[Scene, httpx.Client]) -> None:
    set_up, client = served
    ask = {"campaign": set_up.campaign, "want": 2, "resources": ["p-1", "p-2"]}
    permits = client.post("/v1/permits", json=ask)
    fits(permits, "/v1/permits", "POST")
    permit = permits.json()["permits"][0]
    for _ in range(2):
        fits(
            client.post("/v1/permits/redeem", json={"permit": permit["permit"]}),
            "/v1/permits/redeem",
            "POST",
        )
    base = f"/v1/attempts/{permit['attempt']}"
    event = {"seq": 1, "kind": "sent", "at_ms": 3}
    told = client.post(f"{base}/events", json={"events": [event]})
    fits(told, "/v1/attempts/{attempt}/events", "POST")
    for kind in ("speaking", "abandoned", "refused"):
        wrong = client.post(f"{base}/events", json={"seq": 9, "kind": kind, "at_ms": 3})
        fits(wrong, "/v1/attempts/{attempt}/events", "POST")
    fits(client.get(base), "/v1/attempts/{attempt}", "GET")
    fits(client.get("/v1/attempts/at-x"), "/v1/attempts/{attempt}", "GET")
    opted_out = client.post(f"{base}/optout", json={"how": "key"})
    fits(opted_out, "/v1/attempts/{attempt}/optout", "POST")
    fits(client.post("/v1/optouts", json={"number": "+15550100123"}), "/v1/optouts", "POST")
    fits(client.get("/v1/sounds/" + "a" * 64), "/v1/sounds/{sha256}", "GET")
    for name, answer in (("Permits", permits), ("Attempt", told), ("Recorded", opted_out)):
        assert not schema(name).is_valid({**answer.json(), "more": 1})


# One gateway serves all examples: what they ask changes nothing in it.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    path=st.sampled_from([path for method, path, _ in ROUTES if method == "POST"]), body=json_values
)
def test_any_body_gets_an_answer_that_the_description_has(
    served: tuple[Scene, httpx.Client], path: str, body: Any
) -> None:
    _, client = served
    answer = client.post(path.replace("{attempt}", "at-" + "a" * 26), json=body)
    assert answer.status_code < 500
    fits(answer, path, "POST")


def test_what_the_gateway_takes_the_description_takes_and_the_other_way_round(
    served: tuple[Scene, httpx.Client],
) -> None:
    set_up, client = served
    good = {"campaign": set_up.campaign, "want": 1, "resources": ["p-1"], "over": 0}
    asks = [good, good | {"want": 0}, good | {"want": 21}, good | {"resources": ["+4420"]}]
    asks += [good | {"over": -1}, {"want": 1}, good | {"campaign": "x"}, good | {"want": "1"}]
    for ask in asks:
        taken = client.post("/v1/permits", json=ask).status_code == 200
        assert taken == schema("AskPermits").is_valid(ask), ask


def test_the_command_prints_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gateway", "openapi"]) == 0
    assert json.loads(capsys.readouterr().out) == DOCUMENT
    assert (Path(openapi.__file__).parent / openapi.FILE).read_text() == openapi.text()
