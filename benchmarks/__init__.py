"""What andon claims, measured: one script per claim, a resumable queue, results as JSON lines, RESULTS.md made from them."""
