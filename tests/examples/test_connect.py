from fake_registry import FakeRegistry, ManualClock, Settings
from pytest_acr import connect


def test_without_fixtures() -> None:
    registry = FakeRegistry(Settings(name="mine", profile="oci"), clock=ManualClock())
    registry.push_image("samples/hello:1.0", layers=[b"..."])
    with connect(registry) as connection:
        properties = connection.client().get_manifest_properties("samples/hello", "1.0")
    assert properties.tags == ["1.0"]
