"""The command `registry-check`: properties of any registry, with reports of what does not hold."""
