"""Is one classifier better than another? Tests, intervals, power and a verdict; see docs/statistics.md."""
