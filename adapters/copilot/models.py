"""What is known of the models that can be used: what there are, what they see and cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from copilot import ModelInfo

from bot.ports import Model


class Sight(StrEnum):
    """Whether models are shown pictures, as the operator says."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class Models:
    """What is known of models; it outlives a runtime.

    GitHub says which of its models see. Of a provider of the operator's nobody says it, and the
    runtime hands pictures on to any model: so one counts as seeing until its provider refuses a
    prompt with pictures and takes it without.

    Args:
        sight: what the operator says.
        default: what sessions use that name no other; None for the runtime's choice.
        choice: what threads may choose besides, as the operator says; empty for all of GitHub's.
        has_provider: whether the operator brought a model provider.
    """

    def __init__(
        self,
        sight: Sight,
        default: str | None,
        *,
        choice: Sequence[str] = (),
        has_provider: bool,
    ) -> None:
        self._sight = sight
        self._default = default
        self._choice = tuple(dict.fromkeys([*filter(None, [default]), *choice]))
        self._is_narrowed = bool(choice)
        self._has_provider = has_provider
        self._sees: dict[str, bool] = {}
        self._free: str | None = None
        self._usable: tuple[ModelInfo, ...] = ()

    def listed(self, models: Iterable[ModelInfo]) -> None:
        """Take what GitHub says of its models."""
        models = tuple(models)
        self._usable = tuple(model for model in models if _is_usable(model))
        for model in models:
            self._sees[model.id] = model.capabilities.supports.vision
        for model in self._usable:
            if self._free is None and model.billing is not None and model.billing.multiplier == 0:
                self._free = model.id

    def offered(self) -> list[Model]:
        """The models that a thread may choose; of GitHub's, those that it listed."""
        if self._has_provider:
            return [Model(id=name, name=name, sees_images=self.sees(name)) for name in self._choice]
        return [
            Model(
                id=model.id,
                name=model.name,
                efforts=tuple(model.supported_reasoning_efforts or ()),
                sees_images=self.sees(model.id),
                multiplier=None if model.billing is None else model.billing.multiplier,
            )
            for model in self._usable
            if not self._is_narrowed or model.id in self._choice
        ]

    def sees(self, model: str | None) -> bool:
        """Whether a model can be shown pictures, as far as is known."""
        if self._sight is not Sight.AUTO:
            return self._sight is Sight.YES
        return self._sees.get(self._name(model), True)

    def is_sure(self, model: str | None) -> bool:
        """Whether that is certain, so that a failure has another cause than a picture."""
        return self._sight is not Sight.AUTO or self._name(model) in self._sees

    def learned(self, model: str | None, *, sees: bool) -> None:
        """It turned out what a model does with pictures."""
        self._sees[self._name(model)] = sees

    def cheap(self, model: str | None) -> str | None:
        """The model for what nobody asked for, such as a title; None where each would cost.

        With a provider of the operator's that is the session's own; of GitHub's, one that takes
        nothing from the allowance.
        """
        return (model or self._default) if self._has_provider else self._free

    def _name(self, model: str | None) -> str:
        return model or self._default or ""


def _is_usable(model: ModelInfo) -> bool:
    return model.policy is None or model.policy.state != "disabled"
