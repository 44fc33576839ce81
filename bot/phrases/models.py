"""What people read of models, efforts and profiles."""

from __future__ import annotations

from collections.abc import Sequence

from bot.phrases.defaults import ALWAYS
from bot.ports import Model
from bot.profile import Profile

HELP_ON_MODEL = f"""\
**model** lists the models that you can choose from, with what each costs, and changes this \
conversation's.

- `model` and a name chooses that one, from the next message on
- `model default` goes back to what whoever runs me chose
{ALWAYS}"""

HELP_ON_EFFORT = f"""\
**effort** shows how hard the model of this conversation thinks, where it can be told, and \
changes that.

- `effort high` makes it think longer, from the next message on
- `effort default` leaves it to the model
{ALWAYS}"""

HELP_ON_PROFILE = """\
**profile** shows what I may do in this conversation, and changes it as far as you may.

- `profile chat`: talk, and files on the conversation's desk
- `profile web`: also pages of the internet, for which I ask you
- `profile agent`: also commands in a directory, for which I ask you"""

DEFAULT_MODEL = "Default"

_PROFILES: dict[Profile, str] = {
    Profile.CHAT: "I talk, and work with files on the desk of this conversation",
    Profile.WEB: "I also read pages of the internet, host by host with your permission",
    Profile.AGENT: "I also run commands in a directory, with your permission",
}


def label(model: Model) -> str:
    """A model on a button."""
    return model.name or model.id


def costs(model: Model) -> str:
    """What a model costs, in a few words; empty where nobody says."""
    if model.multiplier is None:
        return ""
    if not model.multiplier:
        return "no premium request"
    return f"{model.multiplier:g} premium request{'' if model.multiplier == 1 else 's'} a message"


def models(listed: Sequence[Model], current: str) -> str:
    """The models that can be chosen; `current` is the one that is."""
    if not listed:
        return "There is no model to choose from here."
    is_listed = any(each.id == current for each in listed)
    lines = [_line(each, is_current=each.id == current) for each in listed]
    head = "The models that you can choose from:"
    if not is_listed:
        now = f"`{current}`" if current else "Copilot's own choice"
        head = f"Now it is {now}. {head}"
    return f"{head}\n\n" + "\n".join(lines)


def model_chosen(model: Model | None, *, is_busy: bool) -> str:
    """A model was chosen; None for the default."""
    named = "the default model" if model is None else f"`{model.id}`"
    cost = "" if model is None or not costs(model) else f" ({costs(model)})"
    return f"{_from(is_busy=is_busy)} this conversation goes on with {named}{cost}."


def no_such_model(said: str, listed: Sequence[Model], current: str) -> str:
    """There is no model of that name."""
    return f"There is no model `{said}` for you. {models(listed, current)}"


def model_gone(model: str) -> str:
    """The model that was chosen for a conversation is not there any more."""
    return f"The model `{model}` is not there any more, so I go on with the default one."


def model_refused(model: str) -> str:
    """The model that was chosen for a conversation turned out to be unknown."""
    return f"The model `{model}` is not there any more. Press Retry: I take the default one then."


def efforts(model: Model, current: str) -> str:
    """How hard a model can think, and does."""
    offered = ", ".join(f"`{each}`" for each in model.efforts)
    now = f"**{current}**" if current else "its own choice"
    return f"The effort of `{model.id}` is {now}. It can be {offered}."


def effort_chosen(model: Model, effort: str, *, is_busy: bool) -> str:
    """An effort was chosen; empty for the model's own."""
    named = f"effort **{effort}**" if effort else "the effort that it chooses itself"
    return f"{_from(is_busy=is_busy)} `{model.id}` thinks with {named}."


def no_effort(model: Model | None) -> str:
    """The model takes no effort."""
    named = f"The model `{model.id}`" if model else "The model of this conversation"
    return f"{named} cannot be told how hard to think. `model` lists the others."


def no_such_effort(said: str, model: Model) -> str:
    """The model knows no such effort."""
    offered = ", ".join(f"`{each}`" for each in model.efforts)
    return f"`{model.id}` knows no effort `{said}`: say `effort` and one of {offered}."


def profile_is(profile: Profile, possible: Sequence[Profile]) -> str:
    """Which profile a conversation has for somebody."""
    text = f"The profile of this conversation is **{profile}**: {_PROFILES[profile]}."
    if len(possible) < 2:
        text += " You cannot choose another one here."
    return text


def profile_chosen(profile: Profile, *, is_busy: bool) -> str:
    """A profile was chosen."""
    return f"{_from(is_busy=is_busy)} the profile is **{profile}**: {_PROFILES[profile]}."


def no_such_profile(said: str, possible: Sequence[Profile]) -> str:
    """There is no profile of that name."""
    return f"There is no profile `{said}`. {_may(possible)}"


def profile_too_high(profile: Profile, possible: Sequence[Profile]) -> str:
    """The operator does not grant that."""
    return f"You may not choose the profile `{profile}` here: ask whoever runs me. {_may(possible)}"


def _may(possible: Sequence[Profile]) -> str:
    return "You can choose " + ", ".join(f"`{each}`" for each in possible) + "."


def _line(model: Model, *, is_current: bool) -> str:
    named = f"`{model.id}`" if model.name in {"", model.id} else f"`{model.id}` {model.name}"
    cost = f", {costs(model)}" if costs(model) else ""
    return f"- {named}{cost}{' **(now)**' if is_current else ''}"


def _from(*, is_busy: bool) -> str:
    return "Once this answer is written," if is_busy else "From the next message on"
