"""Databases: SQLite in a file, PostgreSQL by its URL; they store and order, and never add up."""
