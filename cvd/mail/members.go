package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// SubscriberMembers is the name under which Members follows the cases: put it into
// Config.Subscribers.
const SubscriberMembers = "mail/members"

// Members hands what comes in to those of the team who read mail and not a desk:
// each report and each message of others, encrypted to each member with what was
// found about signature and sender. A member's answer comes back as a note in the
// case, if Intake.Members is set: what was said inside stays inside, and leaves only
// by cvd.PostMessage.
//
// All fields are required. State holds how far each member is; without it members
// get again what they had, and their answers are not recognised. It is safe for
// concurrent use; of several processes that run at once two may send the same mail,
// under one Message-ID.
type Members struct {
	Service   *service.Service // whose cases they see
	State     storage.State    // how far each member is
	Transport *Transport       // Certs and Separator are used too
	Members   []pgp.Recipient  // each with its address and its certificate
}

var errMembers = errors.New("mail: Members.Service, Members.State and Members.Transport are required")

// Run hands on what is new in at most n cases, and returns how many mails went out.
// The error joins those of single members and cases, which hold up no other: an
// unusable certificate of a member is one, so log it. What failed for another reason
// is tried again by the next Run.
func (m *Members) Run(ctx context.Context, n int) (sent int, err error) {
	if m.Service == nil || m.State == nil || m.Transport == nil {
		return 0, errMembers
	}
	var failed []error
	var after cvd.CaseID
	for n > 0 && ctx.Err() == nil {
		list, err := m.Service.Changed(ctx, SubscriberMembers, after, min(n, 100))
		if err != nil || len(list) == 0 {
			return sent, errors.Join(append(failed, err)...)
		}
		n -= len(list)
		for _, d := range list {
			after = d.Case
			k, again, err := m.relay(ctx, d.Case)
			sent += k
			if err != nil {
				failed = append(failed, fmt.Errorf("mail: to members: %w", err))
			}
			if !again {
				failed = append(failed, m.Service.Done(ctx, SubscriberMembers, d))
			}
		}
	}
	return sent, errors.Join(append(failed, ctx.Err())...)
}

// progress is how far a member is in a case.
type progress struct{ Reports, Messages int }

func cursorKey(id cvd.CaseID) string { return "mail/members/case/" + id.String() }
func threadKey(token string) string  { return "mail/members/thread/" + token }

// relay hands on what is new in a case. again tells that something is to be tried
// again.
func (m *Members) relay(ctx context.Context, id cvd.CaseID) (sent int, again bool, err error) {
	c, err := m.Service.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return 0, true, err
	}
	data, version, err := m.State.Get(ctx, cursorKey(id))
	if err != nil {
		return 0, true, err
	}
	at := map[string]progress{}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &at); err != nil {
			return 0, true, fmt.Errorf("case %s: what State holds cannot be read: %w", c.Number, err)
		}
	}
	var furthest progress // where a member that is new begins
	for _, p := range at {
		furthest.Reports, furthest.Messages = max(furthest.Reports, p.Reports), max(furthest.Messages, p.Messages)
	}
	var failed []error
	for _, to := range m.Members {
		p, known := at[to.Cert.Fingerprint()]
		if !known {
			p = furthest
		}
		if to.Address == "" || m.Transport.engine().Check([]pgp.Recipient{to}) != nil {
			failed = append(failed, fmt.Errorf("mail to a member cannot be encrypted: certificate %q", to.Cert.Fingerprint()))
			continue
		}
		k, err := m.member(ctx, c, to, &p)
		if sent += k; err != nil {
			again = true
			failed = append(failed, fmt.Errorf("case %s: %w", c.Number, err))
		}
		at[to.Cert.Fingerprint()] = p
	}
	if data, err = json.Marshal(at); err == nil {
		_, err = m.State.Put(ctx, cursorKey(id), version, data)
	}
	if errors.Is(err, cvd.ErrConflict) { // another process did the same
		again, err = true, nil
	}
	return sent, again, errors.Join(append(failed, err)...)
}

// item is a report or a message, as it is handed on.
type item struct {
	ref      string
	what     string
	from     cvd.PartyID
	found    []string // about signature and sender
	subject  cvd.Private
	text     cvd.Private
	files    []cvd.AttachmentID
	original cvd.AttachmentID
}

