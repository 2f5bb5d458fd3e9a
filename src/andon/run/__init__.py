"""The run folder: layout, atomic writes, manifest, hashes, versions."""
