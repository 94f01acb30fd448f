"""The parts of the calculator's page: the inputs of a recipe, and the effect with its trail."""