// member sends one member what it has not had, and moves its progress on.
func (m *Members) member(ctx context.Context, c *cvd.Case, to pgp.Recipient, p *progress) (sent int, err error) {
	for ; p.Reports < len(c.Reports); p.Reports++ {
		r := &c.Reports[p.Reports]
		it := item{fmt.Sprintf("report/%d", r.ID), "A report came in.", r.Reporter, found(r.KnownBy, r.Signature, r.Fingerprint, r.Protection), r.Title, r.Summary, r.Files, r.Original}
		if c.Submission.Quarantine != "" {
			it.found = append(it.found, "In quarantine: "+string(c.Submission.Quarantine))
		}
		if err := m.send(ctx, c, to, it); err != nil {
			return sent, err
		}
		sent++
	}
	for ; p.Messages < len(c.Messages); p.Messages++ {
		x := &c.Messages[p.Messages]
		if x.From == cvd.Owner || x.Purpose != cvd.PurposeMessage && x.Purpose != cvd.PurposeUnverified {
			continue
		}
		v := x.Provenance
		it := item{fmt.Sprintf("message/%d", x.ID), "A message came in.", max(x.From, x.Claimed), found(v.KnownBy, v.Signature, v.Fingerprint, v.Protection), x.Subject, x.Text, x.Attachments, x.Original}
		if x.Purpose == cvd.PurposeUnverified {
			it.what = "A message came in, and NOBODY HAS SHOWN FROM WHOM IT IS."
			it.found = append(it.found, "Why: "+string(x.Reason))
		}
		if err := m.send(ctx, c, to, it); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

func found(k cvd.KnownBy, s cvd.Signature, fingerprint cvd.Private, p cvd.Protection) (out []string) {
	out = append(out, "Sender known by: "+k.String(), "Signature: "+s.String())
	if fingerprint != "" {
		out[1] += ", key " + string(fingerprint)
	}
	return append(out, "Protected on its way here by: "+p.String())
}

// send writes one mail to a member.
func (m *Members) send(ctx context.Context, c *cvd.Case, to pgp.Recipient, it item) error {
	token := m.Service.Marker(c.ID, SubscriberMembers+"/"+to.Cert.Fingerprint())
	if err := m.lead(ctx, token, c.ID); err != nil {
		return err
	}
	out := cvd.Outgoing{
		ID: m.Service.Marker(c.ID, SubscriberMembers+"/"+to.Cert.Fingerprint()+"/"+it.ref), Thread: token, Auto: true, Subject: "[" + c.Number + "] " + string(plain(string(it.subject), 200)),
	}
	t := m.Transport
	d := t.draft(ctx, out, to.Address)
	d.To = []string{(&netmail.Address{Address: to.Address}).String()}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nCase: %s\n", it.what, c.Number)
	if p, ok := c.Party(it.from); ok && it.from != 0 {
		fmt.Fprintf(&b, "From, as it says: %s\n", string(plain(c.PartyName(p.ID)+" <"+string(p.Email)+">", 500)))
	}
	for _, line := range it.found {
		fmt.Fprintln(&b, string(plain(line, 1000)))
	}
	fmt.Fprintf(&b, "\nYour answer to this mail becomes a note of the team in the case. It goes to nobody else.\n\n%s\n", string(it.text))
	d.Text = b.String()
	files := slices.Clone(it.files)
	if it.original != 0 && len(files) == 0 && it.text == "" {
		files = append(files, it.original)
	}
	for _, id := range files {
		d.Attachments = append(d.Attachments, m.attachment(ctx, c, id))
	}
	return t.write(ctx, d, to.Address, pgp.Recipient{Address: to.Address, Cert: to.Cert})
}

func (m *Members) attachment(ctx context.Context, c *cvd.Case, id cvd.AttachmentID) pgpmime.Attachment {
	a := pgpmime.Attachment{Open: func() (io.Reader, error) {
		return m.Service.Attachment(ctx, c.ID, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, id)
	}}
	if i := int(id) - 1; i >= 0 && i < len(c.Attachments) {
		a.Name, a.Type = string(c.Attachments[i].Name), fileType(string(c.Attachments[i].Type))
	}
	return a
}

// lead makes a token lead back to the case.
func (m *Members) lead(ctx context.Context, token string, id cvd.CaseID) error {
	key := threadKey(token)
	data, version, err := m.State.Get(ctx, key)
	if err != nil || len(data) > 0 {
		return err
	}
	_, err = m.State.Put(ctx, key, version, []byte(id.String()))
	if errors.Is(err, cvd.ErrConflict) {
		return nil
	}
	return err
}

// thread finds the case to which a token of a member's mail leads.
func (m *Members) thread(ctx context.Context, token string) (cvd.CaseID, bool, error) {
	data, _, err := m.State.Get(ctx, threadKey(token))
	if err != nil || len(data) == 0 {
		return cvd.CaseID{}, false, err
	}
	var id cvd.CaseID
	if err := id.UnmarshalText(data); err != nil {
		return cvd.CaseID{}, false, err
	}
	id, err = m.Service.Follow(ctx, id)
	return id, err == nil, err
}

// of finds the member whose words a mail is: by a valid signature of the member's key,
// or by the word of the host's mail server.
func (m *Members) of(l *letter, v verdict) (string, cvd.KnownBy) {
	for _, x := range m.Members {
		if l.signedBy(x.Cert.Fingerprint()) {
			return x.Address, cvd.KnownBySignature
		}
	}
	for _, x := range m.Members {
		if v == passed && l.from != "" && strings.EqualFold(x.Address, l.from) {
			return x.Address, cvd.KnownByResults
		}
	}
	return "", cvd.KnownByNothing
}
