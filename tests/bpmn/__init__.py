"""The shipped diagrams: what the files hold, and walks through them with the real engine."""
