"""The ledger that checkpoints are signed of, on each database."""

from __future__ import annotations

from tests.integration.usecases.conftest import bench

__all__ = ["bench"]
