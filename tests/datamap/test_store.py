"""Versions of the data map: the log says which there are, and nothing else passes for one."""

from __future__ import annotations

import hashlib
import json

import pytest

from privacy.actors import Actor
from privacy.datamap import agreement, desk_facts, reading
from privacy.datamap import store as maps
from privacy.datamap.agreement import Facts, Told
from privacy.errors import Altered, BadInput, Denied
from privacy.terms import Role
from tests.datamap.flows import KAUFHAUS, accepted
from tests.desks import MadeDesk

AUDITOR = Actor("auditor", Role.AUDITOR)


def numbers(made: MadeDesk) -> list[tuple[int, str]]:
    with made.desk.reading() as db:
        return [(each.number, each.by) for each in maps.listed(db)]


def test_each_accepted_version_is_in_the_log_with_its_digest_and_who(store: MadeDesk) -> None:
    made = store
    first = accepted(made)
    second = accepted(made, KAUFHAUS + b"# changed\n", made.dpo)
    assert numbers(made) == [(1, "handler"), (2, "dpo")]
    held = maps.accepted(made.desk, 1)
    assert held.version.digest == first
    assert held.texts == {"kaufhaus.toml": KAUFHAUS.decode()}
    assert maps.accepted(made.desk).version.digest == second
    kept = (maps.folder_of(made.desk) / "versions" / f"{first}.json").read_bytes()
    assert hashlib.sha256(kept).hexdigest() == first
    assert json.loads(kept)["files"]["kaufhaus.toml"] == KAUFHAUS.decode()


def test_what_is_not_valid_replaces_nothing(made: MadeDesk) -> None:
    accepted(made)
    with pytest.raises(BadInput):
        accepted(made, KAUFHAUS.replace(b"DirectMarketing", b"Nonsense"))
    assert maps.files_of(made.desk) == {"kaufhaus.toml": KAUFHAUS}
    assert len(numbers(made)) == 1
    assert maps.is_newest(made.desk)


def test_files_changed_by_hand_are_no_version_until_somebody_accepts_them(made: MadeDesk) -> None:
    accepted(made)
    path = maps.folder_of(made.desk) / "kaufhaus.toml"
    path.write_bytes(KAUFHAUS + b"# by hand\n")
    assert not maps.is_newest(made.desk)
    with pytest.raises(BadInput):
        maps.require_newest(made.desk)
    assert maps.accepted(made.desk).texts == {"kaufhaus.toml": KAUFHAUS.decode()}
    assert maps.accept(made.desk, made.dpo).number == 2
    maps.require_newest(made.desk)
    with pytest.raises(BadInput):
        maps.accept(made.desk, made.dpo)


def test_a_version_that_was_changed_or_is_gone_is_altered(made: MadeDesk) -> None:
    digest = accepted(made)
    path = maps.folder_of(made.desk) / "versions" / f"{digest}.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Marketing", b"Accounting"))
    with pytest.raises(Altered):
        maps.accepted(made.desk)
    path.unlink()
    with pytest.raises(Altered):
        maps.accepted(made.desk)


def test_a_file_beside_the_versions_that_the_log_does_not_name_is_none(made: MadeDesk) -> None:
    accepted(made)
    content = b'{"files":{"x.toml":"schema = 1"}}'
    name = hashlib.sha256(content).hexdigest()
    (maps.folder_of(made.desk) / "versions" / f"{name}.json").write_bytes(content)
    assert len(numbers(made)) == 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN, Role.DIALER])
def test_who_handles_no_requests_accepts_no_map(made: MadeDesk, role: Role) -> None:
    with pytest.raises(Denied):
        accepted(made, by=Actor("other", role))
    assert maps.files_of(made.desk) == {}


def test_a_map_is_begun_once(made: MadeDesk) -> None:
    maps.begin(made.desk, made.handler, "kaufhaus.toml", KAUFHAUS)
    with pytest.raises(Denied):
        maps.begin(made.desk, made.handler, "retail.toml", KAUFHAUS)


MAP = reading.read({"a.toml": KAUFHAUS})


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        (Facts((Told("Unknown Ltd", "processor", "GB"),)), "recipient"),
        (Facts((Told("rufwerk muster gmbh", "processor", "FR"),)), "country"),
        (Facts((Told("Rufwerk Muster GmbH", "controller", "DE"),)), "role"),
        (Facts(asked=frozenset({"survey"})), "purpose"),
        (Facts(bases=frozenset({"contract"})), "purpose"),
    ],
)
def test_what_the_desk_does_and_the_map_does_not_say_is_a_contradiction(
    facts: Facts, what: str
) -> None:
    assert [each.what for each in agreement.compare(MAP, facts)] == [what]


def test_a_desk_that_keeps_longer_than_the_map_says_contradicts_it() -> None:
    assert agreement.compare(MAP, Facts(kept_months={"profile": 24})) == []
    (found,) = agreement.compare(MAP, Facts(kept_months={"profile": 36}))
    assert (found.what, found.text) == (
        "period",
        "The desk keeps profile 36 months, the map says at most 24.",
    )


def test_a_map_that_says_what_the_desk_does_is_not_contradicted(made: MadeDesk) -> None:
    named = (Told("Rufwerk Muster GmbH", "processor", "DE"),)
    assert agreement.compare(MAP, Facts(named, frozenset({"marketing"}))) == []
    (found,) = desk_facts.contradictions(made.desk, MAP)
    assert (found.what, found.where) == ("assessment", "activity.calls")


def test_the_words_of_a_purpose_come_from_the_activity_that_has_it() -> None:
    told = agreement.stated(MAP)
    assert (
        told["marketing"].description == "To tell customers about offers, only with their consent."
    )
