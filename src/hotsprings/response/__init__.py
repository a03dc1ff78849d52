"""How a network between baths responds: one operator ω ↦ G(ω) per structure, behind one contract."""
