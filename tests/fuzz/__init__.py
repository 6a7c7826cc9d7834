"""Campaigns that feed each reader what nobody should send; run by hand."""
