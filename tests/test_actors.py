"""Who may do what, and how an actor proves himself."""

from __future__ import annotations

import pytest

from privacy import actors
from privacy.actors import ALLOWED, Act, Actor
from privacy.errors import BadInput, Denied, NotFound
from privacy.terms import Role
from tests.desks import SECRET, MadeDesk


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("act", list(Act))
def test_a_role_does_what_it_is_allowed_and_nothing_else(role: Role, act: Act) -> None:
    actor = Actor("someone", role)
    if act in ALLOWED[role]:
        actor.require(act)
        assert act in ALLOWED[role]
    else:
        with pytest.raises(Denied):
            actor.require(act)


def test_a_dialer_may_only_report_opt_outs_and_an_auditor_only_read() -> None:
    assert ALLOWED[Role.DIALER] == {Act.OPT_OUT}
    assert ALLOWED[Role.AUDITOR] == {Act.READ_LOG, Act.REPORT}


def test_an_unknown_actor_and_a_wrong_secret_are_refused_in_the_same_words(
    store: MadeDesk,
) -> None:
    said = set()
    for name, secret in (("handler", "not the secret"), ("nobody", SECRET)):
        with pytest.raises(Denied) as refused:
            actors.authenticate(store.desk, name, secret)
        said.add(refused.value.message)
    assert len(said) == 1
    assert actors.authenticate(store.desk, "handler", SECRET).role is Role.HANDLER


def test_a_deactivated_actor_can_no_longer_prove_himself(made: MadeDesk) -> None:
    actors.deactivate(made.desk, "handler", made.dpo)
    with pytest.raises(Denied):
        actors.authenticate(made.desk, "handler", SECRET)
    with pytest.raises(NotFound):
        actors.deactivate(made.desk, "nobody", made.dpo)


def test_only_a_dpo_makes_or_ends_a_dpo_and_the_last_one_stays(store: MadeDesk) -> None:
    admin = actors.add(store.desk, "admin", Role.ADMIN, SECRET, "dpo")
    for role in Role:
        if role is Role.DPO:
            with pytest.raises(Denied):
                actors.require_over(admin, role)
        else:
            actors.require_over(admin, role)
    with pytest.raises(Denied):
        actors.require_over(store.handler, Role.HANDLER)
    second = actors.add(store.desk, "second", Role.DPO, SECRET, "dpo")
    with pytest.raises(Denied, match="Only a DPO"):
        actors.deactivate(store.desk, "second", admin)
    actors.deactivate(store.desk, "dpo", second)
    with pytest.raises(Denied, match="last DPO"):
        actors.deactivate(store.desk, "second", second)
    assert actors.authenticate(store.desk, "second", SECRET).role is Role.DPO
    actors.deactivate(store.desk, "admin", second)


@pytest.mark.parametrize("name", ["Jane Doe", "a", "x" * 33, "jane@example.com", "+442079460000"])
def test_an_actor_id_is_a_staff_id_and_no_name(made: MadeDesk, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        actors.add(made.desk, name, Role.HANDLER, SECRET, "dpo")
    assert name not in str(refused.value) or len(name) == 1


def test_a_secret_given_as_an_actor_is_not_repeated(made: MadeDesk) -> None:
    with pytest.raises(Denied) as refused:
        actors.authenticate(made.desk, "jane.doe@example.com", SECRET)
    assert "jane" not in str(refused.value.document())
