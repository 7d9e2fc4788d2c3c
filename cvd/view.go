package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Viewer is who reads. The zero Viewer is the public.
type Viewer struct {
	Team bool // the owner's team: sees all that is open to Groups
	// Groups are those of the team to which the viewer belongs, in the host's terms. It
	// sees the cases that are open to the whole team, as all are until SetGroups, and
	// those that are open to a group of its. EveryGroup: all cases.
	Groups []Private
	Party  PartyID // a participant of the case
	// Grant is the code by which Party came: what Access returned. It limits what is
	// seen to what the code opens, while it holds. 0: the host knows who it is.
	Grant GrantID
	// Identity names a participant in the host's terms, as Contact.Identity does,
	// instead of Party or to check it.
	Identity Private
	// Over says how the answer reaches the viewer: what needs more protection is
	// left out. ProtectNone: the host protects it well enough for everything.
	Over Protection
	// Last limits the answer to so many of the newest messages, and of the newest
	// events, before the record Before: a page of a case that has very many. 0: all.
	// What is computed from them, such as a Timeline, is then of the page.
	Last   int
	Before Seq // 0: the newest
	// Clearance is the strictest TLP label that the viewer may hold, for example of
	// a tracker that mirrors cases: what has a stricter one is left out, also for
	// the team. What has no label counts as TLP:AMBER: names, reasons, identifiers.
	// But what a report is labelled holds for who sent it, and the label of a
	// vulnerability for the drafts and records that are about it. Unset: no limit.
	Clearance tlp.Label

	kept viewerKept
}

// messageByID finds a message where some are left out.
func (c *Case) messageByID(id MessageID) *Message {
	i, ok := slices.BinarySearchFunc(c.Messages, id, func(m Message, id MessageID) int { return int(m.ID) - int(id) })
	if !ok {
		return nil
	}
	return &c.Messages[i]
}
