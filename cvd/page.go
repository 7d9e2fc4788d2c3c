package cvd

import "slices"

// paged is the part of a list, in the order of the log, that a viewer asks for.
func paged[T any](all []T, v Viewer, seq func(*T) Seq) []T {
	if v.Before > 0 {
		n, _ := slices.BinarySearchFunc(all, v.Before, func(x T, before Seq) int { return int(seq(&x) - before) })
		all = all[:n]
	}
	if v.Last > 0 && len(all) > v.Last {
		all = all[len(all)-v.Last:]
	}
	return all
}

func messageSeq(m *Message) Seq { return m.Seq }
func eventSeqOf(e *Event) Seq   { return e.Seq }

// messageByID finds a message where some are left out.
func (c *Case) messageByID(id MessageID) *Message {
	i, ok := slices.BinarySearchFunc(c.Messages, id, func(m Message, id MessageID) int { return int(m.ID) - int(id) })
	if !ok {
		return nil
	}
	return &c.Messages[i]
}
