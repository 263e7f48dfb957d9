"""From the tables of a marketplace export to what the models eat."""
