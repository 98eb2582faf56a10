"""`rightsdesk gateway token`: who may ask for numbers from outside, how many, and until when."""

from __future__ import annotations

import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, table
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.disclosures.given import Role
from privacy.errors import BadInput
from privacy.gateway.tokens import (
    RUNS_DIALERS,
    NewToken,
    Outside,
    Standing,
    issue_token,
    named,
    revoke_token,
    standing,
)
from privacy.terms import KekKind
from privacy.vendors import store as vendors

SCHEMA = "rightsdesk.gateway_token/1"


@click.group(epilog="Example: rightsdesk gateway token list")
def token() -> None:
    """Tokens of dialers that this desk does not start itself."""


@token.command(
    epilog="Example: rightsdesk gateway token add acme --campaign cm-… --rate 2 --total 5000"
    " --until 2026-12-31 --recipient 'Acme Calls GmbH' --role processor --country DE --out token"
)
@click.argument("name")
@click.option("--campaign", "campaigns", multiple=True, required=True, help="May be repeated.")
@click.option("--rate", default=1.0, show_default=True, help="Numbers per second.")
@click.option("--total", type=int, required=True, help="Numbers in all.")
@click.option("--until", required=True, metavar="DAY", help="Last day, in the desk's zone.")
@click.option("--recipient", default="", help="The organisation that runs the dialer.")
@click.option("--vendor", "vendor_id", metavar="VENDOR", default="", help="Or a vendor on record.")
@click.option(
    "--role", type=click.Choice([role.value for role in RUNS_DIALERS]), default="processor"
)
@click.option("--country", default="", help="Its country, two letters.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="New file for the token."
)
@common_options
def add(
    common: Common,
    name: str,
    campaigns: tuple[str, ...],
    rate: float,
    total: int,
    until: str,
    recipient: str,
    vendor_id: str,
    role: str,
    country: str,
    out: Path,
) -> None:
    """Make a token. It goes into a file that only you can read; the desk keeps its hash.

    Each number that the dialer gets stands in the ledger of disclosures under the recipient. A
    vendor on record gets numbers only while its assessment stands (`vendor score`).
    """
    if bool(recipient) == bool(vendor_id):
        raise BadInput("Give --recipient or --vendor.", what="token", next="One of them.")
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            if vendor_id:
                found = vendors.vendor(db, vendor_id)
                recipient, country = found.name, country or found.country
            else:
                vendors.check_exact(db, recipient)
        outside = Outside(name, recipient, Role(role), country)
        life = until_end_of(run.desk, until)
        file = _new_file(out)
        try:
            issued = issue_token(
                run.desk,
                run.actor,
                campaigns,
                rate_per_s=rate,
                total=total,
                life=life,
                outside=outside,
            )
            _write(file, issued)
        except BaseException:
            out.unlink(missing_ok=True)
            raise
        finally:
            os.close(file)
        document = {"schema": SCHEMA, "name": name, "dialer": issued.dialer_id, "file": str(out)}
        run.answer(
            document, lambda: console().print(f"Token of {name} ({issued.dialer_id}): {out}")
        )
        note("Hand the file over by a safe way and delete it here; the desk cannot show it again.")


@token.command("list", epilog="Example: rightsdesk gateway token list --json")
@common_options
def list_tokens(common: Common) -> None:
    """Tokens of dialers outside: for whom, how many numbers, until when."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            found = standing(db)
        now = run.desk.now()
        rows = [_row(one, now) for one in found]
        run.answer({"schema": SCHEMA, "tokens": rows}, lambda: _show(rows))


@token.command(epilog="Example: rightsdesk gateway token revoke acme")
@click.argument("name")
@common_options
def revoke(common: Common, name: str) -> None:
    """End a token, by its name or id: no number from now on; it may still report."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            dialer = named(db, name)
        revoke_token(run.desk, run.actor.id, dialer)
        document = {"schema": SCHEMA, "dialer": dialer, "revoked": True}
        run.answer(document, lambda: console().print(f"Revoked {dialer}."))


def until_end_of(desk: Desk, day: str) -> timedelta:
    """From now to the end of that day in the desk's zone. BadInput if it is no day ahead."""
    try:
        last = datetime.combine(datetime.fromisoformat(day).date(), time.max)
    except ValueError:
        raise BadInput("This is no day.", what="--until", next="Such as 2026-12-31.") from None
    left = last.replace(tzinfo=ZoneInfo(desk.config.controller.zone)) - desk.now().astimezone(UTC)
    if left <= timedelta():
        raise BadInput("That day is over.", what="--until", next="Give a day to come.")
    return left


def _new_file(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        raise BadInput(
            "The file for the token cannot be made.",
            what="--out",
            next="Give the path of a file that is not there yet.",
        ) from None


def _write(file: int, issued: NewToken) -> None:
    os.write(file, issued.token.encode() + b"\n")
    os.fsync(file)


def _row(one: Standing, now: datetime) -> dict[str, Any]:
    ended = "revoked" if one.revoked_at else "ended" if one.expires_at <= now else "in force"
    outside = one.outside
    return {
        "name": outside.name if outside else "",
        "dialer": one.dialer_id,
        "recipient": outside.company if outside else "",
        "role": outside.role.value if outside else "",
        "country": outside.country if outside else "",
        "campaigns": list(one.campaigns),
        "rate_per_s": one.rate_per_s,
        "total": one.total,
        "used": one.used,
        "until": rfc3339(one.expires_at),
        "state": ended,
    }


def _show(rows: list[dict[str, Any]]) -> None:
    shown = (
        [
            row["name"] or row["dialer"],
            row["recipient"],
            row["role"],
            f"{row['used']} of {row['total']}",
            row["until"][:10],
            row["state"],
        ]
        for row in rows
    )
    table(
        "Tokens of dialers outside",
        ["name", "recipient", "role", "numbers", "until", "state"],
        shown,
        "No dialer outside has a token. Make one: rightsdesk gateway token add --help",
    )
