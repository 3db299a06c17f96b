"""Commands that print ratios; never assertions on seconds."""
