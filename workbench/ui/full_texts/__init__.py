"""The page of full texts, part by part: getting them, reading and judging them, and the studies they tell of."""
