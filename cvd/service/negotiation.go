package service

import (
	"errors"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
)

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
