"""The model: everything that the outcomes of a block of runs depend on.

Each actor is one Mesa agent that is alive in all runs of a block at once: its attributes are arrays
over runs. A day has five stages:

1. *perceive*: an actor reads yesterday's state;
2. *decide*: it chooses;
3. *act*: its choice becomes an escalation level, or support and mediation;
4. *resolve*: the world works out the consequences (:mod:`sim.engine.steps`);
5. *record*: the recorder stores the day (:mod:`sim.engine.recorder`).

Rules (:mod:`sim.engine.rules`) are pure functions on arrays. Random numbers come from named streams
(:mod:`sim.engine.streams`).
"""
