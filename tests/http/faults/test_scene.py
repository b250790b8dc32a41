"""`Scene` as an effect sees it."""

from dataclasses import dataclass
from typing import ClassVar

from fake_registry import FakeRegistry, Fault
from fake_registry.http.answers import Answer
from fake_registry.http.faults import Scene, When
from tests.support.http import send


@dataclass(frozen=True)
class Describe:
    """The answer is a list of the scene's public names, then the scene as `repr` shows it."""

    default_when: ClassVar[When] = "before"

    def on_request(self, scene: Scene) -> Answer:
        names = [name for name in dir(scene) if not name.startswith("_")]
        return scene.answer(200, "\n".join([*names, repr(scene)]).encode(), "text/plain")


def test_scene_has_no_public_name_for_the_app_alone(either: FakeRegistry) -> None:
    either.faults.add(Fault("base", Describe()))

    *names, shown = send(either, "GET", "/v2/").body.decode().splitlines()

    data = ["call", "cause", "now", "registry", "settings", "when"]
    answers = ["answer", "answer_for", "answer_to", "pause", "pause_of"]
    content = ["lose_manifest", "past_answer", "storage_url"]
    means = ["logins", "uploads"]
    others = ["await_effect", "keep", "new_id", "note_effect", "note_no_effect"]
    assert sorted(names) == sorted([*data, *answers, *content, *means, *others])
    assert shown.startswith("Scene(when='before', ")
    assert "SceneTools" not in shown
