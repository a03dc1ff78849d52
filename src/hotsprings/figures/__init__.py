"""Pictures: matplotlib in, axes out; nothing here computes physics or knows another module of the package."""
