"""What the user asks: the core settings, read from YAML, `key.path=value` or Python into one frozen value."""
