"""The test part through the run-time, with baselines beside it."""
