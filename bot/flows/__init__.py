"""Async verbs that speak only to the ports in `ports.py`."""
