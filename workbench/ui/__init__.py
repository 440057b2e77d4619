"""The screens: what a person sees of the workbench in a browser."""
