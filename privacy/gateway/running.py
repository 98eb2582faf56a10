"""A gateway for the time of one run: call keys only, a socket of its own, and what came of it."""

from __future__ import annotations

import copy
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.gateway import desk_law
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.decide import Law
from privacy.gateway.gate import Gate
from privacy.gateway.recovery import settle
from privacy.gateway.serving import Serving
from privacy.gateway.tokens import NewToken, issue_token, revoke_token
from privacy.storage.engines import is_sqlite
from privacy.storage.lock import alone
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow, NumberLeaseRow
from privacy.terms import KekKind
from privacy.vault.epochs import leave_process, register_process
from privacy.vault.store import Vault

LONGEST_RUN = timedelta(hours=12)
RENEW_S = 8.0
WAIT_FOR_OTHER_S = 2.0


@dataclass(frozen=True)
class Run:
    """A gateway that serves one campaign to one dialer. `address` is for its client."""

    gate: Gate
    campaign: Campaign
    token: NewToken
    address: str
    begun_at: int


def with_call_keys_only(desk: Desk) -> Desk:
    """The same desk as a gateway may see it: numbers open, a profile does not.

    It learns no further keys either: custody stays behind. A desk that was opened with
    call keys only is given back as it is.
    """
    if not desk.vault.keyring.holds(KekKind.DESK):
        return desk
    vault = copy.copy(desk.vault)
    held = {key: kek for key, kek in vault.keyring.keks.items() if key[0] is KekKind.CALL}
    vault.keyring = replace(vault.keyring, keks=held)
    vault.custody = None
    return replace(desk, vault=vault)


@contextmanager
def serving_campaign(
    desk: Desk,
    actor: Actor,
    campaign_id: str,
    law: Law,
    *,
    line: str = "",
    dialer_uid: int | None = None,
) -> Iterator[Run]:
    """Serve one running campaign to one new dialer; afterwards settle what it left.

    `dialer_uid`: the user the dialer runs as, if not this one. BadInput if the campaign is
    for another line: a rehearsal never calls, and what is meant to call is not taken for
    done by a rehearsal.
    """
    actor.require(Act.RUN_CAMPAIGN)
    with desk.reading() as db:
        campaign = campaign_of(db, campaign_id)
        # Own rules that cannot be read are told before anything is served.
        desk_law.own_rules(desk.folder, db)
    if line and line != campaign.line:
        raise BadInput(
            f"This campaign is made for the line {campaign.line}.",
            what="--line",
            next="Make another campaign for the other line.",
        )
    with only_gateway(desk):
        yield from _serving(desk, actor, campaign, law, dialer_uid)
    with desk.reading() as db:
        # What ended the run early must not look like its end.
        desk_law.own_rules(desk.folder, db)


def _serving(
    desk: Desk, actor: Actor, campaign: Campaign, law: Law, dialer_uid: int | None
) -> Iterator[Run]:
    gate = Gate(with_call_keys_only(desk), law)
    settle(gate, actor.id)
    begun_at = micros(desk.now())
    token = issue_token(
        desk,
        actor,
        [campaign.id],
        rate_per_s=campaign.rate_per_s,
        total=_most_calls(desk, campaign),
        life=LONGEST_RUN,
        inside=True,
    )
    try:
        with (
            holding_keys(gate.desk.vault, gate.id),
            socket_folder(desk, dialer_uid) as folder,
            Serving(gate, folder / "gateway.sock", dialer_uid=dialer_uid) as served,
        ):
            yield Run(gate, campaign, token, f"unix:{served.path}", begun_at)
    finally:
        revoke_token(desk, actor.id, token.dialer_id)
        settle(gate, actor.id, dead_dialer=token.dialer_id)


@contextmanager
def only_gateway(desk: Desk) -> Iterator[None]:
    """On an embedded desk, be its only gateway; DeskInUse if there is another one.

    Leases that are left over belong to a gateway that has died: they are given back.
    On PostgreSQL several may serve, and a dead one's leases run out.
    """
    if not is_sqlite(desk.reads):
        yield
        return
    with alone(desk.folder / "gateway.lock", wait_s=WAIT_FOR_OTHER_S):
        desk.write(lambda unit: unit.db.execute(delete(table_of(NumberLeaseRow))))
        yield


@contextmanager
def holding_keys(vault: Vault, lease_id: str) -> Iterator[None]:
    """Say that this process holds keys for long, so that an epoch's turn waits for it."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_S):
            register_process(vault, lease_id, "gateway")

    register_process(vault, lease_id, "gateway")
    renewing = threading.Thread(target=renew, name="key-lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()
        leave_process(vault, lease_id)


@contextmanager
def socket_folder(desk: Desk, owner: int | None = None) -> Iterator[Path]:
    """A short private folder that carries the desk's id, for a socket; maybe another user's."""
    name = f"rightsdesk-{desk.config.desk_id[-8:]}-"
    with tempfile.TemporaryDirectory(prefix=name) as folder:
        os.chmod(folder, 0o700)
        if owner is not None:
            os.chown(folder, owner, -1)
        yield Path(folder)


def summary(desk: Desk, run: Run) -> dict[str, Any]:
    """What a run decided and what came of it: counts by rule and outcome, nobody's data."""
    decisions, attempts = table_of(DecisionRow), table_of(AttemptRow)
    mine = (decisions.c.campaign_id == run.campaign.id, decisions.c.at >= run.begun_at)
    with desk.reading() as db:
        denied = db.execute(
            select(decisions.c.deciding_rule, func.count())
            .where(*mine, decisions.c.decision == "deny")
            .group_by(decisions.c.deciding_rule)
            .order_by(decisions.c.deciding_rule)
        ).all()
        permitted = db.execute(
            select(func.count()).where(
                *mine, decisions.c.decision == "allow", decisions.c.stage == "issue"
            )
        ).scalar_one()
        outcomes = db.execute(
            select(attempts.c.state, func.count())
            .where(attempts.c.dialer == run.token.dialer_id)
            .group_by(attempts.c.state)
            .order_by(attempts.c.state)
        ).all()
    by_rule = {rule: int(count) for rule, count in denied}
    return {
        "permitted": int(permitted),
        "denied": sum(by_rule.values()),
        "by_rule": by_rule,
        "outcomes": {state: int(count) for state, count in outcomes},
    }


def _most_calls(desk: Desk, campaign: Campaign) -> int:
    table = table_of(CandidateRow)
    with desk.reading() as db:
        count = db.execute(
            select(func.count()).where(table.c.campaign_id == campaign.id)
        ).scalar_one()
    return max(1, int(count) * campaign.max_attempts)
