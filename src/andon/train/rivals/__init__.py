"""What may stand beside a network: boosted trees, a linear model, textures."""
