"""Our spec classes: what each BPMN element does when SpiffWorkflow brings a token to it."""
