"""What an example can do: one module for each area, and the table of all steps."""
