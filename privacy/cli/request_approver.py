"""`rightsdesk request approver` and `approval-file`: somebody outside the desk approves.

The outside person needs no desk: `approval-file` reads the plan that the desk printed
with `request plan --json`, shows it and signs its digest.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.plan_shown import print_plan
from privacy.cli.running import answer, open_run
from privacy.cli.showing import console, note, table
from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.rights import approval_file as files
from privacy.rights import approvers, planning, standing
from privacy.rights.package import writing

LARGEST_PLAN_BYTES = 4_000_000


@click.group()
def approver() -> None:
    """Keys of people outside the desk who may approve plans."""


@approver.command("add", epilog="Example: rightsdesk --as dpo request approver add counsel.pem")
@click.argument("public_key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@common_options
def add(common: Common, public_key: Path) -> None:
    """Register a public key; it is good 24 hours later."""
    content = _read(public_key)
    with open_run(common) as run:
        key_id = approvers.add(run.desk, run.actor, content)
        document = {"schema": "rightsdesk.approver/1", "id": key_id}
        run.answer(document, lambda: console().print(f"Registered {key_id}"))


@approver.command(epilog="Example: rightsdesk --as dpo request approver revoke ak-…")
@click.argument("key_id")
@common_options
def revoke(common: Common, key_id: str) -> None:
    """Revoke a key: its files approve nothing any more."""
    with open_run(common) as run:
        approvers.revoke(run.desk, run.actor, key_id)
        document = {"schema": "rightsdesk.approver/1", "id": key_id, "revoked": True}
        run.answer(document, lambda: console().print(f"Revoked {key_id}"))


@approver.command("list", epilog="Example: rightsdesk request approver list --json")
@common_options
def list_command(common: Common) -> None:
    """All keys, revoked ones too."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        rows = [
            {
                "id": key.id,
                "added": rfc3339(key.added_at),
                "revoked": None if key.revoked_at is None else rfc3339(key.revoked_at),
            }
            for key in approvers.listed(run.desk)
        ]
        run.answer(
            {"schema": "rightsdesk.approvers/1", "approvers": rows},
            lambda: table(
                "", ("id", "added", "revoked"), [tuple(r.values()) for r in rows], empty="No key."
            ),
        )


@click.command(
    "approval-file",
    epilog="Example: rightsdesk request approval-file plan.json --key private.pem --out yes.json",
)
@click.argument("plan_file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--new-key", type=click.Path(path_type=Path), help="Make a key pair at this path.")
@click.option("--key", "key_file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="New file for the approval.")
@click.option("--yes", is_flag=True, help="The plan was read; do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def approval_file(
    plan_file: Path | None,
    new_key: Path | None,
    key_file: Path | None,
    out: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """For the approver outside: sign a plan, without any desk."""
    common = Common(json=as_json)
    if new_key is not None:
        _new_key(common, new_key)
        return
    if plan_file is None or key_file is None or out is None:
        raise BadInput("Give the plan, --key and --out.", what="approval-file", next="See --help.")
    document = _plan(plan_file)
    made = {k: v for k, v in document.items() if k not in NOT_PLANNED}
    sha256 = planning.digest_of(made)
    if not yes:
        print_plan(document, show_all=False)
        click.confirm(f"Approve plan {sha256[:16]}… of {made['request_id']}?", abort=True, err=True)
    content = files.signed(
        _read(key_file), document["desk"], made["request_id"], sha256, datetime.now(UTC)
    )
    writing.refuse_existing(out)
    writing.write_private(out, content)
    shown = {"schema": "rightsdesk.approval-file/1", "file": str(out), "plan_sha256": sha256}
    answer(common, shown, lambda: note(f"Signed: {out}. Give it to the desk."))


# What the command adds to a plan when it prints it.
NOT_PLANNED = ("schema", "desk", "dry_run", "plan_sha256")


def _new_key(common: Common, path: Path) -> None:
    private, public = files.new_key()
    writing.refuse_existing(path)
    beside = path.with_name(path.name + ".pub")
    writing.refuse_existing(beside)
    writing.write_private(path, private)
    writing.write_private(beside, public)
    os.chmod(beside, 0o644)
    document = {"schema": "rightsdesk.approver/1", "id": files.key_id(public)}
    answer(common, document, lambda: note(f"Keep {path} to yourself; give {beside} to the desk."))


def _plan(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_read(path))
        if document["schema"] != "rightsdesk.request-plan/1" or not document["request_id"]:
            raise ValueError
        str(document["desk"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput(
            "That is no plan.",
            what=str(path),
            next="Ask the desk for the output of `rightsdesk request plan … --json`.",
        ) from None
    return dict(document)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_PLAN_BYTES)
    except OSError:
        raise BadInput("That file cannot be read.", what=str(path), next="Give another.") from None
