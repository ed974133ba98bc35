"""Compare arguments: from claims to verdicts.

``words``: codes of verdicts, reasons and controls.
``hypotheses``: models of hypothesis files. ``files`` reads and checks them.
``cases``: readings of claims with their conditions, and what is found about them.
``playing``: simulate conditions with common random numbers. Equal ones are simulated once.
``effects``: the difference between conditions by draw, with chance removed.
``ratios``: risk ratios of rare events.
``verdicts``: the rules of all verdicts, with all thresholds in one place.
``channels``: whether a treatment reaches the outcomes, and whether a claim can hold at all.
``controls``: the same contrast with argued mechanisms off.
``controlling``: which controls a claim gets, and which mechanisms its effect needs.
``drivers``: the uncertain parameters that drive an effect, and where its sign flips.
``pairs``: the measure that separates two rival arguments, and how many crises that takes.
``fit``: the likelihood of the historical record in each argument's world.
``judging``: all steps, in the order that uses runs best.
``comparison``: one comparison of arguments from files to verdicts.
``writer``, ``reader``: the result folder.
``naming``: conditions in words. ``texts``: codes and numbers in words.
``sentences``: the result of a claim in sentences. ``legend``: the rule of verdicts.
``wording``, ``fit_wording``: the text of a comparison, in parts.
"""
