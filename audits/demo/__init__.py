"""The demo world: a cohort of enterprises that lives through the whole procedure."""
