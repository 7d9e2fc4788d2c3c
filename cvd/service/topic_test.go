package service_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// withVendors is a case whose vendors 3 and 4 have agreed, and 5 has not.
var withVendors = after(embargoed, vendorAt("one"), vendorAt("two"), vendorAt("three"),
	cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.AnswerInvitation{Party: 4, Accept: true})

func spoken(c *cvd.Case) (out []string) {
	for _, m := range c.Messages {
		if m.Purpose == cvd.PurposeMessage {
			out = append(out, string(m.Text))
		}
	}
	return out
}

func TestTopicsKeepVendorsApart(t *testing.T) {
	d := newDesk(t)
	id := withVendors(d)
	d.do(id, cvd.SetTopic{Title: "the router of one", Parties: []cvd.PartyID{3}},
		cvd.SetTopic{Title: "the switch of two", Parties: []cvd.PartyID{cvd.Owner, 4, 5, 4}},
		cvd.PostMessage{Topic: 1, Text: "to one"}, cvd.PostMessage{Topic: 2, Text: "to two"},
		cvd.PostMessage{Party: 3, Topic: 1, Text: "from one"})
	one, two, three, reporter := d.view(id, cvd.Viewer{Party: 3}), d.view(id, cvd.Viewer{Party: 4}), d.view(id, cvd.Viewer{Party: 5}), d.view(id, cvd.Viewer{Party: 2})
	require.Equal(t, []string{"to one", "from one"}, spoken(one))
	require.Equal(t, []string{"to two"}, spoken(two))
	require.Empty(t, spoken(three), "it has not agreed, and the others did not wait for it")
	require.Equal(t, []cvd.Topic{{ID: 1, Title: "the router of one", Parties: []cvd.PartyID{3}}}, one.Topics)
	require.Equal(t, []cvd.Topic{{ID: 2, Title: "the switch of two", Parties: []cvd.PartyID{4}}}, two.Topics, "of the others nothing")
	require.Empty(t, three.Topics, "nor its title")
	require.Empty(t, reporter.Topics)
	require.Equal(t, []cvd.PartyID{4, 5}, d.view(id, team).Topics[1].Parties)
	m := d.view(id, team).Messages
	require.Equal(t, []cvd.PartyID{cvd.Owner}, m[len(m)-1].To)
	require.Equal(t, cvd.TopicID(1), m[len(m)-1].Topic)

	d.refused(id, cvd.RuleAudience, cvd.PostMessage{Party: 4, Topic: 1, Text: "not of it"})
	d.refused(id, cvd.RuleAudience, cvd.PostMessage{Topic: 1, To: []cvd.PartyID{4}, Text: "past its members"})
	d.refused(id, cvd.RuleKnown, cvd.PostMessage{Topic: 9, Text: "t"})
	d.refused(id, cvd.RuleKnown, cvd.SetTopic{Topic: 9, Title: "t"})
	d.refused(id, cvd.RuleKnown, cvd.SetTopic{Title: "t", Stream: 9})
	d.refused(id, cvd.RuleKnown, cvd.SetTopic{Title: "t", Parties: []cvd.PartyID{9}})
	d.do(id, cvd.SetTopic{Title: "of nobody", Parties: []cvd.PartyID{5}})
	d.refused(id, cvd.RuleAudience, cvd.PostMessage{Topic: 3, Text: "t"})

	// Who joins sees what is said from then on; who leaves keeps what it got.
	d.do(id, cvd.SetTopic{Topic: 1, Title: "both", Parties: []cvd.PartyID{4}}, cvd.PostMessage{Topic: 1, Text: "later"})
	require.Equal(t, []string{"to two", "later"}, spoken(d.view(id, cvd.Viewer{Party: 4})))
	one = d.view(id, cvd.Viewer{Party: 3})
	require.Equal(t, []string{"to one", "from one"}, spoken(one))
	require.Empty(t, one.Topics, "the new title is not for it")
	// The title is the team's word: an erasure finds it for review.
	e, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 3})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(e.Review, func(m cvd.Mention) bool { return d.view(id, team).Events[m.Seq-1].Kind == cvd.EventTopicSet }))
}

