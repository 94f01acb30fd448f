"""Pooling: effects and variances in, a frozen result out. numpy and scipy only; pure and thread-safe."""

from __future__ import annotations

from workbench.pooling.model import INTERVALS, METHODS, PREDICTIONS, Model, Pool, PoolingError
from workbench.pooling.pool import leave_one_out, pool
from workbench.pooling.subgroups import Subgroup, Subgroups, subgroups
from workbench.pooling.tables import TableTests, mantel_haenszel, peto, table_tests
from workbench.pooling.tau2 import TAU2_ESTIMATORS

__all__ = [
    "INTERVALS",
    "METHODS",
    "PREDICTIONS",
    "TAU2_ESTIMATORS",
    "Model",
    "Pool",
    "PoolingError",
    "Subgroup",
    "Subgroups",
    "TableTests",
    "leave_one_out",
    "mantel_haenszel",
    "peto",
    "pool",
    "subgroups",
    "table_tests",
]
