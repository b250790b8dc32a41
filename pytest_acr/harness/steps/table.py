"""`STEPS`: all steps, in the order in which a failing example is made simpler."""

from typing import Final

from pytest_acr.harness.steps.blobs import BLOB_STEPS
from pytest_acr.harness.steps.step import Step

STEPS: Final[tuple[Step, ...]] = (*BLOB_STEPS,)
