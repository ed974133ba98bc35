"""The stages of a day, and the onset.

Every actor *perceives* the state of yesterday, *decides*, and *acts*; then the world *resolves* breakdowns, battles,
offers and ties, and *records*. No actor sees another's move of the same day, so the order of actors does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import mesa
import numpy as np

from sim.engine.belligerent import Belligerent
from sim.engine.draws import RunValues
from sim.engine.per_run import PerRun
from sim.engine.recorder import Recorder
from sim.engine.rules import battle
from sim.engine.rules.patrons import News
from sim.engine.state import State, Stop
from sim.engine.steps import fighting, stops, talks
from sim.engine.steps import ties as affinity
from sim.engine.streams import Streams
from sim.engine.third_party import ThirdParty
from sim.scenario import STANCE_NAMES, Event, Rung, Scenario

WORTH_DROPPING = 0.3
"""Share of runs that must be over before they are dropped: dropping copies every array."""


class World(mesa.Model):  # type: ignore[misc]
    """All runs of a block.

    Attributes:
        state: the arrays over runs: in *act* an actor writes its own rows, and the steps of a day write all else.
        sides: the challenger and the defender.
        powers: the third parties that can act, in the order of ``state.powers``.
        seated: positions of the powers with a formal seat in a settlement.
        recorder: what is kept of each day for the outcomes.
        watch: called every evening.

    Mesa's own attributes are left alone: ``Model.scenario`` is Mesa's, and the scenario of the crisis is the state's.
    """

    def __init__(self, scenario: Scenario, values: RunValues, streams: Streams) -> None:
        super().__init__(rng=0)  # Mesa's own generator stays unused: all luck comes from named streams
        self.streams = streams
        self.watch: Callable[[], object] = lambda: None
        self.state = State(scenario, values)
        self.seated = tuple(k for k, code in enumerate(self.state.powers) if scenario.actors[code].seat)
        challenger, defender = (Belligerent(self, self.state, streams, side) for side in (0, 1))
        challenger.enemy, defender.enemy = defender, challenger
        self.sides = (challenger, defender)
        parties = range(len(self.state.powers))
        self.powers = tuple(ThirdParty(self, self.state, streams, k, self.seated) for k in parties)
        scopes = [power.scope for power in self.powers if power.allied]
        self.state.scope = np.max(scopes, axis=0) if scopes else None
        self.recorder = Recorder(self.state)
        self._open_crisis()
        self.state.note_conduct()  # what the powers do at the onset

    def play(self, watch: Callable[[], object] = lambda: None) -> Recorder:
        """Play every day to the horizon, or until every run is over; ``watch`` is called every evening."""
        self.watch = watch
        while self.state.day < self.state.scenario.horizon_days and self.state.runs:
            self.step()
        self.recorder.close(self.state, np.arange(self.state.runs))
        for kept in self.recorder.record.daily.values():
            kept[self.state.day :] = kept[self.state.day - 1]
        return self.recorder

    def close(self) -> None:
        """Let go of everything: model and agents hold each other, and Mesa's count of agents holds every model."""
        parts: tuple[object, ...] = (self.state, *self.sides, *self.powers, self.recorder, self)
        for part in parts:
            vars(part).clear()

    def step(self) -> None:
        """Play one day: morning, stages, resolution, record; then drop the runs that are over."""
        self.state.note_standing()
        self.state.note_news(self.streams.uniform("review"))
        self._hand_out_events()
        for stage in ("perceive", "decide", "act"):
            self.agents.do(stage)
        self.state.note_conduct()
        self._resolve()
        self.recorder.record_day(self.state)
        self.watch()
        self.state.day += 1
        self._drop_what_is_over()

    def _open_crisis(self) -> None:
        """Set the true balance, the beliefs, the stake of the crisis, and the challenger's opening."""
        state, (challenger, defender) = self.state, self.sides
        conflict, drones = state.scenario.conflict, challenger.drones - defender.drones
        state.balance = battle.balance(challenger.strength, defender.strength, state.p.drone_effect, drones)
        for side in self.sides:
            side.assess()
            full = state.intensity[Rung.full_offensive]
            won, lost = (side.expected_ground(by, side.speed_of(by, full)) for by in (0, 1))
            state.stake += (side.demand + won + lost) / 2
        np.maximum(state.stake, 1e-3, out=state.stake)
        state.package_open = self.streams.uniform("package") < state.m.package
        if conflict.opening == Rung.hold_fire:
            state.stop[:], state.age[:], state.begun[:] = Stop.lull, conflict.quiet_days, False
        challenger.open_fire(np.arange(state.runs), conflict.opening)
        state.level[:] = conflict.opening

    def _resolve(self) -> None:
        self.state.news[:] = News.none
        self._apply_events()
        stops.break_stops(self)
        fighting.fight(self)
        stops.fall_silent(self)
        talks.invoke_treaties(self)
        talks.negotiate(self)
        stops.capitulate(self)
        stops.age_stops(self)
        affinity.drift_ties(self)

    def _apply_events(self) -> None:
        """Carry out what is dated today and is not a stance."""
        state = self.state
        if any(event.do == "invoke" and event.day == state.day for event in state.scenario.events):
            talks.call_allies(self, np.arange(state.runs))
        withheld = [state.powers.index(event.actor) for event in self._in_force() if event.do == "embargo"]
        state.supplies = state.stated_supplies
        if withheld:
            state.supplies = state.supplies.copy()
            state.supplies[:, withheld] = 0.0

    def _in_force(self) -> Iterator[Event]:
        """Yield the events that are in force today."""
        for event in self.state.scenario.events:
            days = self.state.scenario.horizon_days if event.days is None else event.days
            if event.day <= self.state.day < event.day + days:
                yield event

    def _hand_out_events(self) -> None:
        """Tell each third party the stance that an event of today holds it to; the latest in the file wins."""
        in_force = {event.actor: event.do for event in self._in_force() if event.do in STANCE_NAMES}
        for power in self.powers:
            name = in_force.get(power.code)
            power.held_by_event = None if name is None else STANCE_NAMES.index(name)

    def _drop_what_is_over(self) -> None:
        """Close the recorder of runs in which nothing can change any more, and play on without them."""
        over = self.state.over = stops.over(self)
        if over.mean() < WORTH_DROPPING:
            return
        self.recorder.close(self.state, np.flatnonzero(over))
        going = np.flatnonzero(~over)
        parts: tuple[PerRun, ...] = (self.state, *self.sides, *self.powers, self.recorder)
        for part in parts:
            part.keep(going)
        self.streams.keep(self.recorder.number)
