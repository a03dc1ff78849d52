"""References that never touch the engines: closed forms, dense linear algebra, quadrature, 50-digit arithmetic."""
