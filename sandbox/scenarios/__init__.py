"""What goes wrong in the play: each scenario acts in the flows, and declares what its keys deserve."""
