"""The worker's states and the steps between them, as drawn in docs/architecture.md.

COLD -a→ OPENING -b→ IDLE -c→ RUNNING -d→ IDLE
RUNNING -e→ WAITING -f→ RUNNING     RUNNING|WAITING -g→ STOPPING -h→ IDLE
IDLE -i→ COLD      OPENING|RUNNING|WAITING|STOPPING -j→ RECOVERING -k→ OPENING|COLD
"""

from __future__ import annotations

from enum import StrEnum


class WorkerState(StrEnum):
    """What a worker is doing."""

    COLD = "cold"
    OPENING = "opening"
    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPING = "stopping"
    RECOVERING = "recovering"


class Step(StrEnum):
    """Why a worker goes from one state to another; the letters of the drawing."""

    ENTRY_ARRIVED = "a"
    SESSION_OPENED = "b"
    TURN_TAKEN = "c"
    TURN_ENDED = "d"
    QUESTION_OPENED = "e"
    QUESTION_CLOSED = "f"
    STOP_ASKED = "g"
    STOP_CONFIRMED = "h"
    IDLE_LONG_ENOUGH = "i"
    LOST = "j"
    REOPENING = "k"
    GIVEN_UP = "k'"


_STEPS: dict[tuple[WorkerState, Step], WorkerState] = {
    (WorkerState.COLD, Step.ENTRY_ARRIVED): WorkerState.OPENING,
    (WorkerState.OPENING, Step.SESSION_OPENED): WorkerState.IDLE,
    (WorkerState.IDLE, Step.TURN_TAKEN): WorkerState.RUNNING,
    (WorkerState.RUNNING, Step.TURN_ENDED): WorkerState.IDLE,
    (WorkerState.RUNNING, Step.QUESTION_OPENED): WorkerState.WAITING,
    (WorkerState.WAITING, Step.QUESTION_CLOSED): WorkerState.RUNNING,
    (WorkerState.RUNNING, Step.STOP_ASKED): WorkerState.STOPPING,
    (WorkerState.WAITING, Step.STOP_ASKED): WorkerState.STOPPING,
    (WorkerState.STOPPING, Step.STOP_CONFIRMED): WorkerState.IDLE,
    (WorkerState.IDLE, Step.IDLE_LONG_ENOUGH): WorkerState.COLD,
    (WorkerState.OPENING, Step.LOST): WorkerState.RECOVERING,
    (WorkerState.RUNNING, Step.LOST): WorkerState.RECOVERING,
    (WorkerState.WAITING, Step.LOST): WorkerState.RECOVERING,
    (WorkerState.STOPPING, Step.LOST): WorkerState.RECOVERING,
    (WorkerState.RECOVERING, Step.REOPENING): WorkerState.OPENING,
    (WorkerState.RECOVERING, Step.GIVEN_UP): WorkerState.COLD,
}


class IllegalStep(RuntimeError):
    """A step that the drawing does not have: an error in the program."""


def after(state: WorkerState, step: Step) -> WorkerState:
    """The state that a step leads to.

    Raises:
        IllegalStep: there is no such step from this state.
    """
    try:
        return _STEPS[state, step]
    except KeyError:
        possible = sorted(str(known) for origin, known in _STEPS if origin is state)
        raise IllegalStep(
            f"step {step.name} came in state {state}; expected one of {', '.join(possible)}"
        ) from None
