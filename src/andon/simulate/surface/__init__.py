"""Pictures of surfaces with known defects, and the process values of the line that made them. NumPy and Pillow."""
