"""Compare arguments: from claims to verdicts.

playing      simulate conditions with common draws and random numbers; simulate equal ones once
effects      the difference between conditions by draw, with chance removed
verdicts     holds, fails, depends, assumption-driven, undecided: all thresholds in one place
controls     the same contrast with argued mechanisms off, and under every credibility curve
governing    the uncertain parameters that drive an effect, and where its sign flips
pairs        the measure that separates two rival arguments, and how many crises are needed
fit          the likelihood of the record in each argument's world, and whether worlds can be separated
judging      all steps, in the order that uses runs best
writer       write the result folder
reader       read the result folder
wording      the results in words
"""
