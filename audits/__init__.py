"""Cleaner production audits (清洁生产审核): what is particular to this field."""
