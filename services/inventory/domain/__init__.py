"""Governance as pure functions: reconcile, judge, tiers and clocks. No I/O."""
