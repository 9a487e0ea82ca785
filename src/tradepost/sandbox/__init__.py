"""The simulated world: real protocol servers that need nothing installed, people who answer mail, a past.

The demo and the tests use the same parts. Nothing here is imported by the product.
"""
