"""`python -m fake_registry` is the command `fake-registry`."""

import sys

from fake_registry.cli import main

if __name__ == "__main__":
    sys.exit(main())
