"""Studies: whole pieces of work made from the parts, such as the reproduction of the paper."""
