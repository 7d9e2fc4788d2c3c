package cvdtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// courier is a Transport that keeps to the rules; its fields are faults.
type courier struct {
	most                                                        cvd.Protection
	anything, boasts, modest, ignoresContext, newIDs, shared    bool
	noFiles, halfFiles, neverCloses, injects, garbles, nothing  bool
	chatty, unprotected, inSubject, refusesAll, addressInErrors bool
	copiesReferences, refusesReferences                         bool

	mu     sync.Mutex
	broken bool
	n      int
	text   string // of all callers, if shared
	got    []Arrival
}

func (p *courier) Send(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	switch {
	case ctx.Err() != nil && !p.ignoresContext:
		return cvd.Sent{}, ctx.Err()
	case p.refusesAll || m.Require > p.most && !p.anything:
		return cvd.Sent{}, cvd.ErrUnprotected
	case strings.ContainsAny(string(m.To.Address), "\r\n\x00") && !p.injects:
		return cvd.Sent{}, errors.New("the address has a line break")
	case p.isBroken() && p.unprotected:
		return cvd.Sent{}, cvd.ErrUnprotected
	case p.isBroken() && p.chatty:
		return cvd.Sent{}, fmt.Errorf("cannot send %q", string(m.Text))
	case p.isBroken() && p.addressInErrors:
		return cvd.Sent{}, fmt.Errorf("RCPT TO <%s> failed", string(m.To.Address))
	case p.isBroken():
		return cvd.Sent{}, errors.New("connection refused")
	}
	a := Arrival{ID: m.ID, Text: string(m.Text), Open: []byte(m.Subject)}
	if p.refusesReferences && strings.ContainsAny(string(m.InReplyTo), " \r\n") {
		return cvd.Sent{}, errors.New("the reference is no Message-ID")
	}
	if p.copiesReferences {
		a.Open = append(a.Open, "\nIn-Reply-To: "+string(m.InReplyTo)...)
	}
	if p.inSubject {
		a.Open = []byte(m.Text[11:])
	}
	if p.garbles {
		a.Text = strings.ToValidUTF8(strings.Map(func(r rune) rune { return r & 0x7f }, a.Text), "")
	}
	if p.shared {
		p.keep(&a)
	}
	if !p.noFiles {
		for _, f := range m.Files {
			b, err := p.read(ctx, f)
			if err != nil {
				return cvd.Sent{}, err
			}
			a.Files = append(a.Files, b)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newIDs {
		p.n++
		a.ID = fmt.Sprint(p.n)
	}
	if !p.nothing {
		p.got = append(p.got, a)
	}
	sent := cvd.Sent{Protection: p.most}
	if p.boasts {
		sent.Protection++
	}
	if p.modest {
		sent.Protection = 0
	}
	return sent, nil
}

func (p *courier) isBroken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// keep passes the text through a buffer that all callers share.
func (p *courier) keep(a *Arrival) {
	p.mu.Lock()
	p.text = a.Text
	p.mu.Unlock()
	time.Sleep(time.Millisecond)
	p.mu.Lock()
	a.Text = p.text
	p.mu.Unlock()
}

func (p *courier) read(ctx context.Context, f cvd.OutgoingFile) ([]byte, error) {
	r, err := f.Open(ctx)
	if err != nil {
		return nil, err
	}
	if !p.neverCloses {
		defer r.Close()
	}
	b, err := io.ReadAll(r)
	if p.halfFiles {
		err = nil
	}
	return b, err
}

func (p *courier) carrier() Carrier {
	return Carrier{
		Transport: p, Address: "rita@finder.example", Most: p.most,
		Arrived: func() []Arrival {
			p.mu.Lock()
			defer p.mu.Unlock()
			return append([]Arrival(nil), p.got...)
		},
		Break: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.broken = true
		},
	}
}

func TestTransportOfEachProtection(t *testing.T) {
	for p := cvd.ProtectNone; p <= cvd.ProtectSealed; p++ {
		t.Run(p.String(), func(t *testing.T) {
			TestTransport(t, func(*testing.T) Carrier { return (&courier{most: p}).carrier() })
		})
	}
}

func TestTransportRulesCanFail(t *testing.T) {
	with := func(fault func(*courier)) func() Carrier {
		return func() Carrier {
			p := &courier{most: cvd.ProtectTLS}
			fault(p)
			return p.carrier()
		}
	}
	testBroken(t, transportRules, []broken[Carrier]{
		{"the text is cut to ASCII", with(func(p *courier) { p.garbles = true }), []string{"send/text"}},
		{"nothing is sent", with(func(p *courier) { p.nothing = true }), []string{"send/text", "protect/met"}},
		{"attachments are left out", with(func(p *courier) { p.noFiles = true }), []string{"send/files", "send/file-fails"}},
		{"files are not closed", with(func(p *courier) { p.neverCloses = true }), []string{"send/files"}},
		{"half a file is sent", with(func(p *courier) { p.halfFiles = true }), []string{"send/file-fails"}},
		{"what cannot be protected is sent", with(func(p *courier) { p.anything = true }), []string{"protect/unmet"}},
		{"nothing is ever protected", with(func(p *courier) { p.refusesAll = true }), []string{"protect/met"}},
		{"Sent claims more than it can", with(func(p *courier) { p.boasts = true }), []string{"protect/met"}},
		{"Sent claims less than was required", with(func(p *courier) { p.modest = true }), []string{"protect/met"}},
		{"the text is the subject", with(func(p *courier) { p.inSubject = true }), []string{"protect/outside"}},
		{"each try has a new ID", with(func(p *courier) { p.newIDs = true }), []string{"retry/same-id"}},
		{"a line break in an address is taken", with(func(p *courier) { p.injects = true }), []string{"address/injection"}},
		{"a reference is copied into the header", with(func(p *courier) { p.copiesReferences = true }), []string{"references/injection"}},
		{"an odd reference stops a message", with(func(p *courier) { p.refusesReferences = true }), []string{"references/injection"}},
		{"an error shows the text", with(func(p *courier) { p.chatty = true }), []string{"errors/silent"}},
		{"an error shows the address", with(func(p *courier) { p.addressInErrors = true }), []string{"errors/silent"}},
		{"a failure is called unprotected", with(func(p *courier) { p.unprotected = true }), []string{"errors/silent"}},
		{"the context is ignored", with(func(p *courier) { p.ignoresContext = true }), []string{"context/ended"}},
		{"a buffer is shared", with(func(p *courier) { p.shared = true }), []string{"race/send"}},
	})
}
