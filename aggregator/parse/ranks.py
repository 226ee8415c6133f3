"""How likely it is that an address is a site's feed; what has the lowest rank is asked first."""

from __future__ import annotations

# What the page states, what it links to, what its maker does, a guess on its host, a guess beside it; then pages
# elsewhere, which are no feeds themselves: the ones that it calls its own, the ones that it links to.
STATED, NAMED, MADE, GUESSED, NEAR, OWNED, LINKED = 0, 100, 200, 290, 400, 450, 500
