"""Campaigns that break a street on purpose for hours: kills, outages, lies; run by hand."""
