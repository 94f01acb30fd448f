"""Parts of the page about risk of bias."""
