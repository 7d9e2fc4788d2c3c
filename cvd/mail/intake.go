package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// MaxMail is how many bytes a mail may have. Of a larger one nothing is kept: the
// server says 552 while it is offered.
const MaxMail = 64 << 20

// Intake takes mail in. Service and Addresses are required. It is safe for
// concurrent use, also by several processes; a mail that is given twice is taken
// once.
type Intake struct {
	Service *service.Service // takes the reports and messages
	// Addresses are those at which the team gets its mail, its own first, then
	// aliases.
	Addresses []string
	// Domain is that of the Message-IDs of our mails; empty: of the first address.
	Domain string
	// Separator parts an address from the token of a thread: "+" if it is empty, as
	// in security+token@example.org.
	Separator string
	// Opener decrypts with every key that it holds, whatever the mail says to whom it
	// is, and checks signatures. Zero: what is not encrypted is read.
	Opener pgpmime.Opener
	// AuthservID is the name by which the host's own mail server signs its
	// Authentication-Results (RFC 8601): the topmost field with exactly this name is
	// believed. Empty: none is.
	AuthservID string
	// Lists are the List-Ids (RFC 2919) of the team's own lists and groups, by which
	// its mail is delivered: what comes through them is from its author, and not from
	// a list.
	Lists []string
	// Checked are certificates that the team has checked. A valid signature of one that
	// carries the sender's address shows from whom a mail is; so does one of the key
	// that the case has of a participant, if Opener.Keyring holds it.
	Checked Ring
	// Members makes notes in cases of what members of the team answer. nil: nothing is
	// handed to them.
	Members *Members
	// Cases opens a case for each new report, instead of a submission.
	Cases bool
	// Answers is how many receipts one address gets within a day, whoever writes in
	// its name; 0: five. AnswersAnHour is how many all addresses get together within
	// an hour; 0: a hundred. So nobody is flooded by what others send in their name.
	// What is not answered is named by Digest. Both count for each Intake, and need
	// Envelope.Received.
	Answers, AnswersAnHour int
	// By is who takes mail in, for the log. Its ID is not used.
	By cvd.By

	mu     sync.Mutex
	hour   time.Time // since when
	spoken int       // receipts went out
}

// Envelope is what the server that delivered a mail knows of it.
type Envelope struct {
	// From is the sender by the envelope, "<>" for the null sender; empty: it is not
	// known, and the header's Return-Path stands in.
	From string
	// To are the recipients by the envelope; nil: those of the header stand in.
	To       []string
	Received time.Time // when it reached the team; zero: now
	TLS      bool      // the last hop was encrypted
}

// Outcome is what came of a mail.
type Outcome string

// The outcomes.
const (
	Submission Outcome = "submission" // a new submission
	Case       Outcome = "case"       // a new case
	Message    Outcome = "message"    // a message of a participant in its case
	Unverified Outcome = "unverified" // kept in its case for the team's eyes
	Quarantine Outcome = "quarantine" // a new submission in quarantine
	Report     Outcome = "report"     // a delivery report that marked a delivery
	Duplicate  Outcome = "duplicate"  // it was here before, and changed nothing
	Refused    Outcome = "refused"    // it is over MaxMail, and nothing of it is kept
)

// Result says what came of a mail, and by which rule.
type Result struct {
	Outcome  Outcome     `json:"result"`           // what became of the mail
	CaseID   cvd.CaseID  `json:"case_id,omitzero"` // into which it went; zero: into none
	Number   string      `json:"case,omitempty"`   // of a submission too
	Party    cvd.PartyID `json:"party,omitempty"`  // whose it was taken for; 0: nobody's
	Reason   string      `json:"reason,omitempty"` // in words; holds nothing of the mail
	Rule     int         `json:"rule"`             // the number of the rule that decided, from 1
	Answered bool        `json:"answered"`         // a receipt goes out
	Sender   Sender      `json:"sender"`           // from whom it says it is
	// Proposed is the case whose number the subject or the text names, if it is not
	// CaseID: for a human to judge.
	Proposed cvd.CaseID `json:"proposed,omitzero"`
	// Suggested is what the text names, of a new submission or case.
	Suggested Suggested `json:"suggested,omitzero"`
	// Keys are certificates that the mail brought along: see Keys.
	Keys []Key `json:"keys,omitempty"`
}

