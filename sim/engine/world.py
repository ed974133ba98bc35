"""The onset and the stages of a day.

The state works out what all actors see. Every actor *perceives* it (what third parties see is
worked out once for all), *decides* and *acts*. Then the world *resolves* the day,
in the order of :meth:`World._resolve`, and *records* it. No actor sees what another does on the
same day, so the order of actors does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sim.engine import compiled
from sim.engine.belligerent import Belligerent
from sim.engine.draws import RunValues
from sim.engine.mesa_core import Model
from sim.engine.per_run import PerRun
from sim.engine.recorder import Recorder
from sim.engine.rules import battle
from sim.engine.rules.patrons import News
from sim.engine.state import State, Stop
from sim.engine.steps import fighting, stops, talks
from sim.engine.steps import ties as steps_of_ties
from sim.engine.streams import Streams
from sim.engine.third_party import ThirdParty
from sim.scenario import ESCALATIONS, STANCE_NAMES, Escalation, Event, Scenario

RESOLUTION = (
    stops.break_stops,
    fighting.fight,
    stops.fall_silent,
    talks.invoke_treaties,
    talks.negotiate,
    stops.capitulate,
    stops.age_stops,
    steps_of_ties.drift_ties,
)
"""What happens after all actors have acted, in this order, on every day."""
LEAST_STAKE = 1e-3
"""Share of the area that is at stake at least, because utilities are measured in stakes."""
DROP_SHARE = 0.3
"""Share of runs that must be over before they are dropped, because dropping copies every array."""


class World(Model):  # type: ignore[misc]
    """All runs of a block.

    Attributes:
        state: the arrays over runs. An actor writes its own rows in *act*; the steps write the
            rest.
        sides: the challenger and the defender.
        powers: the active third parties, in the order of ``state.powers``.
        seated: positions of the third parties with a formal seat in a settlement.
        recorder: what is recorded for the outcomes.
        watch: called at the end of every day.

    ``Model.scenario`` belongs to Mesa. The scenario of the crisis is ``state.scenario``.

    Args:
        scenario: the crisis.
        values: the drawn values of each run.
        streams: the random numbers of each run.
    """

    def __init__(self, scenario: Scenario, values: RunValues, streams: Streams) -> None:
        super().__init__(rng=0)  # unused: all random numbers come from named streams
        self.streams = streams
        self.watch: Callable[[], object] = lambda: None
        self.state = State(scenario, values)
        powers = self.state.powers
        self.seated = tuple(k for k, code in enumerate(powers) if scenario.actors[code].seat)
        challenger, defender = (Belligerent(self, self.state, streams, side) for side in (0, 1))
        challenger.enemy = defender
        defender.enemy = challenger
        self.sides = (challenger, defender)
        parties = [
            ThirdParty(self, self.state, streams, k, self.seated) for k in range(len(powers))
        ]
        self.powers = tuple(parties)
        scopes = [power.scope for power in self.powers if power.allied]
        self.state.scope = np.max(scopes, axis=0) if scopes else None
        self.recorder = Recorder(self.state)
        self._open_crisis()
        self.state.update_support()  # the third parties' stances at the onset

    def play(self, watch: Callable[[], object] | None = None) -> Recorder:
        """Simulate every day to the horizon, or until every run is over.

        Args:
            watch: called at the end of every day. With it, days are never those of the compiled
                engine, which takes one run after the other.

        Returns:
            The recorder, with the finished record.
        """
        if watch is None and compiled.is_chosen():
            compiled.play(self)
        self.watch = watch or self.watch
        while self.state.day < self.state.scenario.horizon_days and self.state.runs:
            self.step()
        self.recorder.close(self.state, np.arange(self.state.runs))
        # the days after the last simulated one are like it
        for days in self.recorder.record.daily.values():
            days[self.state.day :] = days[self.state.day - 1]
        return self.recorder

    def close(self) -> None:
        """Free the memory of the world.

        Model and agents refer to each other, and Mesa's counter of agents refers to every model, so
        they are never collected otherwise.
        """
        parts: tuple[object, ...] = (self.state, *self.sides, *self.powers, self.recorder, self)
        for part in parts:
            vars(part).clear()

    def step(self) -> None:
        """Simulate one day, then drop the runs that are over."""
        # 1. what all actors see in the morning
        self.state.update_public_view()
        self.state.update_news(self.streams.uniform("review"))
        self._pass_on_event_stances()
        # 2. actors
        for stage in ("perceive", "decide", "act"):
            self.agents.do(stage)
        self.state.update_support()
        # 3. consequences, and the record
        self._resolve()
        self.recorder.record_day(self.state)
        self.watch()
        self.state.day += 1
        self._drop_finished_runs()

    def _open_crisis(self) -> None:
        """Set the balance, the beliefs, the stake and the challenger's opening move."""
        state = self.state
        challenger, defender = self.sides
        conflict = state.scenario.conflict
        # 1. the true balance
        drones = challenger.drones - defender.drones
        strengths = (challenger.strength, defender.strength)
        state.balance = battle.balance(*strengths, state.p.drone_effect, drones)
        # 2. beliefs, and the stake: the mean of what both sides demand and could win or lose
        for side in self.sides:
            side.assess()
            full = state.intensity[Escalation.full_offensive]
            won, lost = (side.expected_ground(by, side.speed_of(by, full)) for by in (0, 1))
            state.stake += (side.demand + won + lost) / 2
        np.maximum(state.stake, LEAST_STAKE, out=state.stake)
        # 3. whether a package can be agreed at all
        state.package_open = self.streams.uniform("package") < state.m.package
        # 4. the opening; a run without one begins with a quiet
        opening = state.values.index(conflict.opening, ESCALATIONS).astype(np.int8)
        quiet = opening == Escalation.hold_fire
        state.stop[quiet] = Stop.lull
        state.age[quiet] = conflict.quiet_days
        state.begun[quiet] = False
        everywhere = np.arange(state.runs)
        challenger.open_fire(everywhere, opening)
        defender.open_fire(everywhere, np.minimum(opening, Escalation.skirmish))
        state.level[:] = opening

    def _resolve(self) -> None:
        """Work out the consequences of the day, step by step.

        Cessations break before the fighting, so that the day of a break is a day of fighting. Talks
        come after it, so that the sides react to what the day has brought. Ties move last, by what
        was given while the day was fought.
        """
        self.state.news[:] = News.none
        self._apply_events()
        for step in RESOLUTION:
            step(self)

    def _apply_events(self) -> None:
        """Carry out the events of today that are not stances: calls on allies and embargoes."""
        state = self.state
        if any(event.do == "invoke" and event.day == state.day for event in state.scenario.events):
            talks.call_allies(self, np.arange(state.runs))
        embargoes = [event.actor for event in self.in_force(state.day) if event.do == "embargo"]
        withheld = [state.powers.index(code) for code in embargoes]
        state.update_supplies(withheld)

    def in_force(self, day: int) -> Iterator[Event]:
        """Yield the events that are in force on a day."""
        for event in self.state.scenario.events:
            days = self.state.scenario.horizon_days if event.days is None else event.days
            if event.day <= day < event.day + days:
                yield event

    def _pass_on_event_stances(self) -> None:
        """Pass each third party the stance that an event of today fixes; the last one counts."""
        in_force = {
            event.actor: event.do
            for event in self.in_force(self.state.day)
            if event.do in STANCE_NAMES
        }
        for power in self.powers:
            name = in_force.get(power.code)
            power.event_stance = None if name is None else STANCE_NAMES.index(name)

    def _drop_finished_runs(self) -> None:
        """Store the outcomes of runs that can no longer change, and continue without them."""
        over = self.state.over = stops.over(self)
        if over.mean() < DROP_SHARE:
            return
        self.recorder.close(self.state, np.flatnonzero(over))
        going = np.flatnonzero(~over)
        parts: tuple[PerRun, ...] = (self.state, *self.sides, *self.powers, self.recorder)
        for part in parts:
            part.keep(going)
        self.streams.keep(self.recorder.number)
