"""The errors of the sample client."""

import requests


class SampleError(requests.RequestException):
    """The call failed: after some attempts, or at once because another attempt would not help."""


class SampleInterruption(SampleError):
    """The answer was lost or unusable: the registry may have done the call or not. Try again."""
