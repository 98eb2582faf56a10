"""The look of a desk's documents from `[brand]` of desk.toml, checked before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from privacy.errors import BadInput
from privacy.settings import DeskConfig

if TYPE_CHECKING:
    from reports.logo import Logo
    from reports.look import Look


def look_of(config: DeskConfig, folder: Path) -> Look:
    """Paper, name, logo, colours and letterhead; `folder` is the desk's.

    BadInput names the setting that does not fit: a logo that could run or load something, a
    colour that cannot be read on white, paper that does not exist.
    """
    from privacy.rights.letters.printing import paper
    from reports import look

    brand = config.brand
    return look.Look(
        paper=look.paper_of(brand.paper or paper(config.controller)),
        name=brand.name,
        colour=(brand.colour or look.HEADING).upper(),
        accent=(brand.accent or brand.colour or look.ACCENT).upper(),
        lines=tuple(line.strip() for line in brand.letterhead.split(";") if line.strip()),
        logo=_logo(folder / brand.logo, brand.logo_alt, config) if brand.logo else None,
    )


def _logo(path: Path, alt: str, config: DeskConfig) -> Logo:
    from reports import logo

    try:
        with path.open("rb") as file:
            content = file.read(logo.MOST_BYTES + 1)
    except OSError:
        raise BadInput(
            "The file of the logo cannot be read.",
            what="brand.logo",
            next="Give its path relative to the desk folder, or absolute.",
        ) from None
    return logo.clean(content, alt or config.brand.name or config.controller.name)
