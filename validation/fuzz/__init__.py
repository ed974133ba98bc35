"""A mutation fuzzer: it damages the files and commands of a user, and checks how each ends.

A case passes if the command ends with exit code 0, 1 or 2, without a traceback, within the limits
of :mod:`validation.fuzz.calling`, and if a refused command leaves every file as it was.
"""
