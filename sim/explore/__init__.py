"""What-if pages: one offline file with every combination of a few levers, and a live page.

The offline page (``sim explore``) holds the numbers of all combinations. The live page (``sim
serve``) simulates any value of a scenario while a browser waits. Both have the same look, and
their numbers are those of ``sim run`` with the same settings.
"""
