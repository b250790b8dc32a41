"""Sends connections to `NAME.azurecr.io` to a fake in this process."""
