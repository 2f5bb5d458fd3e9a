"""A run without torch: one way from record to answer."""
