"""`STEPS`: the steps of the machine of contents, in the order in which a failing example is made simpler."""

from typing import Final

from pytest_acr.harness.steps.acr_changes import ACR_CHANGE_STEPS
from pytest_acr.harness.steps.acr_keeping import ACR_KEEPING_STEPS
from pytest_acr.harness.steps.acr_locks import ACR_LOCK_STEPS
from pytest_acr.harness.steps.acr_reading import ACR_READING_STEPS
from pytest_acr.harness.steps.blobs import BLOB_STEPS
from pytest_acr.harness.steps.lists import LIST_STEPS
from pytest_acr.harness.steps.manifests import MANIFEST_STEPS
from pytest_acr.harness.steps.mounts import MOUNT_STEPS
from pytest_acr.harness.steps.references import REFERENCE_STEPS
from pytest_acr.harness.steps.refusals import REFUSAL_STEPS
from pytest_acr.harness.steps.step import Step
from pytest_acr.harness.steps.upload_refusals import UPLOAD_REFUSAL_STEPS
from pytest_acr.harness.steps.uploads import UPLOAD_STEPS

STEPS: Final[tuple[Step, ...]] = (
    *BLOB_STEPS,
    *UPLOAD_STEPS,
    *UPLOAD_REFUSAL_STEPS,
    *MOUNT_STEPS,
    *MANIFEST_STEPS,
    *REFUSAL_STEPS,
    *REFERENCE_STEPS,
    *LIST_STEPS,
    *ACR_READING_STEPS,
    *ACR_CHANGE_STEPS,
    *ACR_LOCK_STEPS,
    *ACR_KEEPING_STEPS,
)
