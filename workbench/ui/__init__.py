"""The app in the browser: thin pages that read, show and record one thing. Streamlit is imported here alone.

`workbench.ui.launch.serve` starts it without importing Streamlit into the command's own process.
"""
