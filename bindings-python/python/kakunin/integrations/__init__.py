"""Adapters for agent frameworks, an extra each: ``pip install "kakunin[langchain]"``."""
