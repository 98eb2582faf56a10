"""A kept letter as a file: logged with its digest before the file has its name."""

from __future__ import annotations

from pathlib import Path

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.rights.letters import printing, writing
from privacy.rights.letters.printing import LetterRenderer
from privacy.rights.package.writing import (
    complete,
    digest,
    part_of,
    refuse_existing,
    write_private,
)
from privacy.storage.unit import Unit


def issue(desk: Desk, actor: Actor, letter_id: str, out: Path, renderer: LetterRenderer) -> str:
    """Write the PDF as a new file with mode 0600; its digest, which is in the log.

    BadInput if something lies there already.
    """
    actor.require(Act.HANDLE_REQUEST)
    refuse_existing(out)
    refuse_existing(part_of(out))
    text, to = writing.read(desk, actor, letter_id)
    content = renderer(printing.data_of(desk.config, text, to))
    sha256 = digest(content)
    write_private(part_of(out), content)

    def job(unit: Unit) -> None:
        unit.append("letter.issued", actor.id, object=f"{letter_id} {text.kind}", digest=sha256)

    desk.write(job)
    complete(out)
    return sha256
