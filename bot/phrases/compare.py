"""What people read of comparing models, and what the models are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot import errors
from bot.comparison import (
    LABELS,
    TIE,
    Candidate,
    CandidateState,
    Comparison,
    ModelScore,
    winners,
)
from bot.phrases import trouble

HELP = """\
**compare** asks several models the same, and shows their answers as A, B, C.

- `compare MODEL MODEL [MODEL] QUESTION`: with 2 to 4 models; each knows what was said here
- everyone here votes for the best answer; then the models are told, with time, tokens and cost
- *Continue with A* makes that answer's session this conversation's own; without it, this one \
goes on as it was, and is told of the answers
- `compare stats` says how often each model has won here"""

REVEAL = "Reveal models"
NONE_BETTER = "None better"
NOBODY_TO_ASK = "Nobody can be asked here. Decide for yourself, and say what you assumed."
NOT_IN_A_COMPARISON = "Answers that are compared can use nothing that needs permission."
"""These two the models are told, not a person."""

NOT_NOW = "The vote on these answers is over: the models are told above."
NO_COMPARISON = "That comparison is gone: say `compare` to begin another one."
NOT_YOURS = "That is for the person who asked for this comparison, or for an approver, to decide."
NOT_REVEALED = "The models are not told yet: vote, or have them revealed first."
CHOSEN_ALREADY = "This conversation goes on with another answer already."
CONTINUING = "This conversation goes on with that answer, once nothing else is being answered."
CONTINUED_TOO_LATE = (
    "This conversation has begun afresh since those models were compared, so it cannot go on with "
    "one of their answers. Say `compare` to ask them again."
)
BEGUN = "I have begun a thread for it: the answers come there."
NOT_HERE = (
    "I cannot begin that here: mention me in a channel, or use `compare` in our direct message."
)
NO_QUESTION = "Say what to ask the models: `compare MODEL MODEL QUESTION`."
NO_STATS = "Nothing was compared here yet: `compare MODEL MODEL QUESTION` begins."
WAITS = "It waits until what is being answered there is done."

CUT_OFF = "It was cut off three times."
NOTHING_SAID = "It ended without saying anything."
TOOK_TOO_LONG = "It took longer than the operator allows."
WAS_STOPPED = "It was stopped."
ENDED_WITHOUT_ANSWER = {
    CandidateState.FAILED: "No answer: why is told with the models.",
    CandidateState.STOPPED: "Stopped.",
}

_LONGEST_PROMPT = 280


def heading(label: str) -> str:
    """What stands above an answer."""
    return f"### Answer {label}"


def problem(error: errors.ThreadpilotError) -> str:
    """Why a model gave no answer; told once the models are."""
    if isinstance(error, errors.ModelUnknown):
        return "It is not known here, or may not be used."
    return trouble(error)


def begins(asked_by: str, count: int, prompt: str) -> str:
    """The message with which a comparison begins that was typed as a command."""
    who = f"{asked_by} asks" if asked_by else "Asking"
    return f"**{who} {count} models:**\n\n{_quoted(prompt)}"


def too_few(models: Sequence[str], known: Iterable[str]) -> str:
    """There are not enough models in what was said."""
    had = f"I only know {_named(models)} of those." if models else "I know none of those models."
    return f"{had} {_usage(known)}"


def too_many(known: Iterable[str]) -> str:
    """There are more models than labels."""
    return f"I compare {len(LABELS)} models at most. {_usage(known)}"


def only_one_model(known: Sequence[str]) -> str:
    """There is nothing to compare."""
    had = f"There is only {_named(known)} here" if known else "There is no model to choose here"
    return f"{had}: whoever runs me can offer more with `THREADPILOT_MODELS`."


def voting(comparison: Comparison, prompt: str) -> str:
    """The vote, while it is open."""
    labels = _listed(each.label for each in comparison.answered)
    drawn = f"{labels} are by different models, in an order drawn by lot."
    until = (
        f"**{_votes_so_far(comparison)}.** The models are told when all have voted who spoke to me "
        f"here, when {_asker(comparison)} says so, or on {_moment(comparison.expires_at)}. Until "
        "then you can change your vote."
    )
    lines = [
        "### Which answer is best?",
        _quoted(prompt),
        f"{drawn}{_without_answer(comparison)}",
        until,
    ]
    return "\n\n".join(lines)


def outcome(comparison: Comparison, prompt: str) -> str:
    """The models, and how the vote went."""
    counts = Counter(comparison.votes.values())
    fared = [_fared(each, counts[each.label] if counts else None) for each in comparison.candidates]
    lines = [f"### {_verdict(comparison)}", _quoted(prompt), "\n".join(fared)]
    if ties := counts[TIE]:
        lines.append(f"{'One' if ties == 1 else ties} found none better than the others.")
    if chosen := comparison.candidate(comparison.chosen):
        lines.append(f"**This conversation goes on with {chosen.label}: `{chosen.model}`.**")
    elif comparison.answered:
        lines.append(
            "*Continue with …* makes that answer's session this conversation's own. Else it goes "
            "on as it was, and knows what was answered."
        )
    return "\n\n".join(lines)


def continue_with(candidate: Candidate) -> str:
    """What the button says with which a conversation goes on with an answer."""
    return f"Continue with {candidate.label}"


def voted(label: str) -> str:
    """What whoever has voted is told."""
    return "You found none better." if label == TIE else f"You voted for {label}."


def stats(scores: Sequence[ModelScore], count: int) -> str:
    """How often models have won."""
    rows = [
        "| Model | Won | Shared | Shown |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {each.model} | {each.wins} | {each.ties} | {each.shown} |" for each in scores),
    ]
    many = "one comparison" if count == 1 else f"{count} comparisons"
    return (
        f"**Wins by model**, of {many} in channels here and in your own direct messages:\n\n"
        + "\n".join(rows)
        + "\n\n*Shared* are wins with as many votes for another answer."
    )


def _usage(known: Iterable[str]) -> str:
    return f"Say `compare MODEL MODEL QUESTION`; there are {_named(known)}."


def _verdict(comparison: Comparison) -> str:
    if not comparison.answered:
        return "No model gave an answer"
    if len(comparison.answered) == 1:
        return f"Only {comparison.answered[0].label} gave an answer"
    best = winners(comparison.votes)
    if not best:
        return "Nobody voted"
    models = comparison.models
    won = sorted(best - {TIE})
    if TIE in best:
        return "None was found better" if not won else "Opinions were divided"
    named = _listed(f"{label}, {models[label]}," if len(won) == 1 else label for label in won)
    return f"{named} won" if len(won) == 1 else f"{named} share the win"


def _fared(candidate: Candidate, votes: int | None) -> str:
    """How an answer fared, in a line: a table would be too wide for a thread.

    Args:
        candidate: which.
        votes: how many it got; None where nobody voted.
    """
    named = f"**{candidate.label}: {candidate.model}**"
    if candidate.state is not CandidateState.DONE:
        return f"- {named} gave no answer. {candidate.problem}"
    told = [] if votes is None else ["one vote" if votes == 1 else f"{votes} votes"]
    if candidate.first_text_s is not None:
        told.append(f"began after {candidate.first_text_s:.1f} s")
    if candidate.seconds:
        told.append(f"done after {candidate.seconds:.1f} s")
    told.append(f"{candidate.input_tokens:,} tokens read, {candidate.output_tokens:,} written")
    if candidate.cost:
        told.append(f"{candidate.cost:g} premium requests")
    return f"- {named} · {' · '.join(told)}"


def _votes_so_far(comparison: Comparison) -> str:
    count = len(comparison.votes)
    if not count:
        return "No vote yet"
    return "One vote so far" if count == 1 else f"{count} votes so far"


def _without_answer(comparison: Comparison) -> str:
    labels = [each.label for each in comparison.candidates if each not in comparison.answered]
    return f" {_listed(labels)} gave no answer: why is told with the models." if labels else ""


def _asker(comparison: Comparison) -> str:
    return comparison.asked_by.name or "whoever asked"


def _moment(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%B, %H:%M} UTC" if moment is not None else "some day"


def _quoted(prompt: str) -> str:
    """The beginning of the prompt, as a quotation."""
    words = " ".join(prompt.split())
    return f"> {words if len(words) <= _LONGEST_PROMPT else words[: _LONGEST_PROMPT - 1] + '…'}"


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _named(models: Iterable[str]) -> str:
    named = [f"`{model}`" for model in models]
    return ", ".join(named[:20]) + (f" and {len(named) - 20} more" if len(named) > 20 else "")
