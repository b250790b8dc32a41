"""The comparison of a registry's whole content with the model, at the end of an example."""

from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.trial import Trial


def check_everything(trial: Trial) -> None:
    """Read everything that the repositories of an example hold or held, in every way there is."""
    for model in trial.models:
        for digest in (*model.blobs, *sorted(model.gone_blobs)):
            check_blob(trial, model, digest)
