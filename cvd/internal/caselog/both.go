package caselog

import (
	"slices"
)

// Apart returns a copy on which commands may be decided while others decide on
// the same snapshot: what only grows has no room to grow into that they share. A
// decision on one case needs none of it, because it holds the case's slot.
func (c *Folded) Apart() *Folded {
	w := c.Working()
	w.Events, w.Actors, w.ActorTags = slices.Clip(w.Events), slices.Clip(w.Actors), slices.Clip(w.ActorTags)
	w.Persons, w.actorSeqs, w.ActorHashes = slices.Clip(w.Persons), slices.Clip(w.actorSeqs), slices.Clip(w.ActorHashes)
	w.Streams, w.Attachments, w.Publications = slices.Clip(w.Streams), slices.Clip(w.Attachments), slices.Clip(w.Publications)
	w.DateChanges, w.Recorded, w.Reminded = slices.Clip(w.DateChanges), slices.Clip(w.Recorded), slices.Clip(w.Reminded)
	w.Updates, w.Closings = slices.Clip(w.Updates), slices.Clip(w.Closings)
	w.Messages, w.Claims = slices.Clip(w.Messages), slices.Clip(w.Claims)
	return w
}
