// Tickets connects a case to a ticketing system, and shows both directions:
//
//	go run ./examples/tickets                       # a tracker in memory, with a page of its own
//	go run ./examples/tickets -read-only -out DIR   # the way to try it beside a tracker in use, on one in memory
//	go run ./examples/tickets -serve 127.0.0.1:8080 # the same, until you end it: work in it
//	CVD_TOKEN=… go run ./examples/tickets -tracker gitea -url https://git.example -project owner/repo
//	CVD_TOKEN=… go run ./examples/tickets -tracker rt -url https://rt.example -project Security -user cvd-bot -echoes "…"
//	CVD_TOKEN=… go run ./examples/tickets -tracker redmine -url https://redmine.example -project security -field 1
//
// With a tracker of yours it makes one ticket there, of a made-up case, and then
// waits for what you do in it. With -read-only it writes nothing there: it reads the
// open tickets of two years, explains what is due, and writes with -out DIR for each
// a page of its timeline and a draft of a report under the Cyber Resilience Act.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/gitea"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/redmine"
	"github.com/cvdkit/cvdkit/cvd/tracker/rt"
)

type options struct {
	tracker, url, project, user, echoes, token string
	field                                      int
	serve                                      string
	readOnly                                   bool
	out, maker                                 string
	wait                                       time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.tracker, "tracker", "", "`SYSTEM`: rt, redmine or gitea (also Forgejo); without it a tracker in memory")
	flag.StringVar(&o.url, "url", "", "`ADDRESS` of the tracker; the token of its account is in $CVD_TOKEN")
	flag.StringVar(&o.project, "project", "", "queue, project, or owner/repo")
	flag.StringVar(&o.user, "user", "", "`NAME` of the account, for rt")
	flag.StringVar(&o.echoes, "echoes", "", "what the tracker mails to others, once you have read it")
	flag.IntVar(&o.field, "field", 0, "`NUMBER` of the custom field for markers, for redmine")
	flag.BoolVar(&o.readOnly, "read-only", false, "write nothing to the tracker: take its open tickets in and show their dates")
	flag.StringVar(&o.out, "out", "", "with -read-only, `DIR` for timelines and drafts; they hold what is confidential")
	flag.StringVar(&o.maker, "manufacturer", "", "with -out, `NAME` of the manufacturer in the drafts")
	flag.StringVar(&o.serve, "serve", "", "`ADDRESS` for the page of the tracker in memory, until interrupted")
	flag.DurationVar(&o.wait, "wait", time.Minute, "how long to wait for what you do in a tracker of yours")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "tickets takes only flags, and %q is none; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	o.token = os.Getenv("CVD_TOKEN")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "tickets:", err)
		os.Exit(1)
	}
}

const subscriber = "tracker/example"

// desk is a host with one tracker.
type desk struct {
	out  io.Writer
	svc  *service.Service
	sync *tracker.Sync
	mem  *memtracker.Tracker // nil: it is a real one

	maker string        // manufacturer, for drafts
	ago   time.Duration // how long ago it is in the tracker in memory
}

func run(ctx context.Context, out io.Writer, o options) error {
	if o.out != "" && !o.readOnly {
		return errors.New("-out goes with -read-only")
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o700); err != nil {
			return err
		}
	}
	d := &desk{out: out, maker: o.maker}
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{subscriber}})
	if err != nil {
		return err
	}
	d.svc = svc
	system, mapping, err := d.connect(o)
	if err != nil {
		return err
	}
	d.sync, err = tracker.New(tracker.Config{
		Service: svc, State: memstore.NewState(), Tracker: system, Name: subscriber, Now: time.Now,
		Link:    func(number string) string { return "https://desk.example/cases/" + number },
		Mapping: mapping, Intake: tracker.Report, Since: time.Now().Add(-time.Minute),
		ReadOnly: o.readOnly, Echoes: o.echoes,
	})
	if err != nil {
		return err
	}
	findings, err := d.sync.Check(ctx)
	if err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintln(out, "check:", f)
		if f.Fatal && !o.readOnly {
			return errors.New("the tracker is not ready, see above; nothing was written")
		}
	}
	switch {
	case o.readOnly:
		if d.mem != nil {
			if err := d.some(); err != nil {
				return err
			}
		}
		return d.look(ctx, o.out)
	case d.mem != nil:
		return d.play(ctx, o.serve)
	}
	return d.wait(ctx, o.wait)
}

// connect is the tracker of the flags, with a mapping that fits it.
func (d *desk) connect(o options) (tracker.Tracker, tracker.Mapping, error) {
	states := func(first, working, done string) tracker.Mapping {
		return tracker.Mapping{
			Out: []tracker.OutRow{{RM: "Closed", Status: done}, {RM: "Accepted", Status: working}, {Status: first}},
			In:  []tracker.InRow{{Status: done, Claim: "fix-ready"}},
		}
	}
	switch o.tracker {
	case "":
		d.mem = memtracker.New(func() time.Time { return time.Now().Add(-d.ago) })
		return d.mem.As("cvd-bot"), states("new", "open", "resolved"), nil
	case "rt":
		c, err := rt.New(rt.Config{URL: o.url, Token: o.token, User: o.user, Queue: o.project})
		return c, states("new", "open", "resolved"), err
	case "redmine":
		c, err := redmine.New(redmine.Config{URL: o.url, Key: o.token, Project: o.project, Field: o.field})
		return c, states("New", "In Progress", "Closed"), err
	case "gitea":
		owner, repo, _ := strings.Cut(o.project, "/")
		c, err := gitea.New(gitea.Config{URL: o.url, Token: o.token, Owner: owner, Repo: repo})
		return c, states("open", "open", "closed"), err
	}
	return nil, tracker.Mapping{}, fmt.Errorf("there is no tracker %q: use rt, redmine or gitea", o.tracker)
}

// step carries both directions once and says what it did.
func (d *desk) step(ctx context.Context) error {
	p, err := d.sync.Push(ctx, 100)
	if err != nil {
		return err
	}
	q, err := d.sync.Pull(ctx, 100)
	if err != nil {
		return err
	}
	for _, x := range append(p.Problems, q.Problems...) {
		fmt.Fprintln(d.out, "  problem:", x)
	}
	if p.Created+p.Updated+q.Applied+q.Opened > 0 {
		fmt.Fprintf(d.out, "  out: %d tickets made, %d changed; in: %d changes, %d tickets became cases\n", p.Created, p.Updated, q.Applied, q.Opened)
	}
	return nil
}

// listen serves the page of the tracker in memory.
func (d *desk) listen(addr string) (url string, stop func(), err error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{Handler: page(d.mem), ReadHeaderTimeout: 5 * time.Second}
	go srv.Serve(l)
	return "http://" + l.Addr().String() + "/", func() { srv.Close() }, nil
}
