"""The rules of the model for single numbers, one namespace for each file of rules."""

from __future__ import annotations

from sim.engine import rules
from sim.engine.compiled.scalars import compiled_rules
from sim.engine.rules import battle as of_battle
from sim.engine.rules import ceasefires as of_ceasefires
from sim.engine.rules import choice as of_choice
from sim.engine.rules import mediators as of_mediators
from sim.engine.rules import patrons as of_patrons
from sim.engine.rules import prospect as of_prospect
from sim.engine.rules import ties as of_ties

positive = compiled_rules(rules).positive
battle = compiled_rules(of_battle)
ceasefires = compiled_rules(of_ceasefires)
choice = compiled_rules(of_choice)
mediators = compiled_rules(of_mediators)
patrons = compiled_rules(of_patrons)
prospect = compiled_rules(of_prospect)
ties = compiled_rules(of_ties)
