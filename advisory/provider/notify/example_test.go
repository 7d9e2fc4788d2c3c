package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/provider/notify"
)

// memory stands in for the State of the host's cvd Service.
type memory map[string][]byte

func (m memory) Get(_ context.Context, key string) ([]byte, int64, error) {
	if v, ok := m[key]; ok {
		return v, 1, nil
	}
	return nil, 0, nil
}

func (m memory) Put(_ context.Context, key string, version int64, value []byte) (int64, error) {
	if _, ok := m[key]; ok != (version == 1) {
		return 0, errors.New("somebody was faster")
	}
	if value == nil {
		delete(m, key)
		return 0, nil
	}
	m[key] = value
	return 1, nil
}

func (m memory) List(_ context.Context, prefix, after string, n int) ([]string, error) {
	var keys []string
	for k := range m {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys[:min(n, len(keys))], nil
}

// sender prints what a host would sign and send, and keeps the last mail.
type sender struct{ last notify.Mail }

func (s *sender) Send(_ context.Context, m notify.Mail) error {
	fmt.Printf("To %s: %s\n", m.To, m.Subject)
	s.last = m
	return nil
}

func newDesk() (*notify.Desk, *sender) {
	out := &sender{}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &notify.Desk{
		State: memory{}, Sender: out, Key: []byte("32 random bytes, and kept secret"),
		URL: "https://psirt.example/subscribe", Team: "Example PSIRT", Now: func() time.Time { return now },
	}, out
}

// tokenOf takes the token from the link in a mail, as a click on it does.
func tokenOf(text string) string {
	_, rest, _ := strings.Cut(text, "?t=")
	return strings.Fields(rest)[0]
}

// Somebody subscribes, confirms, gets an advisory, and leaves.
func ExampleDesk() {
	ctx := context.Background()
	desk, out := newDesk()
	must(desk.Subscribe(ctx, "ada@reader.example"))
	must(desk.Confirm(ctx, tokenOf(out.last.Text)))
	notice := notify.Notice{ID: "EX-1900-0001 1", Subject: "EX-1900-0001: Overflow in the parser", Text: "Update to 1.4.2."}
	for range 2 { // the second time everybody has it
		done, err := desk.Announce(ctx, notice, 100)
		must(err)
		fmt.Println("done:", done)
	}
	fmt.Println(out.last.Header["List-Unsubscribe-Post"])
	must(desk.Leave(ctx, tokenOf(out.last.Text)))
	n, err := desk.Subscribers(ctx)
	must(err)
	fmt.Println(n, "subscribers")
	// Output:
	// To ada@reader.example: Confirm: security advisories of Example PSIRT
	// To ada@reader.example: EX-1900-0001: Overflow in the parser
	// done: true
	// done: true
	// List-Unsubscribe=One-Click
	// 0 subscribers
}

// The mails are the last step of a release: after the advisory, and each once. A host
// puts the one call into its step; public is Publisher.Released of package provider.
func ExampleDesk_Release() {
	ctx := context.Background()
	desk, out := newDesk()
	must(desk.Subscribe(ctx, "ada@reader.example"))
	must(desk.Confirm(ctx, tokenOf(out.last.Text)))
	released := false
	public := func(context.Context) (bool, error) { return released, nil }
	step := func(ctx context.Context, release string) error {
		return desk.Release(ctx, notify.Notice{ID: release + "/mails", Subject: "EX-1900-0001", Text: "It is public."}, public)
	}
	fmt.Println(step(ctx, "release 7"))
	released = true
	for range 2 {
		must(step(ctx, "release 7"))
	}
	// Output:
	// To ada@reader.example: Confirm: security advisories of Example PSIRT
	// notify: the advisory is not public yet; the mails come after it
	// To ada@reader.example: EX-1900-0001
}

// Customers with an agreement are told before the publication, and nobody else is.
func ExampleDue() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	publication := now.AddDate(0, 0, 10)
	contract := notify.Agreement{Reference: "contract 7", Signed: now.AddDate(-1, 0, 0)}
	customers := []notify.Customer{
		{ID: "grid", Address: "soc@grid.example", Agreement: contract, Lead: 14 * 24 * time.Hour, Products: []string{"parser"}},
		{ID: "bank", Address: "soc@bank.example", Agreement: contract, Lead: 2 * 24 * time.Hour},
		{ID: "shop", Address: "it@shop.example", Lead: 14 * 24 * time.Hour}, // no agreement
	}
	due, next := notify.Due(customers, []string{"parser"}, publication, now)
	for _, c := range due {
		fmt.Println(c.ID, "now")
	}
	fmt.Println("next:", next.Format(time.DateOnly))
	// Output:
	// grid now
	// next: 2026-03-09
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
