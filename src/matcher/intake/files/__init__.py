"""From files, workbooks and databases to grids of text: nothing dropped, nothing guessed."""
