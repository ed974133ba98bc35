"""What a record of many crises can separate: arguments, and mechanisms on against off.

``python -m validation.power`` simulates records of 3 to 32 crises in each world and judges them.
The modules follow the order of the work:

- :mod:`worlds`: the worlds, and a bank of runs of every crisis in each of them;
- :mod:`facts`: the facts that a coder would record of a run, in classes, with errors;
- :mod:`judging`: how records are judged, and when two worlds are separated;
- :mod:`chart`: the curve.
"""
