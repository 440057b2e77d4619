"""The demo pair: its text (all written for this project), its base model, its questions, its card."""
