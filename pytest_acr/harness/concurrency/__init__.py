"""Concurrent requests to a registry, and searches for an order of them that explains the outcomes."""
