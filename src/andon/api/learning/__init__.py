"""The training of one run: its recipe, where its weights begin, the network, views of pictures, good parts alone."""
