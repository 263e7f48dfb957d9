"""Lists that are right together: what a place on a list costs when others want the same product."""
