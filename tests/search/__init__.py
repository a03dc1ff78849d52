"""The wide search: thousands of hard networks against an oracle of a hundred digits and more."""
