"""Official data sets on states and their conflicts, read from a folder of downloads.

``sets`` declares what each data set looks like. ``found`` finds them in a folder, ``files`` opens
the files, and ``table`` reads rows. One module for each subject picks what it needs from the rows:
``capabilities``, ``pacts``, ``disputes``, ``relations``, ``transfers`` and ``earlier``. ``facts``
has all of it for one crisis. Rows are read one by one, so a file may be larger than the memory.
"""

from sim.data.countries import Country, lookup
from sim.data.found import Inventory, search
from sim.data.sets import DATA_SETS, DataSet
from sim.data.table import Table

__all__ = ["DATA_SETS", "Country", "DataSet", "Inventory", "Table", "lookup", "search"]
