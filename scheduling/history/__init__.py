"""A child's course history, read: what was recorded, its plots and timeline, and when a review is due."""
