"""Running processes, for any field. Knows nothing of the web and nothing of cleaner production."""
