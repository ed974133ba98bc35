"""The chronicle of a run: what happened on each day, who did it, and why.

The days of a run become *acts*, acts become sentences, and the sentences of a day a paragraph. All
that a sentence says comes from its act, and each act is one row of the table of a trace.
"""
