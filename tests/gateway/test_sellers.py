"""A campaign calls in the controller's name, or in one that its own facts tell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from privacy.consent import registers, store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.gateway.facts import with_seller
from privacy.gateway.previewing import preview
from privacy.law import calling
from privacy.terms import ConsentClass
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene

OURS = "Example Retail"


def allowed(made: MadeDesk, named: str, facts: dict[str, Any]) -> int:
    """Whether a campaign of the controller may call somebody whose consent names a seller."""
    assert made.desk.config.controller.name == OURS
    for register in ("gb_tps", "gb_ctps"):
        registers.load(made.desk, made.dpo, register, [number(60)], date(2026, 11, 10), "test")
    set_up = scene(made, 1, facts=facts)
    (person,) = set_up.people
    store.withdraw(made.desk, made.handler, person.subject_id, person.phone_point, source="mail")
    made.clock.advance(timedelta(seconds=1))
    grant = NewRecord(
        person.subject_id,
        person.phone_point,
        RecordKind.GRANT,
        "marketing",
        "voice_prerecorded",
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        made.clock.now(),
        "form",
        seller=named,
    )
    store.record(made.desk, made.handler, [grant])
    made.clock.advance(timedelta(seconds=1))
    return preview(made.desk, made.dpo, set_up.campaign, calling.answer).allowed


@pytest.mark.parametrize(
    ("named", "facts", "count"),
    [
        ("", {}, 1),
        (OURS, {}, 1),
        ("example  retail", {"seller": {"kind": "retailer"}}, 1),
        ("Another Shop", {}, 0),
        ("Another Shop", {"seller": {"name": "Another Shop"}}, 1),
        (OURS, {"seller": {"name": "Another Shop"}}, 0),
    ],
)
def test_a_consent_counts_for_the_seller_in_whose_name_the_campaign_calls(
    made: MadeDesk, named: str, facts: dict[str, Any], count: int
) -> None:
    assert allowed(made, named, facts) == count


def test_seller_facts_that_are_no_object_stay_for_the_law_to_refuse() -> None:
    wrongs: tuple[Any, ...] = ([], "retail", 5)
    for wrong in wrongs:
        assert with_seller({"seller": wrong}, OURS) == {"seller": wrong}
    assert with_seller({"seller": None}, OURS) == {"seller": {"name": OURS}}
