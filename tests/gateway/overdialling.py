"""A campaign of live calls in the United States that may over-dial, and calls it made before."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from privacy.clock import micros
from privacy.gateway import tokens
from privacy.gateway.issue import issue
from privacy.gateway.protocol import PermitsAnswer, State
from privacy.gateway.tokens import Dialer
from privacy.law.own_rules import OwnRules
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.storage.unit import Unit
from privacy.terms import Channel
from tests.desks import MadeDesk
from tests.gateway.scene import PACK, Scene, dialer_of, scene


@dataclass
class LawOf:
    """Allows every call, in the places it is told."""

    places: list[str] = field(default_factory=lambda: ["US", "US-FL"])

    def __call__(self, document: dict[str, Any], _: OwnRules | None = None, /) -> dict[str, Any]:
        return {
            "decision": "allow",
            "deciding_rule": "test",
            "rules": [{"id": "test", "effect": "allow"}],
            "jurisdictions": self.places,
            "earliest_allowed": None,
            "pack": PACK,
        }


def stage(made: MadeDesk, people: int = 6, **settings: Any) -> Scene:
    """A running campaign of live calls, and a dialer of the package's own."""
    told = {"channel": Channel.VOICE_LIVE, "over_most": 5, **settings}
    set_up = scene(made, people, **told)
    set_up.gate.law = LawOf()
    set_up.dialer = insider(set_up)
    return set_up


def insider(set_up: Scene) -> Dialer:
    issued = tokens.issue_token(
        set_up.desk,
        set_up.made.dpo,
        [set_up.campaign],
        rate_per_s=100,
        total=1_000,
        life=tokens.LONGEST_LIFE,
        inside=True,
    )
    return dialer_of(set_up.desk, issued.token)


def asked(
    set_up: Scene, agents: int = 0, over: int = 5, dialer: Dialer | None = None
) -> PermitsAnswer:
    """Ask with so many free agents, and for `over` calls without one."""
    free = [f"a-{number}" for number in range(agents)]
    return issue(set_up.gate, dialer or set_up.dialer, set_up.campaign, 20, free, over)


def past_calls(
    set_up: Scene,
    count: int,
    state: State = State.COMPLETED,
    *,
    answered_by: str = "human",
    connect_ms: int | None = 500,
    place: str = "US-FL",
    days_ago: float = 0,
) -> None:
    """Calls that ended before, as rows beside one that the gate made itself."""
    table = table_of(AttemptRow)
    with set_up.desk.reading() as db:
        first = dict(db.execute(select(table).order_by(table.c.issued_at)).first()._mapping)  # type: ignore[union-attr]
    at = micros(set_up.made.clock.now()) - int(days_ago * 86_400_000_000)

    def job(unit: Unit) -> None:
        for _ in range(count):
            unit.db.execute(
                insert(table).values(
                    **{
                        **first,
                        "id": f"at-{secrets.token_hex(8)}",
                        "permit_hash": secrets.token_bytes(16),
                        "tag": None,
                        "state": state.value,
                        "outcome": state.value,
                        "live": 0,
                        "over": 0,
                        "answered_by": answered_by,
                        "connect_ms": connect_ms,
                        "place_code": place,
                        "redeemed_at": at,
                        "slot_until_at": at,
                    }
                )
            )
        unit.append("test.calls", "test", count=count)

    set_up.desk.write(job)