// Sender is from whom a mail says that it is, and by what that is known.
type Sender struct {
	Address cvd.Private `json:"address,omitempty"` // in From, as claimed
	KnownBy cvd.KnownBy `json:"known_by"`          // by what it is known; a claim alone proves nothing
}

// errAddresses: see New checks in Take, which a zero Intake would otherwise pass.
var errAddresses = errors.New("mail: Intake.Service and Intake.Addresses are required")

// letter is a mail on its way through the intake.
type letter struct {
	in    *Intake
	env   Envelope
	raw   *pgp.Held
	m     *pgpmime.Mail
	r     Result
	from  string // the author's address, in lower case
	null  bool   // the null sender
	ids   []cvd.ExternalID
	mail  string // its Message-ID in angle brackets
	twice bool   // another mail has its Message-ID
	// content is its sender with its text; same is the case that has it already.
	content cvd.ExternalID
	same    cvd.CaseID
}

// Take takes one mail in: see the package's documentation. A mail is taken whatever
// it holds; an error is temporary, of the reader, the Store or the context, and the
// same mail can be given again.
func (in *Intake) Take(ctx context.Context, env Envelope, raw io.Reader) (Result, error) {
	if in.Service == nil || len(in.Addresses) == 0 {
		return Result{}, errAddresses
	}
	engine := in.Opener.Engine
	if engine == nil {
		engine = &pgp.Engine{}
	}
	held, err := engine.Hold(ctx, raw, MaxMail)
	if errors.Is(err, pgp.ErrLimit) {
		return Result{Outcome: Refused, Rule: 11, Reason: fmt.Sprintf("it has more than %d bytes", MaxMail)}, nil
	}
	if err != nil {
		return Result{}, fmt.Errorf("mail: reading: %w", err)
	}
	defer held.Close()
	l := &letter{in: in, env: env, raw: held}
	l.m, err = in.Opener.Open(ctx, held.Open())
	if l.m == nil {
		if ctx.Err() != nil || !errors.Is(err, pgpmime.ErrLimit) && !errors.Is(err, pgpmime.ErrMalformed) {
			return Result{}, fmt.Errorf("mail: opening: %w", err)
		}
		return l.hold(ctx, 1, "it cannot be read as a mail: too many fields or parts")
	}
	defer l.m.Close()
	if err := l.identifiers(); err != nil {
		return Result{}, fmt.Errorf("mail: reading: %w", err)
	}
	if done, err := l.known(ctx); done || err != nil {
		return l.r, err
	}
	l.author()
	r, err := l.place(ctx)
	if err == nil && r.Outcome != Duplicate {
		r.Keys = l.keys()
	}
	return r, err
}

// own tells an address of the team's, with or without the token of a thread, which
// it returns.
func (in *Intake) own(address string) (token string, own bool) {
	local, domain, ok := cutAddress(address)
	if !ok {
		return "", false
	}
	sep := in.Separator
	if sep == "" {
		sep = "+"
	}
	for _, a := range in.Addresses {
		l, d, _ := cutAddress(a)
		if d != domain {
			continue
		}
		if local == l {
			return "", true
		}
		if rest, ok := strings.CutPrefix(local, l+sep); ok {
			return rest, true
		}
	}
	return "", false
}

// cutAddress returns both sides of an address in lower case.
func cutAddress(s string) (local, domain string, ok bool) {
	s = strings.ToLower(strings.Trim(s, "<> \t"))
	i := strings.LastIndexByte(s, '@')
	if i < 1 || i == len(s)-1 {
		return "", "", false
	}
	return s[:i], strings.TrimSuffix(s[i+1:], "."), true
}

// domain is that of our Message-IDs.
func (in *Intake) domain() string {
	if in.Domain != "" {
		return strings.ToLower(in.Domain)
	}
	_, d, _ := cutAddress(in.Addresses[0])
	return d
}
