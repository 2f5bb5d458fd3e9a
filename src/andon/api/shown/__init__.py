"""What a run keeps to be shown on its page."""
