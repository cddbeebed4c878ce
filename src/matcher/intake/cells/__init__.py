"""From the text of a cell to words, numbers, dates and lists."""
