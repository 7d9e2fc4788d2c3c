package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
)

// printCase prints a case as the team sees it, texts included.
func printCase(c *cvd.Case, asJSON bool, out io.Writer) error {
	if !asJSON {
		_, err := fmt.Fprintf(out, "%s  %s  %s  %d reports, %d messages\n", c.Number, c.Opened.Format("2006-01-02 15:04 MST"), c.Submission.Stage, len(c.Reports), len(c.Messages))
		return err
	}
	v := map[string]any{"id": c.ID, "number": c.Number, "title": string(c.Title), "opened": c.Opened, "submission": map[string]any{
		"stage": c.Submission.Stage.String(), "quarantine": string(c.Submission.Quarantine),
	}}
	list := func(name string, x map[string]any) { l, _ := v[name].([]any); v[name] = append(l, x) }
	for _, p := range c.Participants {
		list("participants", map[string]any{"id": p.ID, "name": string(p.Name), "email": string(p.Email), "organization": string(p.Organization), "bounced": p.Bounced})
	}
	for _, r := range c.Reports {
		list("reports", map[string]any{"id": r.ID, "reporter": r.Reporter, "title": string(r.Title), "summary": string(r.Summary), "known_by": r.KnownBy.String()})
	}
	for _, m := range c.Messages {
		list("messages", map[string]any{"id": m.ID, "purpose": m.Purpose.String(), "from": m.From, "to": m.To, "claimed": m.Claimed, "subject": string(m.Subject), "text": string(m.Text), "reason": string(m.Reason)})
	}
	return json.NewEncoder(out).Encode(v)
}
