"""Who may ask what: keys with roles, one table of routes, limits."""
