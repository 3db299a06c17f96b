"""HTTP and the command line: each view turns a request into one verb and its answer back. Nothing is decided here."""
