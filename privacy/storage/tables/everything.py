"""Every table module, imported so that the two metadata collections are whole."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files

from sqlalchemy import MetaData

from privacy.storage.tables.base import MainTable, VaultTable


def load() -> tuple[MetaData, MetaData]:
    """The whole metadata of main and vault."""
    for entry in files("privacy.storage.tables").iterdir():
        name = entry.name.removesuffix(".py")
        if entry.name.endswith(".py") and name not in ("__init__", "everything"):
            import_module(f"privacy.storage.tables.{name}")
    return MainTable.metadata, VaultTable.metadata
