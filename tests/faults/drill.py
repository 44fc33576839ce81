"""A run: people talk on both platforms at once, faults happen by plan, in the end it is judged."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from playground.errors import AppDidNotRespondError
from playground.fault_switches import Chances
from tests.e2e.discord_side import DiscordSide
from tests.e2e.side import Said, Side, Thread
from tests.e2e.slack_side import SlackSide
from tests.faults import outside, plan, script
from tests.faults.crew import Member
from tests.faults.growth import Sample, look
from tests.faults.ledger import Ledger
from tests.faults.oracle import Asked, Place, Remains, Rule, Violation, judged
from tests.faults.outcome import Outcome
from tests.faults.plan import Amounts, Fault, Planned, Trigger
from tests.faults.script import Conversation, Line
from tests.faults.stage import LEASE_S, Stage, staged
from tests.faults.witness import Witness
from tests.postgres import PostgresServer

_ANSWER_S = 240.0
"""How long an answer may take, whatever happens meanwhile, before it counts as lost."""

_LOOKS = 20
"""How often it is looked at what grows."""

_TOLD_EACH = 100
"""How many messages lie between two signs of life of a long run."""

_PRESSED_EACH_S = 10.0
_DELETED_S = 30.0
_LOOK_S = 3.0
_REST_S = 90.0
_KNOWN = "Future.set_exception(ProcessExited"
"""The SDK tells the end of the runtime also to calls that were given up before: nobody hears it."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a run is made of.

    Args:
        seed: from which all is drawn.
        turns: how many messages are said while faults happen; each thread gets one more after.
        faults: how many of each kind.
        chances: what goes wrong with calls beside the plan.
        bots: how many processes serve.
        at_once: how many conversations go on at once.
        delay_s: seconds between two pieces of the model's answers.
        settings: of the bots, beside the usual.
        watches: whether it is watched what grows.
    """

    seed: int
    turns: int
    faults: Mapping[Fault, int]
    chances: Chances = field(default_factory=Chances)
    bots: int = 1
    at_once: int = 8
    delay_s: float = 0.02
    settings: Mapping[str, str] = field(default_factory=dict)
    watches: bool = False


@asynccontextmanager
async def drill(
    setup: Setup, directory: Path, postgres: PostgresServer | None = None
) -> AsyncIterator[Drill]:
    """Set a run up, and take it down again.

    Args:
        setup: what it is made of.
        directory: for databases and logs.
        postgres: where the database is; None for a SQLite file.
    """
    async with staged(
        directory,
        postgres,
        bots=setup.bots,
        settings=setup.settings,
        tells_numbers=setup.watches,
    ) as stage:
        for member in stage.members:
            await member.start()
        yield Drill(setup, stage)


class Drill:
    """One run.

    Args:
        setup: what it is made of.
        stage: what it is played on; the processes run.
    """

    def __init__(self, setup: Setup, stage: Stage) -> None:
        playground = stage.playground
        self.ledger = Ledger(stage.where)
        self.members = stage.members
        self.playground = playground
        self._setup = setup
        self._where = stage.where
        self._lengths: dict[str, int] = {}
        self._witness = Witness(playground, self._lengths)
        self._sides: dict[str, Side] = {
            "slack": SlackSide(playground.slack),
            "discord": DiscordSide(playground.discord),
        }
        self._asked: list[Asked] = []
        amounts = Amounts(faults=setup.faults, bots=setup.bots, lease_s=LEASE_S)
        self._planned = plan.drawn(setup.seed, setup.turns, amounts)
        self._armed: list[tuple[Planned, int]] = []
        self._is_calm = True
        self._happened: Counter[str] = Counter()
        self._story: list[str] = []
        self._retries = 0
        self._samples: list[Sample] = []
        self._pressed: dict[tuple[Place, str], float] = {}
        self._began, self._began_at = time.monotonic(), time.time()
        self._tasks: asyncio.TaskGroup | None = None
        self._busy: dict[int, asyncio.Lock] = {at: asyncio.Lock() for at in range(setup.bots)}
        playground.slack.record.subscribe(lambda _: self._reached(Trigger.CALLED))
        playground.discord.record.subscribe(lambda _: self._reached(Trigger.CALLED))
        script.teach(
            stage.brain, delay_s=setup.delay_s, reached=partial(self._reached, Trigger.PIECE)
        )

    async def run(self) -> Outcome:
        """Play it to its end, and judge it."""
        setup = self._setup
        conversations = script.drawn(setup.seed, setup.turns)
        # Discord tells nobody of direct messages: only those are looked for that are known.
        await asyncio.gather(*(self._greet(each) for each in conversations if each.is_direct))
        self._is_calm = False
        slack, discord = self.playground.slack, self.playground.discord
        slack.faults.seed(setup.seed, setup.chances)
        discord.faults.seed(setup.seed, setup.chances)
        async with asyncio.TaskGroup() as surgery:
            self._tasks = surgery
            for some in self._sections(conversations):
                await self._talk(some)
                if setup.watches:
                    await self._look()
            self._is_calm = True
            self._armed.clear()
            slack.faults.clear()
            discord.faults.clear()
        self._tasks = None
        self._note("the faults are over")
        await asyncio.gather(*(self._answered(each.token) for each in self._asked))
        await self._ask_once_more()
        violations = await self._judgement()
        happened = self._happened
        of_platforms = sum(slack.faults.happened.values()) + sum(discord.faults.happened.values())
        for name, faults in (("slack", slack.faults), ("discord", discord.faults)):
            happened += Counter({f"{name}: {k}": n for k, n in faults.happened.items()})
        return Outcome(
            seed=setup.seed,
            turns=len(self._asked),
            violations=violations,
            happened=happened,
            platform_faults=of_platforms + happened[Fault.SILENCE] + happened[Fault.DELETE_REPLY],
            retries=self._retries,
            seconds=time.monotonic() - self._began,
            story=self._story,
            samples=self._samples,
            calls=self._calls(),
            logs=[member.process.said for member in self.members],
        )

    def _sections(self, conversations: list[Conversation]) -> list[list[Conversation]]:
        """All at once, or in as many parts as there are looks at what grows."""
        count = _LOOKS if self._setup.watches else 1
        size = -(-len(conversations) // count)
        return [conversations[at : at + size] for at in range(0, len(conversations), size)]

    async def _talk(self, conversations: list[Conversation]) -> None:
        room = asyncio.Semaphore(self._setup.at_once)
        async with asyncio.TaskGroup() as talking:
            for conversation in conversations:
                await room.acquire()
                task = talking.create_task(self._hold(conversation))
                task.add_done_callback(lambda _: room.release())

    async def _look(self) -> None:
        """See what has grown, once all is at rest."""
        await self._rest()
        for member in self.members:
            self._samples.append(await look(member, self.ledger, len(self._asked)))

    # --- people ---------------------------------------------------------------------------

    async def _hold(self, conversation: Conversation) -> None:
        """Say what there is to be said in a thread, and wait for the answers."""
        thread: Thread | None = None
        open_tokens: list[str] = []
        for line in conversation.lines[1:] if conversation.is_direct else conversation.lines:
            if line.waits:
                await self._all_answered(open_tokens)
            thread = await self._say(conversation, thread, line)
            open_tokens.append(line.token)
        await self._all_answered(open_tokens)

    async def _greet(self, conversation: Conversation) -> None:
        """Begin a direct message, before anything fails."""
        first = conversation.lines[0]
        await self._say(conversation, None, first)
        await self._answered(first.token)

    async def _say(self, conversation: Conversation, thread: Thread | None, line: Line) -> Thread:
        side = self._sides[conversation.platform]
        self._lengths[line.token] = line.words
        if conversation.is_direct:
            thread = side.direct(line.who)
            message = await side.follow_up(thread, line.prompt, who=line.who)
            place = Place(platform=side.name, channel=thread.channel, thread="")
        elif thread is None:
            thread = await side.mention(line.prompt, who=line.who, channel=conversation.channel)
            message = thread.id
            place = self._place(side, thread)
        else:
            say = side.call if conversation.is_shared else side.follow_up
            message = await say(thread, line.prompt, who=line.who)
            place = self._place(side, thread)
        if not (len(self._asked) + 1) % _TOLD_EACH:
            told = f"{len(self._asked) + 1} messages, {time.monotonic() - self._began:.0f} s"
            print(told, file=sys.stderr, flush=True)  # noqa: T201
        self._asked.append(
            Asked(
                token=line.token,
                place=place,
                message_id=message,
                who=line.who,
                words=line.words,
            )
        )
        self._note(f"{line.token} said in {place}")
        self._arm()
        self._reached(Trigger.SAID)
        return thread

    def _place(self, side: Side, thread: Thread) -> Place:
        known = self.playground.slack if side.name == "slack" else self.playground.discord
        return Place(platform=side.name, channel=known.channel(thread.channel), thread=thread.id)

    async def _all_answered(self, tokens: list[str]) -> None:
        while tokens:
            await self._answered(tokens.pop(0))

    async def _answered(self, token: str) -> None:
        """Wait until something is answered, pressing Retry where that is offered."""
        asked = next(each for each in reversed(self._asked) if each.token == token)
        answered = self._witness.answered(token)
        begun_at = time.monotonic()
        while not answered.is_set() and time.monotonic() - begun_at < _ANSWER_S:
            with suppress(TimeoutError):
                await asyncio.wait_for(answered.wait(), _LOOK_S)
            if answered.is_set():
                return
            if token in self._witness.deleted and time.monotonic() - begun_at > _DELETED_S:
                return  # what was deleted was perhaps the whole answer
            await self._retry(asked.place, asked.who)
        if not answered.is_set():
            self._note(f"{token} was not answered in {_ANSWER_S} s")

    async def _retry(self, place: Place, who: str) -> None:
        """Press what offers to try again, as people do who are asked to: one after the other.

        Which message a sentence is about is not said; to retry what was answered does nothing.
        """
        now = time.monotonic()
        pressed = {offer: self._pressed.get((place, offer), 0.0) for offer in self._offers(place)}
        offer = min(pressed, key=pressed.__getitem__, default="")
        if not offer or now - pressed[offer] < _PRESSED_EACH_S:
            return
        self._pressed[place, offer] = now
        said = Said(id=offer, text="", shown="", buttons=(), is_finished=True)
        try:
            await self._sides[place.platform].press(said, "Retry", who=who)
        except (AppDidNotRespondError, AssertionError, KeyError) as error:
            self._note(f"Retry of {offer} came to nothing: {error!r}")
            del self._pressed[place, offer]
        else:
            self._retries += 1
            self._note(f"Retry of {offer} pressed in {place}")

    def _offers(self, place: Place) -> list[str]:
        return self._witness.retries_offered(place)

    async def _ask_once_more(self) -> None:
        """Ask something in every thread, now that nothing fails any more: they are usable."""
        first: dict[Place, Asked] = {}
        for each in self._asked:
            first.setdefault(each.place, each)
        room = asyncio.Semaphore(self._setup.at_once)
        async with asyncio.TaskGroup() as talking:
            for number, place in enumerate(first, len(self._asked) + 1):
                await room.acquire()
                task = talking.create_task(self._ask_last(place, f"t{number}"))
                task.add_done_callback(lambda _: room.release())

    async def _ask_last(self, place: Place, token: str) -> None:
        side = self._sides[place.platform]
        who = next(each.who for each in self._asked if each.place == place)
        line = Line(token=token, words=5, who=who, waits=True)
        self._lengths[token] = line.words
        if place.thread:
            name = self._channel_name(place)
            thread = Thread(channel=name, id=place.thread)
            message = await side.call(thread, line.prompt, who=line.who)
        else:
            message = await side.follow_up(side.direct(who), line.prompt, who=who)
        self._asked.append(
            Asked(token=token, place=place, message_id=message, who=who, words=line.words)
        )
        await self._answered(token)

    def _channel_name(self, place: Place) -> str:
        if place.platform == "slack":
            return self.playground.slack.workspace.channels[place.channel].name
        return self.playground.discord.guild.channels[place.channel].name

    # --- faults ---------------------------------------------------------------------------

    def _arm(self) -> None:
        if self._is_calm:
            return
        while self._planned and self._planned[0].after <= len(self._asked):
            planned = self._planned.pop(0)
            self._armed.append((planned, planned.times))

    def _reached(self, trigger: Trigger) -> None:
        due = []
        for at, (planned, left) in enumerate(self._armed):
            if planned.trigger is trigger:
                self._armed[at] = (planned, left - 1)
                if left <= 1:
                    due.append(planned)
        self._armed = [(planned, left) for planned, left in self._armed if left > 0]
        for planned in due:
            self._strike(planned)

    def _strike(self, planned: Planned) -> None:
        """Let a fault happen, now."""
        self._note(str(planned))
        fault = planned.fault
        faults = getattr(self.playground, planned.platform).faults
        member = self.members[planned.bot]
        match fault:
            case Fault.KILL_BOT:
                if member.process.is_running and not self._busy[planned.bot].locked():
                    member.process.signal(signal.SIGKILL)
                self._begin(self._operate(planned, member))
            case Fault.KILL_RUNTIME | Fault.FREEZE_BOT:
                self._begin(self._operate(planned, member))
            case Fault.DROP:
                faults.turn_on("drop_socket" if planned.platform == "slack" else "drop_gateway")
            case Fault.RECONNECT:
                name = "refresh_socket" if planned.platform == "slack" else "reconnect"
                faults.turn_on(name)
            case Fault.FORGET:
                faults.turn_on("invalid_session", drop=True)
            case Fault.SILENCE:
                member.door.strike_dumb()
                self._happened[fault] += 1
            case Fault.REDELIVER:
                self._begin(self._for_a_while(planned, "redeliver"))
            case Fault.OTHER_EVENT_FIRST:
                self._begin(self._for_a_while(planned, "double_mention"))
                self._happened[fault] += 1
            case Fault.OVERTAKE:
                faults.turn_on("hold_event", ms=planned.seconds * 1000)
            case Fault.RATE_LIMIT:
                faults.turn_on("rate_limit", calls=2)
            case Fault.RATE_LIMIT_UNTOLD:
                faults.turn_on("rate_limit", calls=1, retry_after_s=None)
            case Fault.SERVER_ERROR:
                faults.turn_on("server_error", calls=2)
            case Fault.LOST_ANSWER:
                faults.turn_on("server_error", calls=1, after=True)
            case Fault.LATE_LOSS:
                faults.turn_on("server_error", calls=1, after=True, ms=planned.seconds * 1000)
            case Fault.CLOSE_STREAMS:
                faults.turn_on("close_streams")
            case Fault.DELETE_REPLY:
                self._begin(self._delete_reply(planned))
            case Fault.LOCK_DATABASE:
                self._happened[fault] += 1
                self._begin(outside.lock(self._where, planned.seconds))
            case Fault.CUT_DATABASE if not isinstance(self._where, Path):
                self._happened[fault] += 1
                self._begin(outside.cut(self._where))
            case _:
                raise AssertionError(f"{fault} cannot be done here")

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(work)

    async def _operate(self, planned: Planned, member: Member) -> None:
        """Do something to a process, one thing at a time."""
        async with self._busy[planned.bot]:
            fault = planned.fault
            if fault is Fault.KILL_BOT:
                await member.kill(planned.seconds)
            elif fault is Fault.KILL_RUNTIME:
                if not await member.kill_runtime():
                    await asyncio.sleep(1)  # it is just being started
                    if not await member.kill_runtime():
                        return
            else:
                await member.freeze(planned.seconds)
            self._happened[fault] += 1
            self._note(f"done: {fault} (bot {planned.bot})")

    async def _for_a_while(self, planned: Planned, kind: str) -> None:
        faults = getattr(self.playground, planned.platform).faults
        faults.turn_on(kind)
        await asyncio.sleep(planned.seconds)
        faults.turn_off(kind)

    async def _delete_reply(self, planned: Planned) -> None:
        growing = [one for one in self._witness.growing(planned.platform) if one[0].thread]
        if not growing:
            return
        place, message = growing[0]
        side = self._sides[planned.platform]
        self._witness.is_deleting = True
        try:
            thread = Thread(channel=self._channel_name(place), id=place.thread)
            await side.delete(thread, message, who="ada")
        finally:
            self._witness.is_deleting = False
        self._happened[planned.fault] += 1
        self._note(f"{message} deleted in {place}")

    async def _rest(self) -> None:
        """Wait until nothing is done any more; what is left then is for the oracle."""
        until = time.monotonic() + _REST_S
        while time.monotonic() < until:
            is_at_rest = await self.ledger.is_at_rest()
            if is_at_rest and not self._witness.marked() and not self._witness.working():
                return
            await asyncio.sleep(0.2)

    # --- the end --------------------------------------------------------------------------

    async def _judgement(self) -> list[Violation]:
        await self._rest()
        accounts = await self.ledger.accounts()
        asked = [
            replace(each, is_excused=each.token in self._witness.deleted) for each in self._asked
        ]
        violations = judged(
            asked,
            self._witness.shown(),
            accounts.kept,
            Remains(
                leases=accounts.leases,
                requests=accounts.requests,
                controls=accounts.controls,
                marked=self._witness.marked(),
                working=self._witness.working(),
            ),
        )
        violations += self._witness.violations
        violations += [
            Violation(rule=Rule.SOUND, about=f"bot {at}", detail=_trace(line))
            for at, member in enumerate(self.members)
            for line in member.process.traces
            if _KNOWN not in line
        ]
        return violations

    def _calls(self) -> list[str]:
        """What was called, by whom, in order."""
        records = (self.playground.slack.record, self.playground.discord.record)
        calls = sorted(
            (call for record in records for call in record.calls()), key=lambda each: each.at
        )
        hosts = {f"127.0.0.1:{member.door.port}": at for at, member in enumerate(self.members)}
        return [
            f"{call.at - self._began_at:8.2f} +{call.ms / 1000:.2f} bot {hosts.get(call.host)} "
            f"{call.method} {getattr(call, 'path', '')} {call.http_status} {call.error or ''} "
            f"{call.arguments!r:.600} -> {call.answer!r:.200}"
            for call in calls
        ]

    def _note(self, what: str) -> None:
        self._story.append(f"{time.monotonic() - self._began:8.2f} {what}")


def _trace(line: str) -> str:
    with suppress(ValueError):
        found = json.loads(line)
        return f"{found.get('event')}: {str(found.get('exception'))[-1500:]}"
    return line[-1500:]
