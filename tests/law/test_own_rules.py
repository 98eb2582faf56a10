"""An organisation's own rules deny beside the law and never open anything."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.cli.main import run
from privacy.errors import BadInput
from privacy.law.calling import answer
from privacy.law.own_rules import OwnRules, read_own, validate_own
from privacy.law.pack import version
from privacy.law.rulebook import rulebook
from tests.law.calls import (
    BERLIN,
    CHICAGO,
    DALLAS,
    LONDON,
    MIAMI,
    MOBILE_DE,
    NEW_YORK,
    NONE,
    PARIS,
    TOKYO,
    TOLL_FREE,
    WRITTEN,
    call,
    earlier,
    listed,
    registers,
)

HEAD = 'version = "7"\nas_of = "2026-11-01"\n'
NOON = "2026-11-24T12:00:00-06:00"


def row(rule_id: str, kind: str, params: str = "{}", decide: str = "{}", **changed: str) -> str:
    """One own rule as TOML; keywords replace its fields."""
    fields = {
        "id": f'"{rule_id}"',
        "jurisdiction": '"US"',
        "channel": '["voice_live", "voice_prerecorded", "text"]',
        "applies_to": '["marketing"]',
        "kind": f'"{kind}"',
        "citation": '"Board of 3 November 2026, item 4"',
        "effective_from": '"2026-11-04"',
        "effective_verified": "true",
        "source_url": '"https://intranet.example/rules"',
        "verified": "true",
        "verification": '"primary"',
        "notes": '""',
        "params": params,
        "decide": decide,
        **changed,
    }
    return "[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())


def own(*rows: str) -> OwnRules:
    return read_own("own.toml", (HEAD + "".join(rows)).encode())


HOURS = row("own-hours", "hours", '{ hours = { tue = [["13:00", "16:00"]], holiday = [] } }')
CAP = row(
    "own-cap", "frequency", "{ max_calls = 1, window_days = 30 }",
    '{ caps = [{ max = "max_calls", days = "window_days" }] }',
)  # fmt: skip
LIST = row("own-list", "dnc", decide='{ registers = ["us_dma"] }')
CONSENT = row("own-consent", "consent", '{ required = "prior_express_consent" }')
BAN = row("own-ban", "ban", effective_to='"2026-12-31"')


def test_an_own_rule_denies_what_the_law_allows_and_says_from_when_it_would_not() -> None:
    facts = call(CHICAGO, NOON)
    assert answer(facts)["decision"] == "allow"
    found = answer(facts, own(HOURS))
    assert (found["decision"], found["deciding_rule"]) == ("deny", "own-hours")
    assert found["earliest_allowed"] == "2026-11-24T19:00:00+00:00"
    assert {"id": "own-hours", "effect": "deny", "reason": "outside the hours",
            "citation": "Board of 3 November 2026, item 4"} in found["rules"]  # fmt: skip


def test_a_decision_names_the_pack_and_the_own_file_by_their_digests() -> None:
    content = (HEAD + HOURS).encode()
    found = answer(call(CHICAGO, NOON), read_own("own.toml", content))
    assert found["pack"] == version()
    assert found["own_rules"] == {
        "version": "7",
        "as_of": "2026-11-01",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert "own_rules" not in answer(call(CHICAGO, NOON))


def test_of_a_denial_by_both_the_law_decides_and_every_rule_that_denies_is_listed() -> None:
    found = answer(call(CHICAGO, "2026-11-24T22:00:00-06:00"), own(HOURS))
    assert found["deciding_rule"] == "us-fed-hours"
    denying = {rule["id"] for rule in found["rules"] if rule["effect"] == "deny"}
    assert denying == {"us-fed-hours", "own-hours"}
    # The next day both allow at once.
    assert found["earliest_allowed"] == "2026-12-01T19:00:00+00:00"


@pytest.mark.parametrize(
    ("rule", "facts", "decision"),
    [
        (CAP, call(CHICAGO, NOON), "allow"),
        (CAP, call(CHICAGO, NOON, earlier_calls=earlier("2026-11-10T12:00:00-06:00")), "deny"),
        (LIST, call(CHICAGO, NOON), "deny"),
        (LIST, call(CHICAGO, NOON, registers=registers(us_dma=listed())), "deny"),
        (LIST, call(CHICAGO, NOON, registers=registers(us_dma={"listed": False, "age_days": 3})),
         "allow"),
        (CONSENT, call(CHICAGO, NOON, NONE), "deny"),
        (CONSENT, call(CHICAGO, NOON, WRITTEN), "allow"),
        (BAN, call(CHICAGO, NOON), "deny"),
        (BAN, call(CHICAGO, NOON, campaign="informational", channel="text"), "allow"),
        (BAN, call(CHICAGO, "2026-11-03T12:00:00-06:00"), "allow"),
        (BAN, call(LONDON, "2026-11-24T12:00:00Z"), "allow"),
        (HOURS, call(CHICAGO, "2026-11-24T14:00:00-06:00"), "allow"),
    ],
)  # fmt: skip
def test_own_rules_of_each_kind_deny_in_their_own_scope_only(
    rule: str, facts: dict[str, Any], decision: str
) -> None:
    assert answer(facts)["decision"] == "allow"
    assert answer(facts, own(rule))["decision"] == decision


def test_a_ban_ends_with_its_last_day() -> None:
    found = answer(call(CHICAGO, NOON), own(BAN))
    assert found["earliest_allowed"] == "2027-01-01T14:00:00+00:00"


def test_own_rules_of_a_place_that_the_law_does_not_know_open_nothing() -> None:
    open_day = row("own-jp", "hours", '{ hours = [["00:00", "24:00"]] }', jurisdiction='"JP"')
    facts = call(TOKYO, "2026-11-24T12:00:00+09:00")
    assert answer(facts)["deciding_rule"] == "conventions.no_rule"
    found = answer(facts, own(open_day))
    assert (found["decision"], found["deciding_rule"]) == ("deny", "conventions.no_rule")


def test_an_own_list_does_not_excuse_a_listing_on_it() -> None:
    """The law denies a told listing that no rule of the pack names; an own rule changes nothing."""
    named = row("own-fl", "dnc", decide='{ registers = ["us_fl"] }', jurisdiction='"US-TX"')
    facts = call(MIAMI, "2026-11-24T12:00:00-05:00", NONE, registers=registers(us_fl=listed()))
    assert answer(facts)["decision"] == "deny"
    assert answer(facts, own(named))["decision"] == "deny"


REFUSED = [
    (row("own-a", "hours", '{ hours = [["09:00", "20:00"]] }', '{ lifted_by = ["express"] }'),
     "own-a", "decide.lifted_by"),
    (row("own-a", "hours", '{ hours = [["09:00", "20:00"]], consent_lifts_hours = true }'),
     "own-a", "params.consent_lifts_hours"),
    (row("own-a", "consent", '{ required = "consent" }', '{ exempt_campaigns = ["emergency"] }'),
     "own-a", "decide.exempt_campaigns"),
    (row("own-a", "consent", '{ required = "consent" }', '{ also = ["soft_opt_in"] }'),
     "own-a", "decide.also"),
    (row("own-a", "consent", '{ required = "any_consent" }'), "own-a", "params.required"),
    (row("own-a", "dnc", decide='{ own_list = true, registers_unless = ["express"] }'),
     "own-a", "decide.registers_unless"),
    (row("own-a", "dnc_exemption"), "own-a", "kind"),
    (row("own-a", "location"), "own-a", "kind"),
    (row("own-a", "revocation", "{ within_minutes = 5, max_confirmation_texts = 1 }",
         "{ confirms_opt_out = true }"), "own-a", "kind"),
    (row("own-a", "ban", '{ keywords = ["hello"] }'), "own-a", "params.keywords"),
    (row("own-a", "frequency"), "own-a", "decide"),
    (row("us-fed-hours", "ban"), "us-fed-hours", "id"),
    (row("own-a", "ban") + row("own-a", "ban"), "own-a", "id"),
    (row("own-a", "baan"), "own-a", "kind"),
    (row("own-a", "ban", jurisdiction='"Texas"'), "own-a", "jurisdiction"),
    (row("own-a", "ban", citation='""'), "own-a", "citation"),
    (row("own-a", "ban", decide="{ lifted = true }"), "own-a", "decide.lifted"),
    (row("own-a", "hours", '{ hours = { mon = [["09:00", "20:00"]], holiday = [] } }',
         jurisdiction='"EU"'), "own-a", "params.hours"),
    (BAN + '[condition]\nexpress = { states = ["none"] }\n', "pack", "condition"),
    ("", "pack", "rule"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "rule", "field"), REFUSED)
def test_a_rule_that_would_allow_or_lift_or_is_not_whole_is_refused_by_name(
    rows: str, rule: str, field: str
) -> None:
    content = (HEAD + rows).encode()
    problems = validate_own("own.toml", content)
    assert ("own.toml", rule, field) in {(p.file, p.rule, p.field) for p in problems}
    with pytest.raises(BadInput):
        read_own("own.toml", content)


def test_bytes_that_are_no_toml_are_refused() -> None:
    assert validate_own("own.toml", b"\xff")[0].field == "file"


KINDS_OF_ROW = {
    "hours": ('{ hours = { tue = [["10:00", "16:00"]], wed = [["00:00", "24:00"]] } }', "{}"),
    "open": ('{ hours = [["00:00", "24:00"]] }', "{}"),
    "frequency": ("{ n = 2, d = 5 }", '{ caps = [{ max = "n", days = "d" }] }'),
    "dnc": ("{}", '{ registers = ["us_fl"], own_list = true }'),
    "consent": ('{ required = "prior_consent" }', "{}"),
    "revoking": ("{ n = 9, d = 1 }",
                 '{ caps = [{ max = "n", days = "d" }], revoke_all = true, withdrawal = true }'),
    "ban": ("{}", '{ automated = true }'),
}  # fmt: skip
WORD = {"open": "hours", "revoking": "frequency"}
CAMPAIGNS = ("marketing", "informational", "opt_out_confirmation", "debt")


def own_row(key: str, jurisdiction: str) -> str:
    params, decide = KINDS_OF_ROW[key]
    campaigns = str(list(CAMPAIGNS)).replace("'", '"')
    place = f'"{jurisdiction}"'
    name = WORD.get(key, key)
    return row(f"own-{key}", name, params, decide, jurisdiction=place, applies_to=campaigns)


FACTS = st.builds(
    lambda number, hours, state, campaign, channel, words: call(
        number,
        (datetime(2026, 11, 4, tzinfo=UTC) + timedelta(hours=hours)).isoformat(),
        campaign=campaign,
        channel=channel,
        consent={"state": state, "granted": "2026-01-01"},
        inbound_texts=[{"at": "2026-11-20T12:00:00Z", "body": words}],
        registers=registers(us_fl=listed()),
    ),
    st.sampled_from((CHICAGO, DALLAS, MIAMI, NEW_YORK, LONDON, BERLIN, MOBILE_DE, PARIS, TOKYO,
                     TOLL_FREE)),
    st.integers(0, 24 * 60),
    st.sampled_from((NONE, WRITTEN, "prior_express_consent", "soft_opt_in", "withdrawn")),
    st.sampled_from(CAMPAIGNS),
    st.sampled_from(("voice_live", "voice_prerecorded", "text")),
    st.sampled_from(("yes", "stop")),
)  # fmt: skip


@given(facts=FACTS, keys=st.sets(st.sampled_from(sorted(KINDS_OF_ROW)), min_size=1), data=st.data())
def test_with_own_rules_an_answer_never_turns_from_deny_to_allow(
    facts: dict[str, Any], keys: set[str], data: st.DataObject
) -> None:
    by_law = answer(facts)
    place = data.draw(st.sampled_from([*by_law["jurisdictions"], "US"]))
    both = answer(facts, own(*(own_row(key, place) for key in sorted(keys))))
    if by_law["decision"] == "deny":
        assert both["decision"] == "deny"
        assert both["deciding_rule"] == by_law["deciding_rule"]
    if both["decision"] == "allow":
        assert both["deciding_rule"] == by_law["deciding_rule"]
        assert both["deciding_rule"] in rulebook().by_id
    assert both["rules"][: len(by_law["rules"])] == by_law["rules"]


def test_the_command_decides_with_a_file_of_own_rules(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    facts, rules = tmp_path / "facts.json", tmp_path / "own.toml"
    facts.write_text(json.dumps(call(CHICAGO, NOON)))
    rules.write_text(HEAD + HOURS)
    arguments = ["law", "call", "--facts", str(facts), "--json"]
    assert run(arguments) == 0
    capsys.readouterr()
    assert run([*arguments, "--own", str(rules)]) == 1
    assert json.loads(capsys.readouterr().out)["deciding_rule"] == "own-hours"
    rules.write_text(HEAD + HOURS.replace("decide = {}", 'decide = { lifted_by = ["express"] }'))
    assert run([*arguments, "--own", str(rules)]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "own.toml: own-hours: decide.lifted_by" in error["message"]
    assert run([*arguments, "--own", str(tmp_path / "nowhere")]) == 2
