"""How often intervals and verdicts are right, in worlds whose truth is known.

``python -m validation.verdicts`` plants effects, runs the estimators of :mod:`sim.arguments` on
them, and prints a table with the bound that each figure must keep.

``worlds``: distributions of effects over draws, and runs that show them.
``coverage``: how often 95% intervals contain the truth.
``errors``: false verdicts without an effect, predicted runs, quick against full comparisons.
``echoes``: effects that one mechanism carries, through the search of the program.
``engine``: claims through the engine, whose rules say what must come out.
``stability``: the verdicts on the shipped arguments over several seeds, which takes hours.
"""
