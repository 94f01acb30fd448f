"""The form editor: a form changed step by step, looked at as an extractor will see it, checked, and saved."""
