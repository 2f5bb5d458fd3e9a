"""The test part through the run-time: metrics beside baselines, calibration, per class and group."""
