"""Scenarios at random, over far wider ranges than the shipped ones."""

from __future__ import annotations

from random import Random
from typing import Any

from sim.scenario import CREDIBILITY, EXPECTATION, Mechanisms, Scenario
from sim.scenario.crosscheck import cross_faults
from sim.scenario.models import with_paths
from sim.scenario.stances import KNOWN_NAMES, stance

CODES = (
    "ALB",
    "BRA",
    "CYR",
    "DON",
    "ELB",
    "FLO",
    "GAR",
    "HUM",
    "ILL",
    "JUR",
    "KAR",
    "LIM",
    "MAR",
    "NIL",
)
THEATRES = ("ford", "home")

PARAMETERS = {
    "attack_penalty": (-1.0, 4.0),
    "prepared_line_effect": (0.0, 3.0),
    "drone_effect": (0.0, 2.0),
    "pace": (0.005, 0.3),
    "lethality": (1.0, 300.0),
    "war_cost": (0.0, 0.01),
    "planning_days": (1.0, 60.0),
    "optimism": (0.0, 2.0),
    "precision": (0.0, 40.0),
    "resolve_cost": (0.0, 0.4),
    "grievance_decay": (0.5, 30.0),
    "patron_precision": (0.0, 12.0),
    "protege_value": (0.0, 2.0),
    "partner_cost": (0.0, 1.5),
    "force_cost": (0.0, 3.0),
    "inertia": (0.0, 5.0),
    "broker_ambition": (0.0, 2.0),
    "contact_rate": (0.0, 6.0),
    "direct_channel": (0.0, 1.0),
    "break_rate": (0.0, 2.0),
    "invocation_threshold": (0.0, 1.0),
    "alarm_memory": (0.0, 1.0),
}
BEYOND_ONE = {
    "grievance_value": (0.0, 0.5),
    "support_effect": (0.0, 0.8),
    "contest": (-1.0, 1.0),
    "tied_hands": (0.0, 0.5),
    "treaty_duty": (0.0, 2.0),
    "leverage": (0.0, 2.0),
    "spoiler": (0.0, 0.6),
    "dilution": (0.0, 2.0),
    "commitment_problem": (0.0, 0.5),
    "tie_drift": (0.0, 0.3),
    "structural_balance": (0.0, 0.1),
}
"""Ranges of the mechanisms for which 0 to 1 is too wide or too narrow."""
MECHANISMS = {
    name: BEYOND_ONE.get(name, (0.0, 1.0))
    for name in Mechanisms.model_fields
    if name not in ("credibility", "expectation")
}


def stances_of(actor: dict[str, Any]) -> list[str]:
    """Return the names of the stances that a third party is able to take."""
    brokers, supports = "broker_value" in actor, "support" in actor
    able = [
        name
        for name in KNOWN_NAMES
        if (brokers or not stance(name).mediates) and (supports or stance(name).side is None)
    ]
    return able if brokers or supports else []


