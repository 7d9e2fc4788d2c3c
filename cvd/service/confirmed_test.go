package service_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const ritaMail = "rita@finder.example"

func reportByMail(from string, known cvd.KnownBy) cvd.Receive {
	return cvd.Receive{Channel: cvd.ChannelMail, KnownBy: known, Title: "Overflow", Summary: "It overflows.", Reporter: cvd.Contact{Email: cvd.Private(from)}}
}

func reportByForm(from string) cvd.Receive {
	x := reportByMail(from, cvd.KnownByAccess)
	x.Channel = cvd.ChannelPortal
	return x
}

func mailFrom(from string, known cvd.KnownBy) cvd.PostMessage {
	return cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: "More.", Provenance: cvd.Provenance{
		Channel: cvd.ChannelMail, KnownBy: known, Sender: cvd.Private(from)}}
}

// What confirms an address, and what only looks as if it did.
func TestConfirmed(t *testing.T) {
	key := cvd.Contact{Email: ritaMail, Key: "ABCDEF0123456789ABCDEF0123456789ABCDEF01"}
	signed := reportByForm(ritaMail)
	signed.Reporter = key
	unverified := cvd.PostUnverified{Claimed: 2, Text: "I am Rita.", Reason: "another address", Provenance: cvd.Provenance{
		Channel: cvd.ChannelMail, KnownBy: cvd.KnownByResults, Sender: ritaMail}}
	held := reportByMail(ritaMail, cvd.KnownByResults)
	held.Quarantine = "looks like spam"
	phoned := reportByMail(ritaMail, cvd.KnownByResults)
	phoned.Channel = cvd.ChannelPhone
	withID := reportByMail(ritaMail, cvd.KnownByResults)
	withID.Reporter.Identity = "account:7"
	over := mailFrom(ritaMail, cvd.KnownByResults)
	over.Provenance.Channel = cvd.ChannelPortal
	for name, x := range map[string]struct {
		is   bool
		cmds []cvd.Command
	}{
		"report by mail that the server vouches for": {true, []cvd.Command{reportByMail(ritaMail, cvd.KnownByResults)}},
		"report by mail, in other letters":           {true, []cvd.Command{reportByMail("Rita@Finder.EXAMPLE", cvd.KnownByResults)}},
		"report by mail, signed":                     {true, []cvd.Command{reportByMail(ritaMail, cvd.KnownBySignature)}},
		"form, then mail":                            {true, []cvd.Command{reportByForm(ritaMail), mailFrom("RITA@finder.example", cvd.KnownByResults)}},
		"form, then mail by a checked certificate":   {true, []cvd.Command{reportByForm(ritaMail), mailFrom(ritaMail, cvd.KnownBySignature)}},
		"report by mail of which nothing is known":   {false, []cvd.Command{reportByMail(ritaMail, cvd.KnownByNothing)}},
		"form":                                        {false, []cvd.Command{reportByForm(ritaMail)}},
		"form, then mail by its thread":               {false, []cvd.Command{reportByForm(ritaMail), mailFrom(ritaMail, cvd.KnownByToken)}},
		"form, then mail from another address":        {false, []cvd.Command{reportByForm(ritaMail), mailFrom("eve@evil.example", cvd.KnownByResults)}},
		"form, then what is no mail":                  {false, []cvd.Command{reportByForm(ritaMail), over}},
		"form with a key, then mail signed by it":     {false, []cvd.Command{signed, mailFrom(ritaMail, cvd.KnownBySignature)}},
		"a key that was taken away again":             {false, []cvd.Command{signed, mailFrom(ritaMail, cvd.KnownBySignature), cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: ritaMail}}}},
		"form, then a mail that nobody verified":      {false, []cvd.Command{reportByForm(ritaMail), unverified}},
		"the same, admitted by the team":              {false, []cvd.Command{reportByForm(ritaMail), cvd.Admit{}, unverified, cvd.Admit{Message: 2, Party: 2}}},
		"the same, admitted as a report":              {false, []cvd.Command{reportByForm(ritaMail), cvd.Admit{}, unverified, cvd.Admit{Message: 2, Party: 2, AsReport: true}}},
		"by telephone, whatever the host says":        {false, []cvd.Command{phoned}},
		"somebody with an account":                    {false, []cvd.Command{withID}},
		"quarantined":                                 {false, []cvd.Command{held, mailFrom(ritaMail, cvd.KnownByResults)}},
		"dismissed":                                   {false, []cvd.Command{reportByMail(ritaMail, cvd.KnownByResults), cvd.Dismiss{Why: cvd.DismissalSpam}}},
		"the contact was changed to it":               {false, []cvd.Command{reportByMail("old@finder.example", cvd.KnownByResults), cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: ritaMail}}}},
		"the contact was changed, then mail from it":  {true, []cvd.Command{reportByMail("old@finder.example", cvd.KnownByResults), cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: ritaMail}}, mailFrom(ritaMail, cvd.KnownByResults)}},
		"letters that only Unicode takes for another": {false, []cvd.Command{reportByMail("rita@finder.example"[:9]+"\u0130nder.example", cvd.KnownByResults)}},
		"a Kelvin sign":                               {false, []cvd.Command{reportByMail("rita@finder.\u212Aexample", cvd.KnownByResults)}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			var id cvd.CaseID
			for i, cmd := range x.cmds {
				if r, ok := cmd.(cvd.Receive); ok {
					r.Submission = true
					cmd = r
				}
				c, err := d.svc.Do(context.Background(), id, cvd.By{Actor: "alice"}, cmd)
				require.NoError(t, err, i)
				id = c.ID
			}
			got, problems, err := d.svc.Confirmed(context.Background(), ritaMail)
			require.NoError(t, err)
			require.Empty(t, problems)
			if x.is {
				require.Equal(t, []service.Place{{Case: id, Party: 2}}, got)
			} else {
				require.Empty(t, got)
			}
		})
	}
}

