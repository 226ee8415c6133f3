"""One file per format; each exports ``FORMAT`` and knows nothing of the others."""
