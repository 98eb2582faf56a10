"""On PostgreSQL the gateway's role cannot even select what it holds no key for."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from privacy.consent.suppression import opt_out
from privacy.errors import KeyMissing, MachineFailed
from privacy.settings import dump_config
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vault import DeskKey
from privacy.terms import KekKind, OpeningPurpose
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person
from tests.vault.parts import phone_of, profile_of

# What docs/vault.md tells an administrator to grant.
PAGE = Path(__file__).parent.parent.parent / "docs" / "vault.md"


def grants() -> list[str]:
    """The statements of the page, for a role named gateway."""
    block = PAGE.read_text().split("```sql\n")[1].split("```")[0]
    return [statement.strip() for statement in block.split(";") if statement.strip()]


@pytest.fixture
def gateway_desk(
    tmp_path: Path, postgres_urls: tuple[str, str]
) -> Iterator[tuple[MadeDesk, MadeDesk]]:
    """A desk on PostgreSQL, and the same as the gateway's role reaches it."""
    made = make_desk(tmp_path, urls=postgres_urls)
    role = f"gateway_{secrets.token_hex(4)}"
    vault = made.desk.vault.writes.engine
    with vault.begin() as db:
        db.execute(text(f"CREATE ROLE {role} LOGIN"))
        for statement in grants():
            db.execute(text(statement.replace("gateway", role)))
    folder = tmp_path / "gateway"
    folder.mkdir()
    url = make_url(postgres_urls[1]).set(username=role)
    config = replace(
        made.desk.config,
        vault_url=url.render_as_string(hide_password=False),
        state_dir=str(tmp_path / "state"),
    )
    (folder / "desk.toml").write_text(dump_config(config))
    yield made, replace(made, settings=replace(made.settings, desk_dir=folder))
    made.desk.close()
    with vault.begin() as db:
        db.execute(text(f"DROP OWNED BY {role}"))
        db.execute(text(f"DROP ROLE {role}"))
    vault.dispose()


def test_a_gateway_works_with_the_rights_of_its_role_and_no_more(
    gateway_desk: tuple[MadeDesk, MadeDesk],
) -> None:
    made, as_gateway = gateway_desk
    known = add_person(made.desk, "+442079460123", "canarina@canarison.example")
    gateway = as_gateway.reopen([KekKind.CALL])
    try:
        phone, profile = phone_of(gateway, known), profile_of(gateway, known)
        assert gateway.vault.open([phone], "dialer", OpeningPurpose.CALL)
        opt_out(gateway, made.dpo, phone="+442079460123", source="call", words=b"stop")
        with pytest.raises(KeyMissing):
            gateway.vault.open([profile], "dialer", OpeningPurpose.CALL)
        with pytest.raises(MachineFailed, match="InsufficientPrivilege"):
            gateway.vault.writes.write(
                lambda unit: unit.db.execute(table_of(DeskKey).select()).all()
            )
    finally:
        gateway.close()
