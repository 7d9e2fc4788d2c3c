package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// Carrier is a cvd.Transport under test, with what the suite has to know of it.
type Carrier struct {
	cvd.Transport
	// Address is one that the Transport reaches, and Key the recipient's OpenPGP
	// fingerprint, if the Transport needs it to protect a message.
	Address, Key cvd.Private
	// Most is the highest protection that it can give at this Address. The suite
	// demands that messages up to it go out and that others do not.
	Most cvd.Protection
	// Arrived returns what has reached the recipient so far, in order: the text,
	// unsealed, the ID that lets a repeat be recognised, and the subject and
	// whatever else stands outside of the protection.
	Arrived func() []Arrival
	// Break makes sending fail from now on, with an error that the Transport does
	// not choose: a connection refused, a mailbox that is full.
	Break func()
}

// Arrival is a message as its recipient got it.
type Arrival struct {
	ID    string   // Outgoing.ID, or what was made of it
	Open  []byte   // what everybody on the way can read: subject, headers, envelope
	Text  string   // as the recipient reads it, decrypted
	Files [][]byte // contents of the attachments, decrypted
}

// TestTransport checks a cvd.Transport. open returns one at which nothing has
// arrived, for each rule; it registers what has to be closed with t.Cleanup.
//
// Its rules:
//   - send/text: The recipient gets the text as it is, TLP label first.
//   - send/files: Attachments arrive with their bytes.
//   - send/file-fails: A file that cannot be read fails the message: it does not go out without it.
//   - protect/unmet: Send does not send a message whose Require it cannot meet: it returns ErrUnprotected.
//   - protect/met: A message whose Require it can meet goes out, and Sent says how it was protected: no less than required.
//   - protect/outside: What stands outside of the protection holds neither text nor the recipient's name.
//   - retry/same-id: A repeat under the same ID can be recognised by the recipient.
//   - address/injection: An address is one address: what could be read as more is an error.
//   - references/injection: InReplyTo and References are what others wrote: whatever they hold, the message goes out, and no header comes of them.
//   - errors/silent: No text or address stands in an error.
//   - context/ended: Send honours its context: nothing is sent once it has ended.
//   - race/send: Send is called concurrently.
func TestTransport(t *testing.T, open func(t *testing.T) Carrier) {
	t.Helper()
	runAll(t, transportRules, open)
}

const (
	inTransport = "storage.Transport"
	inOutgoing  = "storage.Outgoing"
)

// said is a text that must not show where it does not belong.
const said = "The parser overflows at offset 4711."

func (k Carrier) message(require cvd.Protection) cvd.Outgoing {
	return cvd.Outgoing{
		ID: "00112233445566778899aabbccddeeff", Thread: "ffeeddccbbaa99887766554433221100",
		Number: "CVD-2026-7K3QX", To: cvd.Route{Transport: "test", Address: k.Address},
		Name: "Rita Reporter", Key: k.Key, TLP: tlp.Amber, Require: require,
		Subject: "[CVD-2026-7K3QX] Message", Text: "TLP:AMBER\n\n" + said + "\nGrüße, 你好\n",
	}
}

func (c *check) send(k Carrier, m cvd.Outgoing) cvd.Sent {
	c.Helper()
	sent, err := k.Send(c.Context(), m)
	c.ok(err, "Send with Require %s", m.Require)
	return sent
}

// arrived ends the rule unless that many messages have arrived.
func (c *check) arrived(k Carrier, n int) []Arrival {
	c.Helper()
	got := k.Arrived()
	if len(got) != n {
		c.failf("%d messages arrived instead of %d", len(got), n)
	}
	return got
}

func lines(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}

