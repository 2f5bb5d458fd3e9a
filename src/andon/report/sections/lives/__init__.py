"""Sections of runs that predict the life left, a file each: along lives, by the life left, stops, the worst lives, how
histories were read."""
