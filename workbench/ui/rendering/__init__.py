"""Values as what stands on the screens. Nothing else there writes HTML; `numerals` rounds."""
