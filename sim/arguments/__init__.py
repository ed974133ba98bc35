"""Comparing arguments: from claims to verdicts.

playing      conditions are collected, equal ones are played once, all with the same draws and luck
effects      the difference between conditions, draw by draw, freed of chance
verdicts     holds, fails, depends, echo, undecided: every threshold, in one place
controls     the same contrast with argued mechanisms off, and under every credibility curve
governing    which open values decide where the sign depends, and where it flips
pairs        what tells two rival arguments apart, and how many crises it would take
fit          the record's likelihood in each argument's world, and whether worlds can be told apart at all
judging      all of it, in order of what it is worth
folder       the result folder
"""
