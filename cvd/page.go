package cvd

import (
	"slices"
)

// messageByID finds a message where some are left out.
func (c *Case) messageByID(id MessageID) *Message {
	i, ok := slices.BinarySearchFunc(c.Messages, id, func(m Message, id MessageID) int { return int(m.ID) - int(id) })
	if !ok {
		return nil
	}
	return &c.Messages[i]
}
