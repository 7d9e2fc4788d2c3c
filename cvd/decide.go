package cvd

// decide applies a command to the working copy, or refuses it.
func (d *decision) decide(cmd Command) error { return cmd.decide(d) }
