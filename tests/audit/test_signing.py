"""Checkpoints, day keys, and what a desk refuses when it opens."""

from __future__ import annotations

from tests.desks import MadeDesk


def test_a_new_desk_is_signed_for(store: MadeDesk) -> None:
    desk = store.desk
    last = desk.sign_checkpoint()
    assert last is not None
    with desk.reading() as db:
        head = desk.log.head(db)
    assert (last.origin, last.size, last.root) == (desk.log.origin, head.size, head.root)
    store.reopen().close()
