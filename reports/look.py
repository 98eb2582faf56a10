"""How documents of an organisation look: paper, name, logo, two colours, lines of a letterhead.

All of it stands in `document.json`, so that anybody can make the document again from its
attachments. What comes back from there is checked like what comes from a config. Charts
keep their own colours: those are measured against each other.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from markupsafe import Markup

from privacy.errors import BadInput
from reports import logo as pictures
from reports.logo import Logo

Paper = Literal["A4", "letter"]
A4: Paper = "A4"
US_LETTER: Paper = "letter"
PAPERS = (A4, US_LETTER)
HEADING, ACCENT = "#0B3D66", "#0B3D66"
TEXT_RATIO, GRAPHIC_RATIO = 4.5, 3.0
"""WCAG 2, level AA: 1.4.3 for text, 1.4.11 for graphics."""

MOST_LINES, LONGEST_LINE = 6, 80
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
LOGO_FILE = "logo.png"


@dataclass(frozen=True)
class Look:
    """Paper and brand of a document. `name` "" stands for the controller's own."""

    paper: Paper = A4
    name: str = ""
    colour: str = HEADING
    accent: str = ACCENT
    lines: tuple[str, ...] = ()
    logo: Logo | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise _bad("There is no such paper.", "paper", "A4 or letter.")
        _readable(self.colour, "colour", TEXT_RATIO)
        _readable(self.accent, "accent", GRAPHIC_RATIO)
        if len(self.lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in self.lines):
            most = f"At most {MOST_LINES} lines of {LONGEST_LINE} characters, apart by semicolons."
            raise _bad("The letterhead is too long.", "letterhead", most)
        if self.logo is not None and not self.logo.alt.strip():
            raise _bad("The logo has no words that say what it shows.", "logo_alt", "Name it.")

    def document(self) -> dict[str, object]:
        """The look as it stands in `document.json`."""
        logo: dict[str, str] | None = None
        if self.logo is not None:
            coded = base64.b64encode(self.logo.content).decode()
            logo = {"form": self.logo.form, "alt": self.logo.alt, "content_b64": coded}
        return {
            "paper": self.paper,
            "name": self.name,
            "colour": self.colour,
            "accent": self.accent,
            "lines": list(self.lines),
            "logo": logo,
        }

    @property
    def drawn(self) -> Markup:
        """An SVG logo to stand in the page, with its alternative text first."""
        assert self.logo is not None
        head, _, rest = self.logo.content.decode().partition(">")
        title = Markup(' role="img"><title>{}</title>').format(self.logo.alt)
        # It was cleaned to shapes (reports/logo.py): nothing in it runs, loads or links.
        return Markup(head.removesuffix("/").rstrip()) + title + Markup(rest or "</svg>")  # noqa: S704

    @property
    def files(self) -> dict[str, tuple[bytes, str]]:
        """What the page may load besides fonts: name, content, media type."""
        if self.logo is None or self.logo.form != "png":
            return {}
        return {LOGO_FILE: (self.logo.content, "image/png")}

    @property
    def data_address(self) -> str:
        """A PNG logo inside the page itself, for HTML."""
        assert self.logo is not None
        return f"data:image/png;base64,{base64.b64encode(self.logo.content).decode()}"


def paper_of(name: str) -> Paper:
    """The paper of that name. BadInput for any other than A4 and letter."""
    if name not in PAPERS:
        raise _bad("There is no such paper.", "paper", "A4 or letter.")
    return A4 if name == A4 else US_LETTER


def of_document(stated: Any) -> Look:
    """The look that a document states. BadInput, ValueError, KeyError or TypeError if unfit."""
    logo = None
    if stated["logo"] is not None:
        logo = _stated_logo(stated["logo"])
    texts = [stated[key] for key in ("paper", "name", "colour", "accent")]
    if not all(isinstance(text, str) for text in (*texts, *stated["lines"])):
        raise TypeError("look")
    return Look(
        cast(Paper, stated["paper"]),
        stated["name"],
        stated["colour"],
        stated["accent"],
        tuple(stated["lines"]),
        logo,
    )


def _stated_logo(stated: Any) -> Logo:
    try:
        content = base64.b64decode(stated["content_b64"], validate=True)
    except binascii.Error:
        raise ValueError("logo") from None
    cleaned = pictures.clean(content, stated["alt"])
    if cleaned.form != stated["form"]:
        raise ValueError("logo")
    if cleaned.form == "png":
        # Another version of the library packs the same picture otherwise: keep what is stated.
        return Logo("png", content, cleaned.alt)
    if cleaned.content != content:
        raise ValueError("logo")
    return cleaned


def contrast(one: str, other: str = "#FFFFFF") -> float:
    """The ratio of WCAG 2 between two colours written #RRGGBB."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _readable(colour: str, setting: str, ratio: float) -> None:
    """Refuse a colour that cannot be read on white, and name the nearest darker one that can."""
    if not COLOUR.fullmatch(colour):
        raise _bad("That is not a colour.", setting, "Write it as #RRGGBB.")
    found = contrast(colour)
    if found < ratio:
        raise _bad(
            f"{colour} has a contrast of {found:.1f} to 1 on white; {ratio} is needed.",
            setting,
            f"Take a darker one, such as {_darker(colour, ratio)}.",
        )


def _darker(colour: str, ratio: float) -> str:
    """The same hue, as light as `ratio` allows."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    shades = ((f"{int(p * s / 100):02X}" for p in parts) for s in range(100, -1, -1))
    return next(c for c in ("#" + "".join(shade) for shade in shades) if contrast(c) >= ratio)


def _bad(text: str, setting: str, what_next: str) -> BadInput:
    return BadInput(text, what=f"brand.{setting}", next=what_next)
