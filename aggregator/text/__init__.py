"""Everything about one string: addresses, dates, HTML, language, fingerprints; pure, knowing nothing of feeds."""
