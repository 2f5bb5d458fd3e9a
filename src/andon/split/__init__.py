"""Who trains, validates, calibrates and tests."""
