"""Reading beside the form: the documents of a study, their text and tables, and quotes taken from them."""
