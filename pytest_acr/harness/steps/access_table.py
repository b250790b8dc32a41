"""`ACCESS_STEPS`: the steps of the authorization machine, the simplest first."""

from typing import Final

from pytest_acr.harness.steps.access_accounts import ACCOUNT_STEPS
from pytest_acr.harness.steps.access_logins import LOGIN_STEPS
from pytest_acr.harness.steps.access_mounts import ACCESS_MOUNT_STEPS
from pytest_acr.harness.steps.access_roles import ROLE_STEPS
from pytest_acr.harness.steps.access_use import USE_STEPS
from pytest_acr.harness.steps.step import Step
from pytest_acr.harness.steps.storage import STORAGE_STEPS

ACCESS_STEPS: Final[tuple[Step, ...]] = (
    *ACCOUNT_STEPS,
    *LOGIN_STEPS,
    *USE_STEPS,
    *ROLE_STEPS,
    *ACCESS_MOUNT_STEPS,
    *STORAGE_STEPS,
)
