"""Reading and joining: files and folders become Records."""
