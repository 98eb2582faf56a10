"""Making the notice to an authority from what the register holds, and writing its files.

A draft records nothing but that it was made, with its digest. That it was sent is recorded
by `register.notify`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.rights.breach import counting, notice, register, store
from privacy.rights.breach.law import Statute, statute
from privacy.rights.breach.states import Risk
from privacy.rights.package import writing


def prepare(
    desk: Desk,
    actor: Actor,
    breach_id: str,
    law: str,
    *,
    delay_reasons: str = "",
    language: str = "en",
    statute: Statute = statute,
) -> dict[str, Any]:
    """The notice under that law as fields, with what is missing; the account is opened."""
    actor.require(Act.HANDLE_REQUEST)
    now = desk.now()
    with desk.reading() as db:
        found = store.breach(db, breach_id)
        standing = store.standing(found, store.timeline(db, breach_id))
    clocks = register.clocks_of(desk, found, now, risk=Risk.RISK, statute=statute)
    wanted = (c for c in clocks if (c.law, c.towards) == (law, "authority"))
    known = notice.Known(
        desk.config,
        found,
        register.read_account(desk, actor, breach_id),
        counting.figures(desk, breach_id),
        standing,
        next(wanted, None),
        now,
        delay_reasons,
        language,
    )
    return notice.document(known, law)


def write(
    desk: Desk, actor: Actor, out: Path, document: dict[str, Any], words: str, action: str
) -> dict[str, str]:
    """Write fields (.json) and words (.txt) as new files, mode 0600; the entry comes first.

    `action` is the entry's. BadInput if one of the files is there.
    """
    files = {
        out.with_suffix(".json"): json.dumps(document, ensure_ascii=False, indent=1).encode(),
        out.with_suffix(".txt"): words.encode(),
    }
    for path in files:
        writing.refuse_existing(path)
        writing.refuse_existing(writing.part_of(path))
    digests = {str(path): writing.digest(content) for path, content in files.items()}
    try:
        for path, content in files.items():
            writing.write_private(writing.part_of(path), content)
        for digest in digests.values():
            desk.write(
                lambda unit, digest=digest: unit.append(  # type: ignore[misc]
                    action, actor.id, object=str(document["breach"]), digest=digest
                )
            )
    except BaseException:
        for path in files:
            writing.part_of(path).unlink(missing_ok=True)
        raise
    for path in files:
        writing.complete(path)
    return digests