// An address of the same meaning to Unicode's lower case is another mailbox.
func TestConfirmedIsNoOtherMailbox(t *testing.T) {
	d := newDesk(t)
	d.do(cvd.CaseID{}, reportByMail("rita@kernel.example", cvd.KnownByResults))
	for address, n := range map[cvd.Private]int{"rita@kernel.example": 1, "RITA@KERNEL.example": 1, "rita@\u212Aernel.example": 0, "": 0, "ritaMail": 0} {
		got, _, err := d.svc.Confirmed(context.Background(), address)
		require.NoError(t, err)
		require.Len(t, got, n, address)
	}
}

// Who has gone, and where two may have been taken for one by an address.
func TestConfirmedEnds(t *testing.T) {
	ctx, by := context.Background(), cvd.By{Actor: "alice"}
	none := func(d *desk) {
		t.Helper()
		got, _, err := d.svc.Confirmed(ctx, ritaMail)
		require.NoError(t, err)
		require.Empty(t, got)
	}
	d := newDesk(t)
	c := d.do(cvd.CaseID{}, reportByMail(ritaMail, cvd.KnownByResults))
	_, err := d.svc.Erase(ctx, c.ID, by, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	none(d)

	d = newDesk(t)
	c = d.do(cvd.CaseID{}, reportByMail(ritaMail, cvd.KnownByResults))
	d.do(c.ID, cvd.RemoveParty{Party: 2, Reason: "asked"})
	none(d)

	// Eve typed Rita's address into a form, or Rita's mail came into Eve's case.
	for _, into := range []int{0, 1} {
		d = newDesk(t)
		cs := []*cvd.Case{d.do(cvd.CaseID{}, reportByForm(ritaMail)), d.do(cvd.CaseID{}, reportByMail(ritaMail, cvd.KnownByResults))}
		got, _, err := d.svc.Confirmed(ctx, ritaMail)
		require.NoError(t, err)
		require.Equal(t, []service.Place{{Case: cs[1].ID, Party: 2}}, got)
		_, err = d.svc.Merge(ctx, cs[1-into].ID, by, cvd.Merge{Into: cs[into].ID, Reason: "same"})
		require.NoError(t, err)
		none(d)
	}
}

// Many cases that only name the address do not hide those that it is confirmed in.
func TestConfirmedAmongMany(t *testing.T) {
	d := newDesk(t)
	want := d.do(cvd.CaseID{}, reportByMail(ritaMail, cvd.KnownByResults))
	for i := range 230 {
		x := reportByForm(ritaMail)
		x.Title = cvd.Private(fmt.Sprint("flaw ", i))
		d.do(cvd.CaseID{}, x)
	}
	got, _, err := d.svc.Confirmed(context.Background(), ritaMail)
	require.NoError(t, err)
	require.Equal(t, []service.Place{{Case: want.ID, Party: 2}}, got)
}
