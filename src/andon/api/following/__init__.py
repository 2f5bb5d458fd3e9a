"""Answering a file that grows: its new lines, the answers appended, and what is needed to go on after a kill."""

from andon.api.following.follow import Followed, follow

__all__ = ["Followed", "follow"]
