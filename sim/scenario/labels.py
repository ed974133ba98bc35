"""Short names of values for readers, where the key of the file does not read as plain words."""

from __future__ import annotations

LABELS = {
    # the crisis
    "aim": "the challenger's aim",
    "challenger_holds": "area held by the challenger at the onset",
    "concession": "what can be granted besides territory",
    "forces": "men engaged (thousands)",
    "opening": "the challenger's opening",
    "package_share": "share of the rest that a settlement hands over",
    "prepared_line": "depth of the prepared line",
    "quiet_days": "quiet days before the onset",
    "severity": "deadliness of this crisis",
    "tempo": "speed of fronts in this crisis",
    "horizon_days": "days simulated",
    # the sides and the fighting
    "attack_penalty": "disadvantage of attacking",
    "drone_effect": "advantage from armed drones",
    "grievance_decay": "days for which the public rewards fighting",
    "grievance_value": "pull of the public's demand for action",
    "inertia": "persistence of stances and levels of fighting",
    "learning": "learning about strength from battle",
    "lethality": "deaths on a day of full war",
    "optimism": "overrating of one's own strength",
    "pace": "speed of advances",
    "planning_days": "days that the sides look ahead",
    "precision": "strictness of the sides' choices",
    "prepared_line_effect": "strength of a prepared line",
    "resolve_cost": "cost of fighting at all",
    "support_effect": "effect of outside support at the front",
    "war_cost": "cost of a day of war",
    "counter_offensive": "speed of the defender's counter-offensives",
    # ceasefires and settlements
    "backing": "protection of a ceasefire by its mediator",
    "break_rate": "brittleness of ceasefires",
    "cession_day": "days from a settlement to the handover",
    "closure_days": "quiet days after which a crisis is closed",
    "commitment_problem": "the weaker side's fear of further demands",
    "foresight": "foresight that a ceasefire will break",
    "guarantee": "protection by peacekeepers",
    "package": "probability that a settlement can be proposed",
    "spoiler": "gain from refusing where a patron is left out",
    "terms_fit": "effect of unfitting terms on ceasefires",
    # third parties
    "alarm_memory": "memory of international attention",
    "broker_ambition": "ambition to mediate",
    "contest": "reaction to a rival's commitment",
    "displacement": "jealousy of a partner's other friends",
    "force_cost": "price of force for third parties",
    "invocation_threshold": "loss at which allies are called",
    "partner_cost": "cost of harming the other partner",
    "patron_precision": "strictness of third parties' choices",
    "protege_value": "worth of helping a close side",
    "restraint": "restraint by close partners",
    "review_days": "days between routine reviews",
    "treaty_duty": "cost of failing an ally",
    "treaty_stretch": "reach of treaties beyond their letter",
    "withholding": "supplies withheld from the enemy of a friend",
    # mediation and ties
    "authority_loss": "authority lost where others commit themselves",
    "contact_rate": "frequency of proposals",
    "credibility": "how bias affects a mediator's credibility",
    "dilution": "obstruction among several mediators",
    "direct_channel": "contact between the sides alone",
    "estrangement": "reception lost by backing the enemy",
    "expectation": "what an ally is expected to provide",
    "leverage": "pressure by suppliers that mediate",
    "recess": "days between rounds of talks",
    "structural_balance": "drift of ties towards balance",
    "tie_drift": "speed at which ties change",
    "tied_hands": "cost of going back on one's word",
    # actors
    "broker_value": "value of mediating",
    "cession_worth": "value of ceded territory",
    "drones": "use of armed drones",
    "grievance": "public demand for action",
    "stance": "stance at the onset",
    "supplies": "share of supplies",
    "support": "highest level of support",
    "ties": "tie",
    "troops": "troops in the theatre (thousands)",
}
"""Short name of a value, by the last key of its path that is not an actor."""


def label(key: str) -> str:
    """Return the short name of a key.

    >>> label("pace"), label("strength")
    ('speed of advances', 'strength')
    """
    return LABELS.get(key, key.replace("_", " "))
