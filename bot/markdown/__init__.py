"""Markdown as a model writes it: read while it grows, and written as each platform wants it."""
