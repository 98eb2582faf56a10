"""What a desk adds to the law judges its live permits, and its placed calls afterwards."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from privacy.actors import Act, Actor
from privacy.audit.checking import check_database
from privacy.cli import campaign_report
from privacy.consent import registers
from privacy.errors import Altered, BadInput, Denied
from privacy.gateway import desk_law
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.client import Client
from privacy.gateway.facts import with_additions
from privacy.gateway.issue import issue
from privacy.gateway.previewing import preview
from privacy.gateway.protocol import Code, PermitsAnswer, Problem
from privacy.gateway.redeem import redeem
from privacy.gateway.review import Review
from privacy.gateway.running import serving_campaign
from privacy.gateway.standing import explain
from privacy.law import calling
from privacy.law.own_rules import OwnRules
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import Role
from tests.desks import MadeDesk
from tests.gateway import looking
from tests.gateway.scene import Scene, number, scene

# Wednesday is closed by it; the scene's clock stands on a Wednesday afternoon.
NO_WEDNESDAY = """version = "7"
as_of = "2026-11-01"
[[rule]]
id = "own-no-wednesday"
jurisdiction = "GB"
channel = ["voice_live", "voice_prerecorded", "text"]
applies_to = ["marketing"]
kind = "hours"
effective_from = "2026-01-01"
effective_verified = true
citation = "Board of 3 November 2026, item 4"
source_url = "https://www.example.org/rules"
verified = true
verification = "primary"
notes = ""
params = { hours = { mon = [["09:00", "20:00"]], tue = [["09:00", "20:00"]], thu = [["09:00", "20:00"]], fri = [["09:00", "20:00"]], holiday = [] } }
decide = {}
"""  # noqa: E501
NO_SUNDAY = NO_WEDNESDAY.replace("own-no-wednesday", "own-weekdays").replace(
    "tue =", 'wed = [["09:00", "20:00"]], tue ='
)


def live(store: MadeDesk, count: int = 1) -> Scene:
    """A running campaign with the law as it is in the pack, and fresh registers."""
    for register in ("gb_tps", "gb_ctps"):
        registers.load(store.desk, store.dpo, register, [number(60)], date(2026, 11, 10), "test")
    set_up = scene(store, count)
    set_up.gate.law = calling.answer
    return set_up


def permits(set_up: Scene) -> PermitsAnswer:
    return issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)


def set_rules(store: MadeDesk, text: str) -> str:
    rules = desk_law.set_own_rules(store.desk, store.dpo, "own.toml", text.encode())
    return rules.pack.sha256


def place(set_up: Scene) -> str:
    """One call that was permitted and whose number left."""
    (permit,) = permits(set_up).permits
    return redeem(set_up.gate, set_up.dialer, permit.permit).attempt


def looked(set_up: Scene) -> Review:
    return looking.looked(set_up)[0].found


def test_an_own_rule_denies_at_issue_what_the_law_allows(store: MadeDesk) -> None:
    set_up = live(store, 2)
    assert preview(set_up.desk, store.dpo, set_up.campaign, calling.answer).allowed == 2
    digest = set_rules(store, NO_WEDNESDAY)
    assert preview(set_up.desk, store.dpo, set_up.campaign, calling.answer).denied == 2
    answer = permits(set_up)
    assert answer.none_because == ({"rule": "own-no-wednesday", "count": 2},)
    with set_up.desk.reading() as db:
        row = db.execute(select(table_of(DecisionRow))).first()
    assert row is not None
    shown = explain(set_up.desk, store.dpo, set_up.campaign, row.id, with_facts=True)
    assert shown["facts"]["own_rules"]["sha256"] == digest
    assert shown["pack_sha256"] == calling.answer(shown["facts"]["law_call"])["pack"]["sha256"]


def test_an_own_rule_set_between_issue_and_redemption_denies(store: MadeDesk) -> None:
    set_up = live(store)
    (permit,) = permits(set_up).permits
    digest = set_rules(store, NO_WEDNESDAY)
    with pytest.raises(Problem) as refused:
        redeem(set_up.gate, set_up.dialer, permit.permit)
    assert refused.value.refusal is Code.CLOSED_HOURS
    table = table_of(DecisionRow)
    with set_up.desk.reading() as db:
        (row,) = db.execute(select(table).where(table.c.stage == "redeem")).all()
    assert (row.decision, row.deciding_rule) == ("deny", "own-no-wednesday")
    shown = explain(set_up.desk, store.dpo, set_up.campaign, row.id, with_facts=True)
    assert shown["facts"]["own_rules"]["sha256"] == digest


def test_an_own_rule_set_while_the_law_is_asked_denies_that_very_permit(store: MadeDesk) -> None:
    set_up = live(store)
    asked: list[bool] = []

    def law(document: dict[str, Any], own: OwnRules | None = None, /) -> dict[str, Any]:
        """Asked before the transaction; by then somebody sets a rule."""
        asked.append(own is not None)
        if len(asked) == 1:
            set_rules(store, NO_WEDNESDAY)
        return calling.answer(document, own)

    set_up.gate.law = law
    assert permits(set_up).none_because == ({"rule": "own-no-wednesday", "count": 1},)
    assert asked[0] is False
    assert asked[-1] is True


def test_own_rules_that_were_cleared_deny_no_more(made: MadeDesk) -> None:
    set_up = live(made)
    set_rules(made, NO_WEDNESDAY)
    assert desk_law.clear_own_rules(made.desk, made.dpo)
    assert not desk_law.clear_own_rules(made.desk, made.dpo)
    assert len(permits(set_up).permits) == 1


def test_rules_that_are_set_again_are_those_of_the_last_entry(store: MadeDesk) -> None:
    live(store)
    for text in (NO_WEDNESDAY, NO_SUNDAY, NO_WEDNESDAY, NO_SUNDAY):
        digest = set_rules(store, text)
        with store.desk.reading() as db:
            assert desk_law.additions(db).own_sha256 == digest
    reopened = store.reopen()
    try:
        with reopened.reading() as db:
            rules = desk_law.own_rules(reopened.folder, db)
    finally:
        reopened.close()
    assert rules is not None
    assert [rule.id for rule in rules.rules] == ["own-weekdays"]
    assert not check_database(store.desk.reading, now=store.clock.now()).findings


def test_a_file_swapped_behind_the_desks_back_stops_every_call(made: MadeDesk) -> None:
    set_up = live(made, 2)
    digest = set_rules(made, NO_SUNDAY)
    first, second = permits(set_up).permits
    redeem(set_up.gate, set_up.dialer, first.permit)
    set_up.wait(1)
    path = made.desk.folder / desk_law.FOLDER / f"{digest}.toml"
    path.write_text(NO_SUNDAY.replace("20:00", "21:00"))
    with pytest.raises(Altered):
        redeem(set_up.gate, set_up.dialer, second.permit)
    with pytest.raises(Altered):
        preview(made.desk, made.dpo, set_up.campaign, calling.answer)
    with (
        pytest.raises(Altered),
        serving_campaign(made.desk, made.dpo, set_up.campaign, calling.answer),
    ):
        pass
    with pytest.raises(Altered):
        looked(set_up)
    path.unlink()
    with pytest.raises(Altered, match="cannot be read"):
        redeem(set_up.gate, set_up.dialer, second.permit)
    set_rules(made, NO_SUNDAY)
    assert redeem(set_up.gate, set_up.dialer, second.permit).number


@pytest.mark.serial
def test_a_run_that_swapped_rules_ended_does_not_pass_for_done(made: MadeDesk) -> None:
    set_up = live(made, 1)
    digest = set_rules(made, NO_SUNDAY)
    path = made.desk.folder / desk_law.FOLDER / f"{digest}.toml"

    def run() -> None:
        with serving_campaign(made.desk, made.dpo, set_up.campaign, calling.answer) as served:
            path.write_text(NO_WEDNESDAY)
            client = Client(served.address, served.token.token)
            with pytest.raises(Problem) as refused:
                client.permits(set_up.campaign, 1, ["p-1"])
            client.close()
            # The dialer ends instead of asking for ever.
            assert refused.value.refusal is Code.STOPPED

    with pytest.raises(Altered):
        run()


def test_the_report_names_an_own_rule_with_its_citation(made: MadeDesk) -> None:
    set_up = live(made, 2)
    set_rules(made, NO_WEDNESDAY)
    permits(set_up)
    desk_law.clear_own_rules(made.desk, made.dpo)
    now, day = made.clock.now(), timedelta(days=1)
    document = campaign_report.data(made.desk, made.dpo, set_up.campaign, now - day, now + day).data
    assert document["decisions"]["by_rule"] == [
        {
            "rule": "own-no-wednesday",
            "text": "An own rule of the desk",
            "citation": "Board of 3 November 2026, item 4",
            "refusals": 2,
        }
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = ",
        NO_WEDNESDAY.replace("own-no-wednesday", "gb-no-wednesday"),
        NO_WEDNESDAY.replace("decide = {}", 'decide = { lifted_by = ["express"] }'),
        NO_WEDNESDAY.replace('"09:00", "20:00"', '"20:00", "09:00"'),
        "\0",
    ],
)
def test_a_malformed_file_is_refused_and_what_was_set_stays(made: MadeDesk, text: str) -> None:
    digest = set_rules(made, NO_SUNDAY)
    with pytest.raises(BadInput):
        set_rules(made, text)
    with made.desk.reading() as db:
        assert desk_law.additions(db).own_sha256 == digest


def test_only_whoever_administers_opens_what_is_closed(made: MadeDesk) -> None:
    handler = made.handler
    assert Act.ADMINISTER not in {Act.RUN_CAMPAIGN}
    for attempt in (
        lambda: desk_law.set_own_rules(made.desk, handler, "own.toml", NO_SUNDAY.encode()),
        lambda: desk_law.clear_own_rules(made.desk, handler),
        lambda: desk_law.end_emergency(made.desk, handler, "US-FL"),
        lambda: desk_law.open_day(made.desk, handler, "GB", date(2026, 12, 24)),
        lambda: desk_law.close_day(
            made.desk, Actor("auditor", Role.AUDITOR), "GB", date(2026, 12, 24)
        ),
    ):
        with pytest.raises(Denied):
            attempt()
    assert desk_law.declare_emergency(made.desk, handler, "US-FL")
    assert not desk_law.declare_emergency(made.desk, handler, "US-FL")


def test_emergencies_and_closed_days_reach_every_decision_and_end(store: MadeDesk) -> None:
    set_up = live(store)
    desk_law.declare_emergency(store.desk, store.dpo, "US-LA")
    desk_law.close_day(store.desk, store.dpo, "GB", date(2026, 11, 19))
    (permit,) = permits(set_up).permits
    assert facts_of(set_up, "issue")["context"]["emergency_declared"] == ["US-LA"]
    closed = [{"region": "GB", "date": "2026-11-19"}]
    assert facts_of(set_up, "issue")["context"]["proclaimed_days"] == closed
    assert permit.permit
    assert desk_law.end_emergency(store.desk, store.dpo, "US-LA")
    assert desk_law.open_day(store.desk, store.dpo, "GB", date(2026, 11, 19))
    assert not desk_law.end_emergency(store.desk, store.dpo, "US-LA")
    with store.desk.reading() as db:
        assert desk_law.additions(db).facts(store.clock.now()) == {}


def test_a_closed_day_is_told_until_it_is_over_everywhere() -> None:
    held = desk_law.Additions("", (), (("GB", "2026-11-18"), ("US", "2026-12-24")))
    for instant, count in (
        ("2026-11-18T00:00", 2),
        ("2026-11-19T23:59", 2),
        ("2026-11-20T00:00", 1),
    ):
        at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        assert len(held.facts(at)["proclaimed_days"]) == count


def facts_of(set_up: Scene, stage: str) -> dict[str, Any]:
    table = table_of(DecisionRow)
    with set_up.desk.reading() as db:
        row = db.execute(select(table.c.id).where(table.c.stage == stage)).scalar_one()
    found = explain(set_up.desk, set_up.made.dpo, set_up.campaign, row, with_facts=True)
    facts: dict[str, Any] = found["facts"]["law_call"]
    return facts


def test_a_closed_day_told_between_issue_and_redemption_denies_the_call(store: MadeDesk) -> None:
    set_up = live(store)
    holidays_closed = NO_SUNDAY.replace("own-weekdays", "own-holidays")
    set_rules(store, holidays_closed)
    (permit,) = permits(set_up).permits
    desk_law.close_day(store.desk, store.handler, "GB", store.clock.now().date())
    with pytest.raises(Problem) as refused:
        redeem(set_up.gate, set_up.dialer, permit.permit)
    assert refused.value.refusal is Code.CLOSED_HOURS


@pytest.mark.parametrize("region", ["US-FI", "EU", "XX", "us-fl", "", "US FL"])
def test_a_region_that_no_rule_is_made_for_is_refused(made: MadeDesk, region: str) -> None:
    with pytest.raises(BadInput):
        desk_law.declare_emergency(made.desk, made.dpo, region)
    with pytest.raises(BadInput):
        desk_law.close_day(made.desk, made.dpo, region, date(2026, 12, 24))


def test_what_a_campaign_tells_and_what_the_desk_declared_add_up() -> None:
    said = {"emergency_declared": ["US-LA"], "proclaimed_days": [{"region": "GB"}]}
    assert with_additions({}, said) == said
    assert with_additions({"emergency_declared": True}, said)["emergency_declared"] is True
    assert with_additions({"emergency_declared": False}, said)["emergency_declared"] == ["US-LA"]
    both = with_additions({"emergency_declared": ["US-FL", "US-LA"]}, said)
    assert both["emergency_declared"] == ["US-LA", "US-FL"]
    assert with_additions({"emergency_declared": ["US-FL"]}, {})["emergency_declared"] == ["US-FL"]


def test_a_placed_call_is_looked_at_by_the_own_rules_of_its_instant(store: MadeDesk) -> None:
    set_up = live(store)
    first = set_rules(store, NO_SUNDAY)
    set_up.wait(1)
    place(set_up)
    set_up.wait(1)
    set_rules(store, NO_WEDNESDAY)
    found = looked(set_up)
    assert (found.placed, found.by_facts, found.violations["own_rules"]) == (1, 1, 0)
    assert found.own_rules == {first}
    assert found.decided_by_other_pack == 0


def test_a_call_that_own_rules_forbade_is_found(store: MadeDesk) -> None:
    set_up = live(store)
    attempt = place(set_up)
    set_up.wait(60)
    set_rules(store, NO_WEDNESDAY)
    later = set_up.made.clock.now() + timedelta(seconds=1)
    table = table_of(AttemptRow)

    def move(unit: Unit) -> None:
        at = {"redeemed_at": int(later.timestamp() * 1_000_000)}
        unit.db.execute(update(table).where(table.c.id == attempt).values(**at))
        unit.append("test.moved", "test")

    store.desk.write(move)
    found = looked(set_up)
    assert found.violations["own_rules"] == 1
    assert sum(found.violations.values()) == 1


def test_a_call_without_a_decision_is_a_breach_in_the_report(made: MadeDesk) -> None:
    set_up = live(made)
    place(set_up)
    assert sum(looked(set_up).violations.values()) == 0
    # Somebody at the file itself, past the desk and its foreign keys.
    with closing(sqlite3.connect(made.desk.folder / "main.db")) as raw, raw:
        raw.execute("DELETE FROM decision")
    found = looked(set_up)
    # The law was asked about it while the decision stood.
    assert (found.placed, found.by_facts) == (1, 1)
    assert found.violations["without_decision"] == 1
    now, day = made.clock.now(), timedelta(days=1)
    document = campaign_report.data(made.desk, made.dpo, set_up.campaign, now - day, now + day).data
    check = {row["id"]: row for row in document["checks"]}
    assert (check["without_decision"]["checked"], check["without_decision"]["violations"]) == (1, 1)


def test_the_report_says_where_another_pack_and_own_rules_judged(made: MadeDesk) -> None:
    set_up = live(made)
    digest = set_rules(made, NO_SUNDAY)
    set_up.wait(1)
    place(set_up)

    def older(unit: Unit) -> None:
        unit.db.execute(update(table_of(DecisionRow)).values(pack_sha256="0" * 64))
        unit.append("test.older", "test")

    made.desk.write(older)
    now, day = made.clock.now(), timedelta(days=1)
    document = campaign_report.data(made.desk, made.dpo, set_up.campaign, now - day, now + day).data
    assert any(
        "1 of 1 calls were permitted by another version" in one for one in document["limits"]
    )
    assert any(digest[:16] in one for one in document["limits"])
    assert json.dumps(document)


def test_a_call_that_the_law_denies_for_no_rule_of_its_own_is_counted(made: MadeDesk) -> None:
    set_up = live(made)
    place(set_up)

    def unknown(_: dict[str, Any], __: Any = None, /) -> dict[str, Any]:
        told: dict[str, Any] = {
            "decision": "deny",
            "deciding_rule": "conventions.unknown_location",
            "rules": [],
        }
        told |= {"local_times": {}, "jurisdictions": []}
        return {**told, "pack": {"sha256": "ab" * 32}}

    found = looking.looked(set_up, unknown)[0].found
    assert found.violations["other_rules"] == 1
    with made.desk.reading() as db:
        assert campaign_of(db, set_up.campaign).id == set_up.campaign
