"""The loop, checkpoints, choices, devices."""
