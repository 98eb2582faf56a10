"""Attacks on the log, each with its exit code and the first bad entry, on both stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from privacy.audit.tree import root_hash
from privacy.audit.verify import Limits
from tests.audit.forging import FIRST_DAY, Attack, Forge, fill
from tests.desks import make_desk

EDITED = 270  # an entry of the first day, under the third checkpoint, outside a whole tile


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def forge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Forge]:
    folder = tmp_path_factory.mktemp("forge")
    urls = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        main, vault = server.create(), server.create()
        urls = server.url(main), server.url(vault)
    made = make_desk(folder, urls=urls)
    yield fill(Forge(made))
    made.desk.close()
    if urls is not None:
        server.drop(main)
        server.drop(vault)


def test_an_untouched_log_is_intact(forge: Forge) -> None:
    verdict = forge.check(anchors=forge.anchors)
    assert (verdict.exit_code, verdict.findings) == (0, ())
    assert (verdict.size, verdict.days) == (forge.size, 3)
    assert verdict.unanchored.entries == 0


def edit(attack: Attack) -> None:
    attack.edit(EDITED, actor="nobody")


def edit_and_rehash(attack: Attack) -> None:
    attack.edit(EDITED, purpose="none")
    attack.rehash()


def insert(attack: Attack) -> None:
    attack.add(EDITED, purpose="none")


def reorder(attack: Attack) -> None:
    one, two = attack.entry_id(EDITED), attack.entry_id(EDITED + 1)
    order = [attack.entry_id(index) for index in range(attack.forge.size)]
    order[EDITED], order[EDITED + 1] = two, one
    attack.rehash(order)


def remove_and_rehash(attack: Attack) -> None:
    attack.remove(EDITED)
    attack.rehash()


def remove(attack: Attack) -> None:
    attack.remove(EDITED)


def blank(attack: Attack) -> None:
    attack.sql("DELETE FROM audit_entry WHERE id = :id", id=attack.entry_id(EDITED))


def copied_column(attack: Attack) -> None:
    attack.sql("UPDATE audit_entry SET actor='x' WHERE id=:id", id=attack.entry_id(EDITED))


def copied_instant(attack: Attack) -> None:
    attack.sql("UPDATE audit_entry SET at = at + 1 WHERE id=:id", id=attack.entry_id(EDITED))


def pseudonym(attack: Attack) -> None:
    attack.sql("DELETE FROM audit_subject WHERE entry_id=:id", id=attack.entry_id(EDITED))


def leaf_hash(attack: Attack) -> None:
    attack.sql("UPDATE audit_leaf SET leaf=:h WHERE idx=:i", h=bytes(32), i=EDITED)


def swapped_bodies(attack: Attack) -> None:
    one, two = attack.entry_id(EDITED), attack.entry_id(EDITED + 1)
    first, second = attack.body(EDITED), attack.body(EDITED + 1)
    attack.sql("UPDATE audit_entry SET body=:b WHERE id=:id", b=second, id=one)
    attack.sql("UPDATE audit_entry SET body=:b WHERE id=:id", b=first, id=two)


def duplicate_index(attack: Attack) -> None:
    attack.unkeyed("audit_leaf")
    attack.sql(
        "INSERT INTO audit_leaf (idx, entry_id, leaf)"
        " SELECT idx, entry_id, leaf FROM audit_leaf WHERE idx=:i",
        i=EDITED - 1,
    )


def gap(attack: Attack) -> None:
    attack.unkeyed("audit_leaf")
    attack.sql("UPDATE audit_leaf SET idx = idx + 1 WHERE idx >= :i", i=EDITED)


def tile(attack: Attack) -> None:
    attack.sql("UPDATE audit_tile SET hashes=:h", h=bytes(8192))


def tile_gone(attack: Attack) -> None:
    attack.sql("DELETE FROM audit_tile")


def last_row(attack: Attack) -> None:
    attack.remove(attack.forge.size - 1)


def last_row_and_state(attack: Attack) -> None:
    attack.remove(attack.forge.size - 1)
    attack.rehash()


def last_body(attack: Attack) -> None:
    last = attack.entry_id(attack.forge.size - 1)
    attack.sql("DELETE FROM audit_subject WHERE entry_id=:id", id=last)
    attack.sql("DELETE FROM audit_entry WHERE id=:id", id=last)


def certificate(attack: Attack) -> None:
    attack.sql("DELETE FROM audit_checkpoint WHERE size=:s", s=attack.forge.sizes[3])


def resign_with_todays_key(attack: Attack) -> None:
    attack.edit(EDITED, purpose="none")
    attack.rehash()
    attack.resign(seeds=attack.forge.seeds[-1:])


def time_set_back(attack: Attack) -> None:
    attack.edit(attack.forge.size - 1, ts="2026-11-01T00:00:00.000000Z")
    attack.sql(
        "UPDATE audit_entry SET at = 1793491200000000 WHERE id=:id",
        id=attack.entry_id(attack.forge.size - 1),
    )
    attack.rehash()
    attack.resign(from_size=attack.forge.sizes[-2])


LAST = -1  # the last entry of the log
CLOSING = -2  # the entry that closed the first day
CHECKPOINT = -3  # the last checkpoint before the edited entry

ATTACKS: list[tuple[Callable[[Attack], None], int, int]] = [
    (edit, 3, EDITED),
    (edit_and_rehash, 3, CHECKPOINT),
    (insert, 3, CHECKPOINT),
    (reorder, 3, CHECKPOINT),
    (remove, 3, EDITED),
    (remove_and_rehash, 3, CHECKPOINT),
    (blank, 3, EDITED),
    (copied_column, 3, EDITED),
    (copied_instant, 3, EDITED),
    (pseudonym, 3, EDITED),
    (leaf_hash, 3, EDITED),
    (swapped_bodies, 3, EDITED),
    (duplicate_index, 3, EDITED),
    (gap, 3, EDITED),
    (tile, 3, 0),
    (tile_gone, 3, 0),
    (last_row, 4, LAST),
    (last_row_and_state, 4, LAST),
    (last_body, 4, LAST),
    (certificate, 3, CLOSING),
    (resign_with_todays_key, 3, 0),
    (time_set_back, 3, LAST),
]


@pytest.mark.parametrize(
    ("attack", "code", "index"), ATTACKS, ids=lambda v: getattr(v, "__name__", "")
)
def test_an_attack_is_seen_without_any_anchor(
    forge: Forge, attack: Callable[[Attack], None], code: int, index: int
) -> None:
    known = {LAST: forge.size - 1, CLOSING: forge.sizes[3] - 1, CHECKPOINT: forge.sizes[1]}
    verdict = forge.check(attack)
    assert (verdict.exit_code, verdict.first_bad) == (code, known.get(index, index))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_state SET size = size - 1",
        "UPDATE audit_state SET last_at = last_at + 1",
        "DELETE FROM audit_state",
        "UPDATE audit_checkpoint SET size = size + 1000",
        "INSERT INTO audit_subject (pseudonym, entry_id) VALUES ('x', 'e-nobody')",
        "INSERT INTO audit_entry (id, at, actor, action, body)"
        " SELECT 'e-x', at, actor, action, body FROM audit_entry WHERE action = 'log.opened'",
        "INSERT INTO audit_tile (level, n, hashes) SELECT 0, 77, hashes FROM audit_tile",
    ],
)
def test_rows_beside_the_entries_must_fit_them(forge: Forge, statement: str) -> None:
    verdict = forge.check(lambda attack: attack.sql(statement))
    assert verdict.exit_code == 3


def test_an_edited_checkpoint_is_seen(forge: Forge) -> None:
    def attack(attack: Attack) -> None:
        size = forge.sizes[2]
        note = bytes(
            attack.sql("SELECT note FROM audit_checkpoint WHERE size=:s", s=size).scalar_one()
        )
        other = note[:-8] + (b"A" if note[-8:-7] != b"A" else b"B") + note[-7:]
        attack.sql("UPDATE audit_checkpoint SET note=:n WHERE size=:s", n=other, s=size)

    assert forge.check(attack).exit_code == 3


def test_two_signed_roots_for_one_size_are_a_fork(forge: Forge) -> None:
    def attack(attack: Attack) -> None:
        attack.unkeyed("audit_checkpoint")
        note = attack.signed(attack.today(), forge.size, bytes(32))
        attack.sql(
            "INSERT INTO audit_checkpoint (size, note, at) VALUES (:s, :n, 0)",
            s=forge.size,
            n=note,
        )

    verdict = forge.check(attack)
    assert (verdict.exit_code, verdict.first_bad) == (5, forge.sizes[-2])


def test_one_root_signed_for_two_sizes_is_a_fork(forge: Forge) -> None:
    def attack(attack: Attack) -> None:
        note = attack.signed(attack.today(), forge.size - 1, root_hash(attack.leaves()))
        attack.sql(
            "INSERT INTO audit_checkpoint (size, note, at) VALUES (:s, :n, 0)",
            s=forge.size - 1,
            n=note,
        )

    assert forge.check(attack).exit_code == 5


def test_a_backup_passes_alone_and_fails_against_an_anchor(forge: Forge) -> None:
    """Cut to a checkpoint, newer checkpoints dropped: only what is kept outside can tell."""
    size = forge.sizes[2]

    def attack(attack: Attack) -> None:
        attack.cut(size)

    assert forge.check(attack).exit_code == 0
    verdict = forge.check(attack, anchors=forge.anchors)
    assert (verdict.exit_code, verdict.first_bad) == (4, size)


def test_a_backup_that_goes_on_with_todays_key_is_a_fork_against_an_anchor(forge: Forge) -> None:
    def attack(attack: Attack) -> None:
        attack.edit(forge.size - 1, purpose="another history")
        attack.rehash()
        attack.resign(from_size=forge.sizes[-2])

    assert forge.check(attack).exit_code == 0
    verdict = forge.check(attack, anchors=forge.anchors[-1:])
    assert (verdict.exit_code, verdict.first_bad) == (5, forge.sizes[-2])


def test_whoever_has_every_key_is_seen_only_against_an_anchor(forge: Forge) -> None:
    def attack(attack: Attack) -> None:
        attack.edit(EDITED, purpose="none")
        attack.rehash()
        attack.resign()

    assert forge.check(attack).exit_code == 0
    assert forge.check(attack, anchors=forge.anchors[2:3]).exit_code == 5


def test_an_edit_after_the_last_anchor_with_todays_key_is_not_seen(forge: Forge) -> None:
    """The unanchored tail is unprotected against a key thief; its length is always told."""

    def attack(attack: Attack) -> None:
        attack.edit(forge.size - 1, purpose="another history")
        attack.rehash()
        attack.resign(from_size=forge.sizes[-2])

    verdict = forge.check(attack, anchors=forge.anchors[:-1])
    assert verdict.exit_code == 0
    assert verdict.unanchored.entries == forge.size - forge.sizes[-2]


def test_a_long_unanchored_tail_is_stale_when_a_limit_is_set(forge: Forge) -> None:
    tail = forge.size - FIRST_DAY // 2
    anchors = [a for a in forge.anchors if a.size <= FIRST_DAY][-1:]
    assert forge.check(anchors=anchors).exit_code == 0
    assert forge.check(anchors=anchors, limits=Limits(max_tail=tail)).exit_code == 0
    assert forge.check(anchors=anchors, limits=Limits(max_tail=3)).exit_code == 6


def test_old_entries_under_no_checkpoint_are_stale(forge: Forge) -> None:
    def attack(attack: Attack) -> None:
        attack.sql("DELETE FROM audit_checkpoint WHERE size > :s", s=forge.sizes[-2])

    verdict = forge.check(attack, limits=Limits(max_age=timedelta(days=1)))
    assert verdict.exit_code == 0
    forge.made.clock.advance(timedelta(days=2))
    try:
        verdict = forge.check(attack, limits=Limits(max_age=timedelta(days=1)))
    finally:
        forge.made.clock.advance(timedelta(days=-2))
    assert (verdict.exit_code, verdict.unsigned.entries) == (6, forge.size - forge.sizes[-2])
