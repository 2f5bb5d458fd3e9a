"""Which inputs drove the answers."""
