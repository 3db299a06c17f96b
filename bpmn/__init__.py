"""What ships: one folder for each process family, and the variants of regions. Data only.

A family folder holds one ``.bpmn`` for each process, one ``.dmn`` for each decision and ``family.toml``. A folder in
``variants`` holds whole files that stand in for the base's file of the same name (or add one), and ``variant.toml``
with the hash of the base that they were written against. That hash is SHA-256 over the base's ``.bpmn`` and ``.dmn``
files in the order of their names; for each: the name in UTF-8, a zero byte, the length in decimal digits, a zero byte,
the bytes of the file.
"""