var transportRules = []rule[Carrier]{
	{"send/text", "The recipient gets the text as it is, TLP label first.", inOutgoing, func(c *check, k Carrier) {
		m := k.message(k.Most)
		c.send(k, m)
		c.equal(lines(c.arrived(k, 1)[0].Text), lines(string(m.Text)), "the text that arrived")
	}},
	{"send/files", "Attachments arrive with their bytes.", inOutgoing, func(c *check, k Carrier) {
		m := k.message(k.Most)
		content := []byte("\x00\xff\r\n.\r\nFrom nobody\n--boundary\n")
		closed := 0
		for range 2 {
			m.Files = append(m.Files, cvd.OutgoingFile{
				Name: "poc.bin", Type: "application/octet-stream", Size: int64(len(content)),
				Open: func(context.Context) (io.ReadCloser, error) {
					return closer{bytes.NewReader(content), &closed}, nil
				},
			})
		}
		c.send(k, m)
		files := c.arrived(k, 1)[0].Files
		c.equal(len(files), 2, "files that arrived")
		for _, f := range files {
			c.equal(fmt.Sprintf("%q", f), fmt.Sprintf("%q", content), "the content of a file")
		}
		c.equal(closed, 2, "files that were closed")
	}},
	{"send/file-fails", "A file that cannot be read fails the message: it does not go out without it.", inTransport, func(c *check, k Carrier) {
		for _, open := range []func(context.Context) (io.ReadCloser, error){
			func(context.Context) (io.ReadCloser, error) { return nil, errFile },
			func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader("half"), brokenFile{})), nil
			},
		} {
			m := k.message(k.Most)
			m.Files = []cvd.OutgoingFile{{Name: "a", Type: "text/plain", Size: 8, Open: open}}
			if _, err := k.Send(c.Context(), m); err == nil {
				c.failf("Send returned no error")
			}
			c.arrived(k, 0)
		}
	}},
	{"protect/unmet", "Send does not send a message whose Require it cannot meet: it returns ErrUnprotected.", inTransport, func(c *check, k Carrier) {
		for p := k.Most + 1; p <= cvd.ProtectSealed; p++ {
			if _, err := k.Send(c.Context(), k.message(p)); !errors.Is(err, cvd.ErrUnprotected) {
				c.failf("Send with Require %s returned %v, where %s is the most that it can give", p, err, k.Most)
			}
			c.arrived(k, 0)
		}
	}},
	{"protect/met", "A message whose Require it can meet goes out, and Sent says how it was protected: no less than required.", inTransport, func(c *check, k Carrier) {
		for p := cvd.ProtectNone; p <= k.Most; p++ {
			m := k.message(p)
			m.ID = fmt.Sprintf("%032x", p)
			if sent := c.send(k, m); sent.Protection < p || sent.Protection > k.Most {
				c.failf("a message that required %s went out with %s, where %s is the most", p, sent.Protection, k.Most)
			}
		}
		c.arrived(k, int(k.Most)+1)
	}},
	{"protect/outside", "What stands outside of the protection holds neither text nor the recipient's name.", inOutgoing, func(c *check, k Carrier) {
		m := k.message(k.Most)
		c.send(k, m)
		open := string(c.arrived(k, 1)[0].Open)
		if k.Most == cvd.ProtectSealed && strings.Contains(open, said) {
			c.failf("the text stands in clear")
		}
		if subject, _, _ := strings.Cut(open, "\n\n"); strings.Contains(subject, said) {
			c.failf("the text stands in a header")
		}
	}},
	{"retry/same-id", "A repeat under the same ID can be recognised by the recipient.", inOutgoing, func(c *check, k Carrier) {
		m := k.message(k.Most)
		c.send(k, m)
		c.send(k, m)
		other := m
		other.ID = strings.Repeat("a", 32)
		c.send(k, other)
		ids := map[string]bool{}
		got := k.Arrived()
		for _, a := range got {
			ids[a.ID] = true
		}
		c.equal(len(ids), 2, "different IDs of a message, its repeat and another, seen in %d arrivals", len(got))
	}},
	{"address/injection", "An address is one address: what could be read as more is an error.", inTransport, func(c *check, k Carrier) {
		for _, tail := range []string{"\r\nBcc: other@example.org", "\nX: y", "\x00"} {
			m := k.message(k.Most)
			m.To.Address += cvd.Private(tail)
			if _, err := k.Send(c.Context(), m); err == nil {
				c.failf("an address with %q was taken", tail)
			}
			c.arrived(k, 0)
		}
	}},
	{"references/injection", "InReplyTo and References are what others wrote: whatever they hold, the message goes out, and no header comes of them.", inOutgoing, func(c *check, k Carrier) {
		for i, id := range []cvd.Private{"<1@finder.example>", "00112233445566778899aabbccddeeff", "", "<a b@c>", "<1@x.example>\r\nX-Evil: yes", "\nX-Evil: yes\n\n", "<\x00>", cvd.Private("<" + strings.Repeat("x", 2000) + "@x.example>")} {
			m := k.message(k.Most)
			m.ID, m.InReplyTo, m.References = fmt.Sprintf("%032x", i), id, []cvd.Private{"<0@finder.example>", id}
			c.send(k, m)
			a := c.arrived(k, i+1)[i]
			c.equal(lines(a.Text), lines(string(m.Text)), "the text that arrived")
			if strings.Contains("\n"+string(a.Open), "\nX-Evil") {
				c.failf("a reference became a header")
			}
		}
	}},
	{"errors/silent", "No text or address stands in an error.", inTransport, func(c *check, k Carrier) {
		k.Break()
		m := k.message(k.Most)
		_, err := k.Send(c.Context(), m)
		if err == nil {
			c.failf("Send returned no error although it was broken")
		}
		if errors.Is(err, cvd.ErrUnprotected) {
			c.failf("a failure is ErrUnprotected: the core would send a notice instead")
		}
		for _, printed := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			for _, secret := range []string{said, string(k.Address), string(m.Name)} {
				if secret != "" && strings.Contains(printed, secret) {
					c.failf("the error shows %q", secret)
				}
			}
		}
		c.arrived(k, 0)
	}},
	{"context/ended", "Send honours its context: nothing is sent once it has ended.", inTransport, func(c *check, k Carrier) {
		gone, cancel := context.WithCancel(c.Context())
		cancel()
		if _, err := k.Send(gone, k.message(k.Most)); err == nil {
			c.failf("Send returned no error after the end of its context")
		}
		c.arrived(k, 0)
	}},
	{"race/send", "Send is called concurrently.", inTransport, func(c *check, k Carrier) {
		const n = 16
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				m := k.message(k.Most)
				m.ID = fmt.Sprintf("%032x", i)
				m.Text = cvd.Private(fmt.Sprintf("TLP:AMBER\n\nmessage %d\n", i))
				_, errs[i] = k.Send(c.Context(), m)
			})
		}
		wg.Wait()
		for _, err := range errs {
			c.ok(err, "Send")
		}
		ids, texts := map[string]bool{}, map[string]bool{}
		for _, a := range c.arrived(k, n) {
			ids[a.ID], texts[lines(a.Text)] = true, true
		}
		c.equal([]int{len(ids), len(texts)}, []int{n, n}, "different IDs and texts")
	}},
}

var errFile = errors.New("cvdtest: the file cannot be read")

type brokenFile struct{}

func (brokenFile) Read([]byte) (int, error) { return 0, errFile }

type closer struct {
	io.Reader
	n *int
}

func (c closer) Close() error {
	*c.n++
	return nil
}
