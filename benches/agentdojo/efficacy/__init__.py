"""How far a hijacked agent gets: AgentDojo's suites replayed, without a model, against a real guard."""
