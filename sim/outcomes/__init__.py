"""The outcomes table: its columns, the summary measures, and expressions over them."""
