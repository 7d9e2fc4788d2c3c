package sqltest

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

var team = cvd.Viewer{Team: true}

// newService is a team with a mail transport, on a database.
func newService(t testing.TB, s *sqlstore.Store, change ...func(*cvd.Config)) *service.Service {
	t.Helper()
	cfg := cvd.Config{
		Store: s, Blobs: s.Blobs(), Secret: bytes.Repeat([]byte{7}, 32),
		Team: cvd.Team{Name: "Example PSIRT"},
		Transports: map[string]cvd.Transport{
			cvd.TransportMail: cvd.TransportFunc(func(context.Context, cvd.Outgoing) (cvd.Sent, error) {
				return cvd.Sent{Protection: cvd.ProtectSealed}, nil
			}),
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	svc, err := service.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return svc
}

// report is number n, by somebody who can be reached.
func report(n int) cvd.Receive {
	return cvd.Receive{
		Channel: cvd.ChannelMail, Title: "Heap overflow in the parser", Summary: "A length is not checked.",
		IDs:      []cvd.ExternalID{{Kind: "n", Value: cvd.Private(fmt.Sprint(n))}},
		Reporter: cvd.Contact{Name: "Ada", Email: "ada@example.org"},
	}
}

func do(t testing.TB, svc *service.Service, id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	t.Helper()
	c, err := svc.Do(t.Context(), id, cvd.By{Actor: "staff"}, cmds...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func view(t testing.TB, svc *service.Service, id cvd.CaseID) *cvd.Case {
	t.Helper()
	c, err := svc.View(t.Context(), id, team)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// number runs a query for one number.
func number(t testing.TB, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// serviceChild starts this test binary again as another process.
func serviceChild(t *testing.T, role, path string, args ...string) (*exec.Cmd, io.WriteCloser, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServiceChild$", "-test.timeout=600s")
	cmd.Env = append(os.Environ(), "CVD_CHILD="+role, "CVD_CHILD_DB="+path)
	cmd.Env = append(cmd.Env, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, in, bufio.NewScanner(out)
}

// TestServiceChild is what the other processes of these tests run.
func TestServiceChild(t *testing.T) {
	path := os.Getenv("CVD_CHILD_DB")
	switch role := os.Getenv("CVD_CHILD"); role {
	case "service":
		childCommands(t, path)
	case "service-kill":
		childIsKilled(t, path)
	case "service-tick":
		childTicks(t, path)
	case "service-work":
		childWorks(t, path)
	default:
		t.Skip("started by other tests")
	}
}

// started reads what a process says first.
func started(t *testing.T, out *bufio.Scanner) {
	t.Helper()
	if !out.Scan() || out.Text() != "ready" {
		t.Fatalf("the process says %q", out.Text())
	}
}
