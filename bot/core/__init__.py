"""Pure nouns and arithmetic: no await, no clock, no SDK, no environment."""
