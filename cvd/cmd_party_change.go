package cvd

// ChangeParty corrects what is known of a participant. What it may see follows
// from its own yes and its scope, not from its roles, so that does not change; but
// whoever is named by a new Contact.Identity is this participant from then on.
type ChangeParty struct {
	Party PartyID // who is changed
	// Contact replaces the contact as a whole: an address that it leaves out is
	// gone. Zero: it stays. Without an Identity in it the identity stays, unless that
	// was the e-mail address: then it is the new one.
	Contact  Contact
	Roles    Roles   // 0: they stay
	Tracking Private // its own number for the case; "": that stays
}

// SetScope says anew which vulnerabilities a participant sees.
type SetScope struct {
	Party PartyID // whose scope it is
	// Limited shows it those of Scope only: see Invite. Without it the scope ends,
	// and the participant sees the case as far as it has agreed to keep it secret.
	Limited bool
	Scope   []VulnID // with Limited: what it sees, at least one
	Reason  Private  // for the team; may be empty
}

// RemoveParty ends the part of a participant in the case: it was invited by
// mistake, or it has left. It gets no more messages, has no vote, holds up nobody,
// and sees nothing any more but what it has reported itself. Its number and what
// it said stay in the log; Erase removes its personal data. Invited again it is
// another participant.
type RemoveParty struct {
	Party  PartyID // who leaves; not the owner
	Reason Private // required
}

// Gone reports whether a participant was removed.
func (p *Participant) Gone() bool { return !p.Removed.IsZero() }
