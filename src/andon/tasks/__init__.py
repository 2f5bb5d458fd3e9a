"""What is asked: target, decision, tolerance, metrics. A file per task."""
