"""What a team looks at together: who has read how much, how far they agree, rounds, stops and settings."""
