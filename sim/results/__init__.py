"""Result folders, written completely or not at all; sweeps, and traces of single runs."""
