package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	cvdmail "github.com/cvdkit/cvdkit/cvd/mail"
)

// outbox writes the mails that are due into a directory, as the team would send them.
func outbox(ctx context.Context, o deskOptions, out io.Writer) error {
	now, err := clock(o.now)
	if err != nil {
		return err
	}
	t, err := readConfig(o.config)
	if err != nil {
		return err
	}
	if info, err := os.Stat(o.out); err != nil || !info.IsDir() {
		return errors.Join(fmt.Errorf("-out: %s is no directory", o.out), err)
	}
	return t.send(ctx, o, folder{o.out, out}, now, out)
}

// send sends what is due: digests, messages, and what came in to members.
func (t *team) send(ctx context.Context, o deskOptions, over cvdmail.Submitter, now func() time.Time, out io.Writer) error {
	transport, err := t.transport(over, now)
	if err != nil {
		return err
	}
	b, err := openBase(ctx, o.db, t, now, transport)
	if err != nil {
		return err
	}
	defer b.Close()
	if _, err := t.intake(b).Digest(ctx, now(), 1000); err != nil {
		return err
	}
	err = relayAll(ctx, b, out)
	if m := t.toMembers(b, transport); m != nil {
		_, more := m.Run(ctx, 1000)
		err = errors.Join(err, more)
	}
	return err
}

// relayAll sends what is due now.
func relayAll(ctx context.Context, b *base, out io.Writer) error {
	var problems []error
	for {
		r, err := b.Relay(ctx, 100)
		if err != nil {
			return err
		}
		for _, p := range r.Problems {
			problems = append(problems, fmt.Errorf("message %d to participant %d: %w", p.Message, p.Party, p.Err))
		}
		if r.Sent+r.Noticed+r.Held+r.Failed == 0 {
			return errors.Join(problems...)
		}
		fmt.Fprintf(out, "%d sent, %d of them notices, %d held, %d failed\n", r.Sent+r.Noticed, r.Noticed, r.Held, r.Failed)
	}
}

// folder is a Submitter that writes each mail into a file, named by its Message-ID:
// one that comes again takes the place of the first.
type folder struct {
	dir string
	out io.Writer
}

func (f folder) Submit(_ context.Context, _, to string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(f.dir, ".mail-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	id, err := messageID(file.Name())
	if err != nil {
		return err
	}
	name := filepath.Join(f.dir, id+".eml")
	if err := os.Rename(file.Name(), name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(f.out, "%s: to %s\n", name, to)
	return err
}

// messageID returns what stands before the @ of a mail's Message-ID.
func messageID(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	m, err := netmail.ReadMessage(f)
	if err != nil {
		return "", err
	}
	id, _, ok := strings.Cut(strings.Trim(m.Header.Get("Message-ID"), "<>"), "@")
	if !ok || id == "" || strings.ContainsAny(id, `/\`) {
		return "", errors.New("the mail has no Message-ID that could name a file")
	}
	return id, nil
}
