"""The one mergeable summary that everything fitted stands on, and hash-partitioned duplicates."""
