"""What a template may load: bundled fonts and the document's own pictures, by name, no more.

No network, no file of the machine, no data address. A refused address stops the
rendering; it is never left out silently. Importing this module loads WeasyPrint.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from privacy.errors import Fault

SCHEME = "report-asset:"
ASSETS = Path(__file__).parent / "assets" / "fonts"


class AssetsOnly(URLFetcher):  # type: ignore[misc]  # the library is untyped
    """Answers `report-asset:NAME` with a bundled font or one of `files`; refuses the rest.

    `files`: content and media type by name.
    """

    def __init__(self, files: Mapping[str, tuple[bytes, str]] | None = None) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._files = files or {}

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The file's bytes. Raises WeasyPrint's fatal error, which nothing in it catches."""
        name = url.removeprefix(SCHEME)
        if url.startswith(SCHEME) and name in self._files:
            content, media = self._files[name]
            return URLFetcherResponse(url, content, {"Content-Type": media})
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
