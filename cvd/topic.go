package cvd

// SetTopic opens a topic of the conversation, or replaces its title and its members.
// A message in a topic goes to the members, so that vendors who need not know of each
// other share no stream. Who joins later sees later messages only; who leaves keeps
// what it got.
type SetTopic struct {
	Topic   TopicID   // 0: a new one, which gets the next number
	Title   Private   // seen by the members; required
	Parties []PartyID // its members besides the owner
	Stream  StreamID  // the product stream that it is about; 0: none
}

// TopicID numbers the topics of a case, from 1. 0 is what has no topic.
type TopicID uint32

// Topic is a part of the conversation. A participant sees those of which it is a
// member, and of the members itself.
type Topic struct {
	ID      TopicID   // from 1, in the order of their opening
	Title   Private   // seen by the members
	Parties []PartyID // the members, besides the team
	Stream  StreamID  // that it is about; 0: none
}

// Unfetched reports whether a message is to a participant that has not fetched it,
// here or where an import comes from.
func (m *Message) Unfetched(p PartyID) bool {
	for i := range m.Deliveries {
		if m.Deliveries[i].Party == p {
			return m.Deliveries[i].Fetched.IsZero() && !m.kept.Past
		}
	}
	return false
}
