"""A day of fighting: engagements, territory, deaths, beliefs and international attention."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import Array, Mask, battle
from sim.engine.rules.choice import logistic
from sim.scenario import Escalation


def fight(world: Parts) -> None:
    """Fight the day's engagements in the runs without a cessation; elsewhere nothing happens."""
    state = world.state
    streams = world.streams
    # 1. random numbers of the day
    uniforms = [streams.uniform(f"{side.code}.battle") for side in world.sides]
    uniforms_deaths = streams.uniform("deaths")
    # 2. who attacks how hard, and who wins
    fighting = state.fighting.astype(state.attention.dtype)
    intensity: list[Array] = [side.war_intensity * fighting for side in world.sides]
    before_line = state.before_line
    advantage = state.balance + state.advantage
    won = []
    for side in (0, 1):
        chance = logistic(state.log_odds_of_attack(side, advantage, before_line))
        won.append(battle.engagements_won(chance, uniforms[side]))
    # 3. what it changes
    _learn(world, intensity, won, before_line)
    _move_front(world, intensity, won)
    _raise_attention(world)
    state.fought = np.maximum(intensity[0], intensity[1])
    # 4. the dead
    dead = battle.deaths(state.lethality, state.fought, uniforms_deaths)
    escalations = np.stack([side.escalation for side in world.sides])
    defender_share = battle.defender_share(_challengers_success(intensity, won))
    world.recorder.record_fighting(state, escalations, dead, defender_share)


def _learn(world: Parts, intensity: list[Array], won: list[Array], before_line: Mask) -> None:
    """Update each side's belief by the attacks of both; beliefs are the challenger's log-odds."""
    for side in world.sides:
        from_challenger = side.lesson(0, intensity[0], won[0], before_line)
        from_defender = side.lesson(1, intensity[1], won[1], before_line)
        side.belief = side.belief + from_challenger - from_defender


def _move_front(world: Parts, intensity: list[Array], won: list[Array]) -> None:
    """Move the line by the attacks of both sides, between nothing and the challenger's aim."""
    state = world.state
    taken = battle.ground(state.pace, intensity[0], won[0])
    retaken = state.m.counter_offensive * battle.ground(state.pace, intensity[1], won[1])
    held = (state.held + taken - retaken).clip(0.0, state.held + state.room)
    state.ground = held - state.held
    state.held = held


def _raise_attention(world: Parts) -> None:
    """Update international attention: ``attention = max(level / 3, alarm_memory attention)``.

    It rises at once with the level of fighting and fades slowly.
    """
    state = world.state
    challenger, defender = world.sides
    state.level = np.maximum(challenger.escalation, defender.escalation)
    memory = state.p.alarm_memory
    share = state.level.astype(memory.dtype) / Escalation.full_offensive
    state.attention = np.maximum(share, memory * state.attention)


def _challengers_success(intensity: list[Array], won: list[Array]) -> Array:
    """Return the challenger's share of all engagements, weighted by intensity; 0 without any."""
    total = intensity[0] + intensity[1]
    won_by_challenger = intensity[0] * won[0] + intensity[1] * (1.0 - won[1])
    return won_by_challenger / total.clip(1e-12, np.inf)
