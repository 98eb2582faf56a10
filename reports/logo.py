"""A logo as it may stand in a document: a picture and nothing else.

A PNG is decoded and written anew, without metadata and on white. An SVG keeps shapes and
paths; what could run, load, or draw text with a font that is not bundled is refused by name,
gradients too, which WeasyPrint 70 leaves out. What editors add for themselves (other
namespaces, metadata) is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Literal
from xml.etree import ElementTree as ET

from privacy.errors import BadInput

MOST_BYTES = 256 * 1024
MOST_KEPT_BYTES = 128 * 1024
MOST_PIXELS = 8_000_000
WIDEST_PX, TALLEST_PX = 900, 300
MOST_ELEMENTS = 5_000
SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
# No `use`: a few of them inside each other would draw a shape a million times.
ELEMENTS = frozenset(
    ("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs")
) | {"clipPath"}
# Words about the picture; our own alternative text says them.
DROPPED = frozenset({"title", "desc", "metadata"})
# fmt: off
SHAPES = (
    "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry",
    "fx", "fy", "d", "points", "transform", "id", "clipPathUnits", "preserveAspectRatio",
)
PAINT = (
    "fill", "fill-rule", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "clip-path", "clip-rule",
    "color", "display",
)
# fmt: on
ATTRIBUTES = frozenset([*SHAPES, *PAINT])
# What has no effect here, or only on text, which is refused.
IGNORED = re.compile(
    r"version|baseProfile|xml:space|class|role|aria-.*|data-.*|enable-background|overflow|"
    r"font.*|letter-.*|word-.*|text-.*|-inkscape.*|paint-order|shape-rendering|isolation|"
    r"color-.*|mix-blend-mode|white-space|line-height|direction|writing-mode|visibility|marker"
)
SOLID = frozenset({"opacity", "fill-opacity", "stroke-opacity"})
LOCAL = re.compile(r"url\(\s*[\"']?#([A-Za-z][\w.-]*)[\"']?\s*\)")
PREFIX = "logo-"


@dataclass(frozen=True)
class Logo:
    """A cleaned picture: the bytes of a PNG, or the text of an SVG; `alt` says what it shows."""

    form: Literal["png", "svg"]
    content: bytes
    alt: str


def clean(content: bytes, alt: str) -> Logo:
    """The logo of a file's bytes, or BadInput that names what cannot stand in a document."""
    if len(content) > MOST_BYTES:
        raise _bad(f"The logo is larger than {MOST_BYTES // 1024} KiB.")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        kept = Logo("png", _png(content), alt)
    else:
        kept = Logo("svg", _svg(content), alt)
    if len(kept.content) > MOST_KEPT_BYTES:
        raise _bad(f"The cleaned logo is larger than {MOST_KEPT_BYTES // 1024} KiB.")
    return kept


def _png(content: bytes) -> bytes:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _bad("The logo has more than 8 million pixels.")
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise _bad("The logo cannot be read as a PNG.") from None
    flat = Image.new("RGBA", picture.size, "#FFFFFF")
    flat.alpha_composite(picture)
    # White where it was clear: a page is white, and old readers show such masks as black.
    shown = flat.convert("RGB")
    shown.thumbnail((WIDEST_PX, TALLEST_PX))
    out = BytesIO()
    shown.save(out, "PNG", optimize=True)
    return out.getvalue()


def _svg(content: bytes) -> bytes:
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        # Entities grow without end; some editors write a type without any: it has no use here.
        raise _bad("The logo's SVG declares a document type; save it as plain SVG.")
    try:
        root = ET.fromstring(content.decode("utf-8"))  # noqa: S314 (no entities: see above)
    except (ET.ParseError, ValueError, RecursionError):
        raise _bad("The logo is neither a PNG nor an SVG in UTF-8.") from None
    if root.tag != f"{SVG}svg":
        raise _bad("The logo is neither a PNG nor an SVG in UTF-8.")
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise _bad(f"The logo's SVG has more than {MOST_ELEMENTS} elements.")
    made = _element(root, 0)
    made.set("viewBox", _view_box(root))
    made.attrib.pop("width", None)
    made.attrib.pop("height", None)
    made.set("xmlns", "http://www.w3.org/2000/svg")
    return ET.tostring(made, encoding="unicode").encode()


def _view_box(root: ET.Element) -> str:
    """The picture's own box: finite numbers, neither empty nor without an end."""
    given = root.get("viewBox") or f"0 0 {_px(root.get('width'))} {_px(root.get('height'))}"
    parts = given.replace(",", " ").split()
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(abs(n) < 1e6 for n in numbers) or min(numbers[2:]) <= 0:
        raise _bad("The logo's SVG has no viewBox of four numbers.")
    return " ".join(f"{n:g}" for n in numbers)


def _px(length: str | None) -> str:
    return (length or "").strip().removesuffix("px")


def _element(given: ET.Element, depth: int) -> ET.Element:
    if depth > 40:
        raise _bad("The logo's SVG is nested too deeply.")
    name = given.tag.removeprefix(SVG)
    if name not in ELEMENTS:
        raise _bad(f"The logo's SVG holds <{name[:40]}>, which cannot stand in a document.")
    made = ET.Element(name)
    for key, value in _attributes(given):
        made.set(key, _value(key, value))
    for child in given:
        # Comments have no text tag; elements of other namespaces are the editor's own.
        if not isinstance(child.tag, str) or not child.tag.startswith(SVG):
            continue
        if child.tag.removeprefix(SVG) not in DROPPED:
            made.append(_element(child, depth + 1))
    return made


def _attributes(given: ET.Element) -> list[tuple[str, str]]:
    """Attributes that draw, those of `style` among them; refuses what is not known."""
    kept = []
    styled = [part.partition(":") for part in given.get("style", "").split(";") if part.strip()]
    pairs = [*given.attrib.items(), *((key.strip(), value.strip()) for key, _, value in styled)]
    for key, value in pairs:
        # An address of any kind is not among them; XLink's stands for one.
        foreign = key.startswith("{") and key != XLINK_HREF
        if key == "style" or foreign or IGNORED.fullmatch(key):
            continue
        if key in SOLID and _is_one(value):
            continue
        if key not in ATTRIBUTES:
            raise _bad(f"The logo's SVG uses {key[-40:]}, which cannot stand in a document.")
        kept.append((key, value))
    return kept


def _value(key: str, value: str) -> str:
    """References only to parts of the same picture, with names that no chart of ours has."""
    if key == "id":
        return _named(value)
    named = LOCAL.sub(lambda found: f"url(#{_named(found[1])})", value)
    if re.search(r"url\((?!#logo-)|[@\\<>]|javascript|expression", named, re.IGNORECASE):
        raise _bad("The logo's SVG refers to something outside it.")
    return named


def _named(name: str) -> str:
    return name if name.startswith(PREFIX) else PREFIX + name


def _is_one(value: str) -> bool:
    try:
        return float(value) == 1
    except ValueError:
        return False


def _bad(text: str) -> BadInput:
    return BadInput(
        text,
        what="brand.logo",
        next="Give a PNG, or a plain SVG of paths in flat colours, text turned into paths.",
    )