func TestParticipantsHaveReadMarks(t *testing.T) {
	d := newDesk(t)
	id := withVendors(d)
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{3, 4}, Text: "to both"}, cvd.PostMessage{To: []cvd.PartyID{3}, TLP: tlp.Red, Text: "sealed only"},
		cvd.PostMessage{Party: 4, To: []cvd.PartyID{3, cvd.Owner}, Text: "from two"})
	me := cvd.Viewer{Party: 3, Over: cvd.ProtectPortal}
	unread := func(v cvd.Viewer) (out []string) {
		c := d.view(id, v)
		for _, n := range c.UnreadBy(v.Party).Messages {
			for _, m := range c.Messages {
				if m.ID == n && m.Purpose == cvd.PurposeMessage {
					out = append(out, string(m.Text))
				}
			}
		}
		return out
	}
	require.Equal(t, []string{"to both", "from two"}, unread(me))
	answered := d.view(id, team).Participants[2].Answered
	d.clock.pass(time.Hour)
	c := d.do(id, cvd.MarkRead{Party: 3, Over: cvd.ProtectPortal})
	require.Empty(t, unread(me))
	require.Equal(t, []string{"sealed only"}, unread(cvd.Viewer{Party: 3}), "it was not shown over the portal")
	require.Equal(t, []string{"to both"}, unread(cvd.Viewer{Party: 4}), "each has its own")
	require.Equal(t, c.Seq-1, d.view(id, cvd.Viewer{Party: 3}).Participants[2].Read)
	require.Zero(t, d.view(id, cvd.Viewer{Party: 4}).Participants[2].Read, "others do not learn of it")
	// Nothing new, nothing written: a page may be looked at often.
	again := d.do(id, cvd.MarkRead{Party: 3, Over: cvd.ProtectPortal})
	require.Equal(t, c.Seq, again.Seq)
	require.True(t, again.Repeated)
	// What was fetched stays so when the mail goes out.
	d.clock.pass(1e9)
	d.relay()
	for _, m := range d.view(id, team).Messages {
		for _, x := range m.Deliveries {
			if x.Party == 3 && string(m.Text) == "to both" {
				require.Equal(t, cvd.DeliverySent, x.State)
				require.Equal(t, c.At, x.Fetched)
			}
		}
	}
	// A vendor does not see when another one reads.
	for _, m := range d.view(id, cvd.Viewer{Party: 4}).Messages {
		for _, x := range m.Deliveries {
			require.True(t, x.Party == 4 || x.Fetched.IsZero())
		}
	}
	require.NotEmpty(t, d.view(id, team).Unread().Messages, "the team's own mark is another")
	require.Equal(t, d.view(id, team).Unread(), d.view(id, team).UnreadBy(cvd.Owner))
	d.refused(id, cvd.RuleKnown, cvd.MarkRead{Party: 9})
	d.refused(id, cvd.RuleKnown, cvd.MarkRead{Party: 3, Upto: 999})
	require.Equal(t, answered, d.view(id, team).Participants[2].Answered, "to read is no answer")
}

// Each vendor of a large case has a topic of its own.
func ExampleSetTopic() {
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, alice := context.Background(), cvd.By{Actor: "alice"}
	c, err := svc.Do(ctx, cvd.CaseID{}, alice, cvd.Open{Origin: cvd.OriginOutbound, Title: "Overflow in libframe"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, name := range []cvd.Private{"one", "two"} {
		party := cvd.PartyID(i + 2)
		c, err = svc.Do(ctx, c.ID, alice,
			cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: name}, DetailsFirst: true, Reason: "standing agreement"},
			cvd.SetTopic{Title: "Vendor " + name, Parties: []cvd.PartyID{party}},
			cvd.PostMessage{Topic: cvd.TopicID(i + 1), Text: "Are you affected?"})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	for party := cvd.PartyID(2); party <= 3; party++ {
		seen, err := svc.View(ctx, c.ID, cvd.Viewer{Party: party})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(seen.Topics), string(seen.Topics[0].Title), len(seen.UnreadBy(party).Messages))
	}
	// The second has looked at the page.
	_, err = svc.Do(ctx, c.ID, cvd.By{Actor: "portal"}, cvd.MarkRead{Party: 3})
	seen, _ := svc.View(ctx, c.ID, cvd.Viewer{Party: 3})
	fmt.Println(len(seen.UnreadBy(3).Messages), err)
	// Output:
	// 1 Vendor one 2
	// 1 Vendor two 2
	// 0 <nil>
}
