"""The ledger that backups are taken of, on each database."""

from __future__ import annotations

from tests.integration.usecases.conftest import bench

__all__ = ["bench"]
