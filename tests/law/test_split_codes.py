"""47 CFR 64.1200(c)(1), 08:00-21:00 at the called party's location: both zones of a split code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from privacy.law.call_facts import read_request
from privacy.law.calling import decide
from privacy.law.pack import load_pack
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at
from tests.law.calls import call

DATA = load_pack("calling").data
SPLIT = DATA["npa_split"]
# A working Tuesday in summer and one in winter: some zones differ in one season only.
DAYS = (datetime(2026, 7, 14, 6, tzinfo=UTC), datetime(2026, 2, 10, 6, tzinfo=UTC))
HOURS = range(24)


def allowed(number: str, at: datetime, *zones: str) -> bool:
    told: dict[str, Any] = {"zones": list(zones)} if zones else {}
    request = read_request(call(number, at.isoformat(), **told))
    assert request.facts is not None
    return decide(call_at(request.facts, at, rulebook())).allowed


@pytest.mark.parametrize("entry", SPLIT, ids=lambda entry: str(entry["npa"]))
def test_a_split_code_may_be_called_only_while_every_one_of_its_zones_is_open(
    entry: dict[str, Any],
) -> None:
    number, open_zones = f"+1{entry['npa']}5550100", set()
    for day in DAYS:
        for hour in HOURS:
            at = day + timedelta(hours=hour)
            single = [allowed(number, at, key) for key in entry["zones"]]
            assert allowed(number, at) is all(single), at
            open_zones.add(sum(single))
    # Seen at all: an hour that only some of its zones allow, and one that all allow.
    assert len(entry["zones"]) in open_zones
    if len(entry["zones"]) > 1:
        assert open_zones & set(range(1, len(entry["zones"])))
    else:
        assert DATA["state_zone"][entry["region"]] not in entry["zones"]
