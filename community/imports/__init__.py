"""Read files of quarter hours: whole or not at all, each fault told with its line."""
