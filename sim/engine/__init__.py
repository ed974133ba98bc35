"""The model: all that the outcomes of a block of runs depend on.

Each state is one Mesa agent that is alive in all runs of a block at once: its attributes are arrays over runs. A day
has five stages. In *perceive* an actor reads yesterday's state, in *decide* it chooses, in *act* its choice becomes
posture, support and mediation; then the world *resolves* the day (:mod:`sim.engine.steps`) and the recorder *records*
it.

Rules (:mod:`sim.engine.rules`) are pure functions on arrays. Random numbers come from named streams.
"""
