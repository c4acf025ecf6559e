"""Pages kept out of all fitting: other forms, wordings, hands and presses than elsewhere here."""
