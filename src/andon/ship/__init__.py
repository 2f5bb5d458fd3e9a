"""Export and the parity gate."""
