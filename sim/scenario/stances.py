"""The stances a third party can take, in one table.

A stance answers two questions: does the party mediate, and how far does it commit itself to a side?
The levels of commitment are words, aid, arms and force. Nothing else in the program reads the name
of a stance.
"""

from __future__ import annotations

from dataclasses import dataclass


class Level:
    """Levels of commitment to a side; plain integers, because arrays are compared with them."""

    none = 0
    words = 1
    aid = 2
    arms = 3
    force = 4


CHALLENGER = 0
DEFENDER = 1


@dataclass(frozen=True)
class Stance:
    """What a third party does.

    Attributes:
        name: its name in scenario files.
        side: the side it takes, 0 challenger or 1 defender; None for neither.
        mediates: whether it mediates.
        level: how far it commits itself to the side, see :class:`Level`.
        says: the stance in words, with ``{side}`` for the name of the side.
    """

    name: str
    side: int | None
    mediates: bool
    level: int
    says: str


STANCES = (
    Stance("aside", None, False, Level.none, "stands aside"),
    Stance("mediate", None, True, Level.none, "mediates"),
    *(
        stance
        for side, name in ((CHALLENGER, "challenger"), (DEFENDER, "defender"))
        for stance in (
            Stance(f"words_{name}", side, False, Level.words, "speaks up for {side}"),
            Stance(
                f"words_{name}_mediate",
                side,
                True,
                Level.words,
                "speaks up for {side} and mediates",
            ),
            Stance(f"aid_{name}", side, False, Level.aid, "aids {side}"),
            Stance(f"aid_{name}_mediate", side, True, Level.aid, "aids {side} and mediates"),
            Stance(f"arms_{name}", side, False, Level.arms, "arms {side}"),
            Stance(f"arms_{name}_mediate", side, True, Level.arms, "arms {side} and mediates"),
            Stance(f"force_{name}", side, False, Level.force, "fights for {side}"),
        )
    ),
)
"""All stances, in the order in which they are drawn."""

ALIASES = {
    "lean_challenger": "arms_challenger",
    "lean_defender": "arms_defender",
    "lean_challenger_mediate": "arms_challenger_mediate",
    "lean_defender_mediate": "arms_defender_mediate",
}
"""Short names that files may use; to lean is to give arms, as far as `support` allows."""

STANCE_NAMES = tuple(stance.name for stance in STANCES)
KNOWN_NAMES = (*STANCE_NAMES, *ALIASES)
"""All names that a file may use."""

ASIDE = 0
"""Position of standing aside in the table."""


def position(name: str) -> int:
    """Return the position of a stance in the table by a name that a file may use.

    >>> position("mediate"), position("lean_defender") == position("arms_defender")
    (1, True)
    """
    return STANCE_NAMES.index(ALIASES.get(name, name))


def stance(name: str) -> Stance:
    """Return a stance by a name that a file may use.

    >>> stance("lean_defender").level == Level.arms
    True
    """
    return STANCES[position(name)]
