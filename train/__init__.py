"""Rebuilding the LoRA checkpoint, and making the bundled demo pair by the same code."""
