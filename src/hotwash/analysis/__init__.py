"""One transcript in, its analysis out. Pure: no database, network, settings or clock, so the same input gives the same bytes."""
