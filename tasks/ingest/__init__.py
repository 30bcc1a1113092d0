"""From CSV files to typed tables: every row is kept, folded or listed with its line and reason."""
