"""One module a page, each with `page()`; run alone by the tests, and inside `workbench.ui.app` in the browser."""
