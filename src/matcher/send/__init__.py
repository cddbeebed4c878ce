"""What is sent once a run is made: who gets what, letters, invitations, one table of it all."""
