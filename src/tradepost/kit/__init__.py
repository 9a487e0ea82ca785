"""Pure ground: money, clock, errors and text. Nothing here does I/O or knows Django."""