class Generator:
    """Draws one scenario's plain form from a source of chance, which a property test may steer."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def between(self, low: float, high: float) -> float:
        return min(max(round(self.chance.uniform(low, high), 6), low), high)

    def number(self, low: float, high: float) -> Any:
        """Return an end of the range, a number within it, or a range."""
        kind = self.chance.randrange(10)
        if kind < 2:
            return (low, high)[kind]
        one, other = self.between(low, high), self.between(low, high)
        return {"range": sorted((one, other))} if kind < 4 else one

    def some(self, of: tuple[str, ...], share: float) -> list[str]:
        return [item for item in of if self.often(share)]

    def form(self) -> dict[str, Any]:
        codes = self.chance.sample(CODES, 2 + self.chance.randrange(6))
        sides, powers = tuple(codes[:2]), tuple(codes[2:])
        horizon = self.chance.randint(5, 60)
        actors = {code: self.side(code, tuple(codes)) for code in sides}
        actors |= {code: self.third_party(code, sides, tuple(codes)) for code in powers}
        self.share_supplies(actors, sides)
        return {
            "scenario": "generated",
            "title": "A generated crisis",
            "start": "2001-05-06",
            "horizon_days": horizon,
            "conflict": self.conflict(sides),
            "actors": actors,
            "parameters": self.parameters(),
            "mechanisms": self.mechanisms(),
            "policies": {
                code: self.chance.choice(stances_of(actors[code]))
                for code in self.some(powers, 0.1)
                if stances_of(actors[code])
            },
            "events": [
                self.event(actors, sides, horizon)
                for _ in range(max(self.chance.randint(-2, 4), 0))
            ],
        }

    def scenario(self, form: dict[str, Any] | None = None) -> Scenario:
        """Return a scenario that the loader would take as well."""
        form = form or self.form()
        faults = list(cross_faults(form, fragment=False))
        assert not faults, faults
        return with_paths(Scenario.model_validate(form))

    def conflict(self, sides: tuple[str, ...]) -> dict[str, Any]:
        holds = self.number(0.0, 0.6)
        least = holds["range"][0] if isinstance(holds, dict) else holds
        return {
            "challenger": sides[0],
            "defender": sides[1],
            "theatres": {name: "A place." for name in THEATRES},
            "theatre": self.chance.choice(THEATRES),
            "contested_area_km2": 100,
            "forces": self.number(1.0, 400.0),
            "tempo": self.number(0.3, 3.0),
            "severity": self.number(0.3, 3.0),
            "concession": self.chance.choice((0, self.number(0.0, 0.5))),
            "aim": self.number(0.0, 1.0 - least),
            "challenger_holds": holds,
            "prepared_line": self.number(0.0, 0.2),
            "package_share": self.number(0.0, 1.0),
            "opening": self.chance.choice((0, 1, 2, 3, {"any_of": [0, 2, 3]})),
            "quiet_days": self.chance.choice((0, 0, 1, 5, 400)),
        }

    def ties(self, code: str, codes: tuple[str, ...]) -> dict[str, Any]:
        return {
            other: self.number(-1.0, 1.0) for other in codes if other != code and self.often(0.6)
        }

    def side(self, code: str, codes: tuple[str, ...]) -> dict[str, Any]:
        actor = {"name": code, "ties": self.ties(code, codes), "strength": self.number(0.5, 3.0)}
        for key, high in (("drones", 1.0), ("grievance", 1.0), ("cession_worth", 2.0)):
            if self.often(0.7):
                actor[key] = self.number(0.0, high)
        return actor

    def third_party(
        self, code: str, sides: tuple[str, ...], codes: tuple[str, ...]
    ) -> dict[str, Any]:
        actor: dict[str, Any] = {
            "name": code,
            "ties": self.ties(code, codes),
            "seat": self.often(0.3),
        }
        highs = {
            "broker_value": 1.0,
            "engagement": 1.0,
            "support": 4.0,
            "troops": 100.0,
            "sphere": 1.0,
            "peacekeeping": 1.0,
        }
        for key, high in highs.items():
            if self.often(0.7):
                actor[key] = self.number(0.0, high)
        if stances_of(actor) and self.often(0.5):
            able = stances_of(actor)
            several = {"any_of": able[:3]} if len(able) > 2 else able[0]
            actor["stance"] = several if self.often(0.2) else self.chance.choice(able)
        if self.often(0.4):
            actor["treaties"] = [
                {"with": self.chance.choice(sides), "covers": self.some(THEATRES, 0.5) or ["home"]}
                for _ in range(self.chance.randint(1, 2))
            ]
        return actor

    def share_supplies(self, actors: dict[str, Any], sides: tuple[str, ...]) -> None:
        left = dict.fromkeys(sides, 1.0)
        for code, actor in actors.items():
            for side in self.some(sides, 0.5) if code not in sides else ():
                share = self.between(0.0, left[side])
                left[side] -= share
                actor.setdefault("supplies", {})[side] = share

    def event(self, actors: dict[str, Any], sides: tuple[str, ...], horizon: int) -> dict[str, Any]:
        powers = [code for code in actors if code not in sides]
        suppliers = [
            code for code in powers if "supplies" in actors[code] and "broker_value" in actors[code]
        ]
        able = {
            "invoke": [sides[1]],
            "embargo": suppliers,
            "line": [code for code in powers if stances_of(actors[code])],
        }
        kind = self.chance.choice([kind for kind, codes in able.items() if codes])
        event = {
            "day": self.chance.randrange(min(horizon, 20)),
            "actor": self.chance.choice(able[kind]),
        }
        event["do"] = (
            self.chance.choice(stances_of(actors[event["actor"]])) if kind == "line" else kind
        )
        if self.often(0.5):
            event["days"] = self.chance.randint(1, 20)
        return event

    def parameters(self) -> dict[str, Any]:
        return {
            "intensity": {
                "skirmish": self.number(0.0, 0.3),
                "limited_offensive": self.number(0.1, 0.7),
                "full_offensive": self.number(0.5, 1.0),
            },
            **{key: self.number(*ends) for key, ends in PARAMETERS.items()},
            "review_days": self.chance.choice((1, 2, 7, 30)),
            "closure_days": self.chance.choice((1, 3, 8, 30)),
            "cession_day": self.chance.choice((0, 1, 3, 10)),
        }

    def mechanisms(self) -> dict[str, Any]:
        return {
            "credibility": self.word(CREDIBILITY),
            "expectation": self.word(EXPECTATION),
            **{key: self.number(*ends) for key, ends in MECHANISMS.items()},
        }

    def word(self, words: tuple[str, ...]) -> Any:
        return {"any_of": list(words)} if self.often(0.3) else self.chance.choice(words)
