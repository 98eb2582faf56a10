"""What a template may load: the bundled fonts and the style sheet, by name, and nothing else.

No network, no file of the machine, no data address. A refused address stops the
rendering; it is never left out silently. Importing this module loads WeasyPrint.
"""

from __future__ import annotations

from pathlib import Path

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from privacy.errors import Fault

SCHEME = "report-asset:"
ASSETS = Path(__file__).parent / "assets" / "fonts"


class AssetsOnly(URLFetcher):  # type: ignore[misc]  # the library is untyped
    """Answers `report-asset:NAME` with a bundled font; everything else is refused."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The font's bytes. Raises WeasyPrint's fatal error, which nothing in it catches."""
        name = url.removeprefix(SCHEME)
        known = {path.name for path in ASSETS.glob("*.ttf")}
        if not url.startswith(SCHEME) or name not in known:
            raise FatalURLFetchingError("refused")
        content = (ASSETS / name).read_bytes()
        return URLFetcherResponse(url, content, {"Content-Type": "font/ttf"})


def refused() -> Fault:
    """The error for a template that asks for anything but a bundled asset."""
    return Fault(
        "A template asked for something outside the package; no document was made.",
        what="reports",
        next="Templates load bundled fonts only; report this as a fault of ours.",
    )
