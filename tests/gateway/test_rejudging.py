"""What another pack would have made of the desk's own decisions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from privacy.audit.entry import parse
from privacy.cli.main import run
from privacy.consent import restrictions, suppression
from privacy.errors import BadInput
from privacy.gateway.rejudging import ACTION, rejudge
from privacy.law.pack import load_pack
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import DecisionRow
from privacy.storage.unit import Unit
from tests.desks import PASSPHRASE, SECRET, MadeDesk
from tests.gateway.scene import CALLER, number
from tests.gateway.test_desk_law import NO_WEDNESDAY, live, permits, set_rules
from tests.law.test_differing import content, pack, text


def evenings() -> tuple[str, str]:
    """The change that opens Britain's Wednesdays at six in the evening only."""
    whole = content().decode()
    section = whole[whole.index('id = "gb-hours"') :]
    section = section[: section.index("[[rule]]")]
    changed = section.replace('wed = [["08:00"', 'wed = [["18:00"', 1)
    assert changed != section
    return section, changed


def test_a_pack_decides_as_the_desk_did_and_nothing_differs_from_itself(store: MadeDesk) -> None:
    set_up = live(store, 3)
    permits(set_up)
    same = load_pack("calling")
    found = rejudge(set_up.desk, store.dpo, same, same)
    assert (found.judged, found.as_stored, found.otherwise) == (3, 3, [])
    assert (found.without_facts, found.restricted) == (0, 0)


def test_each_decision_that_another_pack_would_change_is_named_with_both_answers(
    store: MadeDesk,
) -> None:
    set_up = live(store, 2)
    permits(set_up)
    found = rejudge(set_up.desk, store.dpo, load_pack("calling"), pack(evenings()))
    with set_up.desk.reading() as db:
        table = table_of(DecisionRow)
        ids = set(db.execute(select(table.c.id)).scalars())
    assert {row["decision_id"] for row in found.otherwise} == ids
    (first, _) = found.otherwise
    assert first["stored"] == {"decision": "allow", "deciding_rule": "gb-automated"}
    assert (first["before"]["decision"], first["after"]["decision"]) == ("allow", "deny")
    assert (first["before"]["denying"], first["after"]["denying"]) == ([], ["gb-hours"])
    assert first["after"]["next_try_at"].endswith("T18:00:00.000000Z")
    # Back from the stricter pack: what was denied by it was allowed by the desk.
    back = rejudge(set_up.desk, store.dpo, pack(evenings()), load_pack("calling"))
    assert (back.judged, back.as_stored, len(back.otherwise)) == (2, 0, 2)


def test_what_the_desk_itself_refused_no_pack_changes(made: MadeDesk) -> None:
    set_up = live(made, 2)
    for n in range(2):
        suppression.opt_out(made.desk, made.handler, phone=number(n), source="phone")
    permits(set_up)
    found = rejudge(made.desk, made.dpo, load_pack("calling"), pack(evenings()))
    assert (found.judged, found.as_stored, found.otherwise) == (2, 2, [])


def test_own_rules_of_then_go_with_both_packs(made: MadeDesk) -> None:
    set_up = live(made, 1)
    set_rules(made, NO_WEDNESDAY)
    permits(set_up)
    same = load_pack("calling")
    found = rejudge(made.desk, made.dpo, same, same)
    assert (found.judged, found.as_stored) == (1, 1)
    changed = rejudge(made.desk, made.dpo, same, pack(evenings())).otherwise
    assert changed[0]["before"]["denying"] == ["own-no-wednesday"]
    assert set(changed[0]["after"]["denying"]) == {"gb-hours", "own-no-wednesday"}


def test_restricted_persons_and_those_whose_facts_are_gone_are_counted_and_not_opened(
    made: MadeDesk,
) -> None:
    set_up = live(made, 4)
    permits(set_up)
    restricted, erased, keyless, _ = (person.subject_id for person in set_up.people)
    restrictions.place(made.desk, made.dpo, restricted, "accuracy")
    table = table_of(DecisionRow)

    def job(unit: Unit) -> None:
        of_erased = table.update().where(table.c.holder_id == erased)
        unit.db.execute(of_erased.values(holder_id=None, facts_sealed=None))
        # Nobody's key opens what stands under this person.
        unit.db.execute(table.update().where(table.c.holder_id == keyless).values(holder_id=7))
        unit.append("notice.added", "dpo", object="test")

    made.desk.write(job)
    found = rejudge(made.desk, made.dpo, load_pack("calling"), pack(evenings()))
    assert (found.judged, found.restricted, found.without_facts) == (1, 1, 2)
    assert len(found.otherwise) == 1


def test_only_decisions_since_a_day_are_opened_and_each_opening_is_logged(made: MadeDesk) -> None:
    set_up = live(made, 2)
    permits(set_up)
    same = load_pack("calling")
    assert rejudge(made.desk, made.dpo, same, same, made.clock.now()).judged == 2
    assert rejudge(made.desk, made.dpo, same, pack(evenings())).judged == 2
    set_up.wait(1)
    assert rejudge(made.desk, made.dpo, same, same, made.clock.now()).judged == 0
    entry = table_of(AuditEntry)
    with made.desk.reading() as db:
        bodies = db.execute(select(entry.c.body).where(entry.c.action == ACTION)).scalars()
        logged = [parse(bytes(body)) for body in bodies]
    assert [said["digest"] for said in logged] == [same.sha256, pack(evenings()).sha256]
    assert all(said["purpose"] == "legal_ground" and said["actor"] == "dpo" for said in logged)


def test_a_desk_keeps_no_decisions_of_clock_packs(made: MadeDesk) -> None:
    clocks = load_pack("rights_clocks")
    with pytest.raises(BadInput):
        rejudge(made.desk, made.dpo, clocks, clocks)


def test_the_command_names_decisions_and_never_a_number(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up = live(made, 2)
    permits(set_up)
    made.desk.close()
    a, b, passphrase, secret = (tmp_path / name for name in ("a.toml", "b.toml", "p", "s"))
    a.write_bytes(content())
    b.write_text(text(evenings()))
    passphrase.write_bytes(PASSPHRASE)
    secret.write_text(SECRET)
    monkeypatch.setenv("RIGHTSDESK_STATE", str(made.settings.state_base))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(secret))
    words = ["law", "diff", str(a), str(b)]
    desk = ["--desk", str(made.settings.desk_dir), "--as", "dpo",
            "--passphrase-file", str(passphrase)]  # fmt: skip
    assert run([*words, "--stored", *desk, "--json"]) == 0
    shown = capsys.readouterr().out
    document: dict[str, Any] = json.loads(shown)
    assert (document["schema"], document["stored"]["judged"]) == ("rightsdesk.law_diff/1", 2)
    assert [row["id"] for row in document["changed"]] == ["gb-hours"]
    assert len(document["stored"]["otherwise"]) == 2
    assert run([*words, "--stored", *desk]) == 0
    shown += capsys.readouterr().out
    assert "gb-hours" in shown
    for secret_value in (number(0)[1:], number(1)[1:], CALLER[1:], "canary0", "canary1"):
        assert secret_value not in shown
    assert run([*words, "--since", "2026-11-01"]) == 2
