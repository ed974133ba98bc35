"""A day of fighting: ground, deaths, lessons and alarm."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import Array, Mask, battle
from sim.engine.rules.choice import logistic
from sim.scenario import Rung


def fight(world: Parts) -> None:
    """Fight the day's engagements in the runs without a stop; elsewhere the guns are silent."""
    state, streams = world.state, world.streams
    luck = [streams.uniform(f"{side.code}.battle") for side in world.sides]
    luck_deaths = streams.uniform("deaths")
    intensity = [state.at_rung(side.rung) for side in world.sides]
    before_line = state.before_line
    advantage = state.balance + state.advantage
    won = [
        battle.engagements_won(logistic(state.log_odds_of_attack(side, advantage, before_line)), luck[side])
        for side in (0, 1)
    ]
    _learn(world, intensity, won, before_line)
    _move_front(world, intensity, won)
    _raise_alarm(world)
    state.fought = np.maximum(intensity[0], intensity[1])
    dead = battle.deaths(state.p.lethality, state.fought, luck_deaths)
    rungs = np.stack([side.rung for side in world.sides])
    world.recorder.record_fighting(state, rungs, dead, battle.defender_share(_challengers_success(intensity, won)))


def _learn(world: Parts, intensity: list[Array], won: list[Array], before_line: Mask) -> None:
    for side in world.sides:
        own = side.lesson(0, intensity[0], won[0], before_line)
        other = side.lesson(1, intensity[1], won[1], before_line)
        side.belief = side.belief + own - other


def _move_front(world: Parts, intensity: list[Array], won: list[Array]) -> None:
    state = world.state
    taken = battle.ground(state.p.pace, intensity[0], won[0])
    retaken = state.m.counter_offensive * battle.ground(state.p.pace, intensity[1], won[1])
    held = (state.held + taken - retaken).clip(0.0, state.held + state.room)
    state.ground, state.held = held - state.held, held


def _raise_alarm(world: Parts) -> None:
    """Alarm rises at once with the level of fighting and fades slowly: ``h = max(level / 3, a h)``."""
    state, (challenger, defender) = world.state, world.sides
    state.level = np.maximum(challenger.rung, defender.rung) * state.fighting
    memory = state.p.alarm_memory
    share = state.level.astype(memory.dtype) / Rung.full_offensive
    state.alarm = np.maximum(share, memory * state.alarm)


def _challengers_success(intensity: list[Array], won: list[Array]) -> Array:
    """Return the challenger's share of all the day's engagements, weighted by intensity; 0 on a silent day."""
    total = intensity[0] + intensity[1]
    own = intensity[0] * won[0] + intensity[1] * (1.0 - won[1])
    return own / total.clip(1e-12, np.inf)
