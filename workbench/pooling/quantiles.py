"""Quantiles for those who draw or tell a pooled result; the functions are `workbench.effects.quantiles`'s."""

from __future__ import annotations

from workbench.effects.quantiles import chi2_upper_p, two_sided_p, two_sided_quantile

__all__ = ["chi2_upper_p", "two_sided_p", "two_sided_quantile"]
