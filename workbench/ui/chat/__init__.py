"""The chat tab from the inside: its components, and what happens when they are used."""
