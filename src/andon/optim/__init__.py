"""Optimisers, schedules and their automatic choice."""
