"""BPMN in, Steps out. The only code that imports SpiffWorkflow; no SQL, no clock, no web.

``compile_definition(files, root, catalog) -> Definition`` and
``advance(definition, state, command, now, feel) -> Step`` are all that the rest of the house needs.
"""
