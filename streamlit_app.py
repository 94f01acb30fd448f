"""What Streamlit runs: `workbench serve` starts it on a review (the environment variable WORKBENCH_REVIEW)."""

from workbench.ui.app import main

main()
