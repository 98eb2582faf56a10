"""`rightsdesk request verify`, `authority`, `evidence`: who asks, and for whom they may."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from privacy.cli.claims import claims_options, from_input, read_claims
from privacy.cli.options import Common, common_options
from privacy.cli.request_shown import show_case
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.rights import authority as authorities
from privacy.rights import evidence as pieces
from privacy.rights import identity, identity_code
from privacy.rights.evidence import Piece
from privacy.rights.identity import Evidence
from privacy.rights.identity_match import CLAIMS, Claims

ASKED_FIRST = ("phone", "email", "given", "family")


@click.command(
    epilog="Example: rightsdesk request verify rq-… --by matching --claims - < claims.json"
)
@click.argument("request_id")
@click.option("--by", type=click.Choice([e.value for e in Evidence]), help="What shows it.")
@click.option("--send-code", is_flag=True, help="Mail a code to the address on file.")
@claims_options
@click.option("--code", metavar="-", help="With --by code, from standard input.")
@click.option(
    "--disputed",
    multiple=True,
    type=click.Choice(CLAIMS),
    help="Correction: what is in dispute proves nothing.",
)
@common_options
def verify(
    common: Common,
    request_id: str,
    by: str | None,
    send_code: bool,
    claims_file: str | None,
    code: str | None,
    disputed: tuple[str, ...],
    **asked: str | None,
) -> None:
    """Prove who asks, by what the desk itself can compare."""
    if (by is None) == (not send_code):
        raise BadInput("Give either --by or --send-code.", what="--by", next="See --help.")
    if by == Evidence.CODE:
        claims, secret = Claims(), from_input(code or "-", "code")
    else:
        claims, secret = read_claims(claims_file, _asked(claims_file, asked)), ""
    with open_run(common) as run:
        if send_code:
            identity.send_code(run.desk, run.actor, request_id, claims)
            run.answer(_code_document(request_id), _code_told)
            return
        identity.verify(
            run.desk,
            run.actor,
            request_id,
            Evidence(str(by)),
            claims,
            code=secret,
            disputed=disputed,
        )
        show_case(run, request_id)


@click.command(
    epilog="Example: rightsdesk request authority rq-… --proof signed_permission"
    " --proof identity_verified_directly"
)
@click.argument("request_id")
@click.option("--proof", "proofs", multiple=True, required=True, metavar="CODE", help="Shown.")
@click.option("--place", default="", metavar="CC", help="Whose law, where it is narrower: FR, ES.")
@common_options
def authority(common: Common, request_id: str, proofs: tuple[str, ...], place: str) -> None:
    """Record that whoever asks may ask for the person; the papers are destroyed then."""
    with open_run(common) as run:
        authorities.prove(run.desk, run.actor, request_id, proofs, place=place)
        show_case(run, request_id)


@click.command(
    epilog="Example: rightsdesk request evidence rq-… --kind declaration --file signed.pdf"
)
@click.argument("request_id")
@click.option("--kind", type=click.Choice([p.value for p in Piece]), help="What is added.")
@click.option("--file", "path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@common_options
def evidence(common: Common, request_id: str, kind: str | None, path: Path | None) -> None:
    """Add a piece of evidence, sealed until the decision; without options, list what is held."""
    if (kind is None) != (path is None):
        raise BadInput("Give both --kind and --file, or neither.", what="--kind")
    with open_run(common) as run:
        if kind is not None and path is not None:
            with path.open("rb") as file:
                content = file.read(pieces.LARGEST_BYTES + 1)
            pieces.add(run.desk, run.actor, request_id, Piece(kind), content)
        rows = [
            (
                each.number,
                each.kind,
                rfc3339(each.added_at),
                None if each.deleted_at is None else rfc3339(each.deleted_at),
            )
            for each in pieces.listed(run.desk, run.actor, request_id)
        ]
        keys = ("number", "kind", "added", "deleted")
        document = {
            "schema": "rightsdesk.request-evidence/1",
            "id": request_id,
            "evidence": [dict(zip(keys, row, strict=True)) for row in rows],
        }
        run.answer(
            document,
            lambda: table("", keys, rows, empty="Nothing was added as evidence."),
        )


def _asked(claims_file: str | None, asked: dict[str, str | None]) -> dict[str, str | None]:
    """On a terminal, without any option, the usual questions are asked."""
    if claims_file is None and not any(asked.values()) and sys.stdin.isatty():
        return {**asked, **dict.fromkeys(ASKED_FIRST, "-")}
    return asked


def _code_document(request_id: str) -> dict[str, object]:
    """The same for known and unknown."""
    return {
        "schema": "rightsdesk.request-code/1",
        "id": request_id,
        "valid_minutes": int(identity_code.CODE_LIFE.total_seconds() // 60),
        "tries": identity_code.CODE_TRIES,
        "sent_by": "rightsdesk work",
    }


def _code_told() -> None:
    console().print(
        "If exactly one person fits and has an address on file, a code waits to be mailed there by"
        " `rightsdesk work`. Then: rightsdesk request verify ID --by code --code -"
    )
