"""`python -m pytest_acr.harness.check`: the command registry-check."""

import sys

from pytest_acr.harness.check.entry import main

sys.exit(main())
