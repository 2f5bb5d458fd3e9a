"""A plant that makes records with known truth."""
