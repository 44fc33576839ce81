"""What is known of models."""

from __future__ import annotations

from typing import Any

import pytest
from copilot import ModelInfo

from adapters.copilot.models import Models, Sight


def model(name: str, *, sees: bool, multiplier: float | None = 1, state: str = "") -> ModelInfo:
    """A model as GitHub lists it."""
    limits = {"max_context_window_tokens": 1000}
    listed: dict[str, Any] = {
        "id": name,
        "name": name,
        "capabilities": {"supports": {"vision": sees}, "limits": limits},
        "billing": {"multiplier": multiplier},
    }
    if state:
        listed["policy"] = {"state": state, "terms": ""}
    return ModelInfo.from_dict(listed)


LISTED = [
    model("dear", sees=True),
    model("off", sees=True, multiplier=0, state="disabled"),
    model("free", sees=False, multiplier=0),
]


def test_what_github_says() -> None:
    """GitHub says which of its models see; of others they are thought to."""
    models = Models(Sight.AUTO, "free", has_provider=False)
    assert models.sees(None)
    assert not models.is_sure("free")
    models.listed(LISTED)
    assert models.sees("dear")
    assert not models.sees("free")
    assert not models.sees(None)
    assert models.sees("unheard of")
    assert models.is_sure("free")
    assert not models.is_sure("unheard of")


def test_what_turned_out() -> None:
    """What turned out of a provider's model counts, for that model."""
    models = Models(Sight.AUTO, "mine", has_provider=True)
    models.learned(None, sees=False)
    assert not models.sees("mine")
    assert models.is_sure(None)
    assert models.sees("other")


@pytest.mark.parametrize("sight", [Sight.YES, Sight.NO])
def test_what_the_operator_says(sight: Sight) -> None:
    """What the operator says counts, whatever else is known."""
    models = Models(sight, None, has_provider=True)
    models.learned(None, sees=sight is Sight.NO)
    assert models.sees(None) is (sight is Sight.YES)
    assert models.is_sure(None)


def test_the_cheap_model() -> None:
    """Of GitHub's a title is asked of a model that costs nothing and may be used, or of none."""
    models = Models(Sight.AUTO, "dear", has_provider=False)
    assert models.cheap(None) is None
    models.listed(LISTED[:2])
    assert models.cheap(None) is None
    models.listed(LISTED)
    assert models.cheap("dear") == "free"


def test_the_operators_own_model_is_cheap() -> None:
    """With a provider of the operator's it is the session's own."""
    models = Models(Sight.AUTO, "mine", has_provider=True)
    assert models.cheap(None) == "mine"
    assert models.cheap("other") == "other"


def test_models_to_choose() -> None:
    """Of GitHub's models, those may be chosen that the account may use and the operator names."""
    models = Models(Sight.AUTO, None, has_provider=False)
    assert models.offered() == []
    models.listed(LISTED)
    assert [each.id for each in models.offered()] == ["dear", "free"]
    dear, free = models.offered()
    assert (dear.sees_images, dear.multiplier) == (True, 1)
    assert (free.sees_images, free.multiplier) == (False, 0)
    narrowed = Models(Sight.AUTO, "dear", choice=["off", "unheard-of"], has_provider=False)
    narrowed.listed(LISTED)
    assert [each.id for each in narrowed.offered()] == ["dear"]


def test_models_of_a_provider() -> None:
    """Of a provider's models, the usual one may be chosen, and those that the operator names."""
    models = Models(Sight.AUTO, "mine", choice=["other", "mine"], has_provider=True)
    models.learned("other", sees=False)
    assert [(each.id, each.sees_images) for each in models.offered()] == [
        ("mine", True),
        ("other", False),
    ]
    assert [each.id for each in Models(Sight.AUTO, "mine", has_provider=True).offered()] == ["mine"]


def test_efforts() -> None:
    """How hard a model can be told to think is as GitHub says."""
    thinker = model("thinker", sees=True)
    thinker.supported_reasoning_efforts = ["low", "high"]
    models = Models(Sight.AUTO, None, has_provider=False)
    models.listed([thinker])
    assert models.offered()[0].efforts == ("low", "high")
