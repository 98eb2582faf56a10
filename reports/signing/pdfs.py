"""pyHanko's reader behind our errors: any bytes give a document or one of ours."""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from privacy.errors import Altered

# What a reader of hostile bytes may raise besides its own errors.
WHAT_BYTES_RAISE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def quiet() -> None:
    """Keep the library's log lines, which quote documents, from the terminal."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
            logger.propagate = False


def reader(pdf: bytes) -> Any:
    """A strict reader of the file. To be used inside `readable`."""
    quiet()
    from pyhanko.pdf_utils.reader import PdfFileReader

    return PdfFileReader(BytesIO(pdf), strict=True)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Whatever the reader stumbles over is Altered: our own files are read without a word."""
    quiet()
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator.errors import PathError, ValidationError

    library = (PdfError, SignatureValidationError, ValidationError, PathError)
    try:
        yield
    except (*library, *WHAT_BYTES_RAISE):
        raise Altered(
            f"The {what} cannot be read: the file was damaged or changed.",
            what=what,
            next="Ask whoever made it for the original; do not rely on this copy.",
        ) from None
