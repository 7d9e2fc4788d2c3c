package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
)

// withDefaults fills in the limits that a host has left out.
func withDefaults(l cvd.Limits) cvd.Limits {
	if l.Text == 0 {
		l.Text = 1 << 20
	}
	if l.Line == 0 {
		l.Line = 1 << 10
	}
	if l.Attachment == 0 {
		l.Attachment = 100 << 20
	}
	if l.Recipients == 0 {
		l.Recipients = 5000
	}
	if l.Items == 0 {
		l.Items = 1000
	}
	if l.Past == 0 {
		l.Past = 100 * engine.Year
	}
	if l.Future == 0 {
		l.Future = 50 * engine.Year
	}
	return l
}

// checkEmbargo refuses what no case could follow.
func checkEmbargo(c *cvd.Config) error {
	if p := engine.Problem(c.Embargo); p != "" {
		return errors.New("cvd: Config.Embargo: " + p)
	}
	switch {
	case c.AnswerWindow == 0:
		c.AnswerWindow = 7 * 24 * time.Hour
	case c.AnswerWindow < cvd.MinAnswerWindow:
		return errors.New("cvd: Config.AnswerWindow is less than 72 hours")
	}
	if c.Standing.Days < 0 || c.Standing.Days > 3650 {
		return errors.New("cvd: Config.Standing.Days is not 0 to 3650")
	}
	return nil
}

// checkSubscribers: a name stands in index terms, and one given twice is a slip.
func checkSubscribers(c *cvd.Config) error {
	for i, sub := range c.Subscribers {
		if len(sub) == 0 || len(sub) > 64 || strings.ContainsFunc(sub, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return errors.New("cvd: the names in Config.Subscribers have 1 to 64 bytes of printable ASCII without blanks")
		}
		if slices.Contains(c.Subscribers[:i], sub) {
			return fmt.Errorf("cvd: Config.Subscribers names %q twice", sub)
		}
	}
	return nil
}

func validPrefix(p string) bool {
	if len(p) == 0 || len(p) > 16 {
		return false
	}
	for _, r := range p {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}
