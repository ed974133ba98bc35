"""A second implementation of the model, from `docs/model.md` alone.

One run at a time, one object per actor, plain floats.

It shares no line with `sim.engine`. Given the same values and the same uniforms it must
tell the same story, so what the two disagree on is a fault of the engine, of the description, or of
this.
"""
