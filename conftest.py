"""For the project's own tests: the fixtures under test, and pytest's own to run a pytest inside a test."""

pytest_plugins = ["pytester"]
