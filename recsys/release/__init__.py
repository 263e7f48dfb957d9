"""One night's immutable output on disk, and which one is served."""
