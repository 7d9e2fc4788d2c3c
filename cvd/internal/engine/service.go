package engine

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

const Year = 365 * 24 * time.Hour

// Do does what Service.Do promises.
func (s *Engine) Do(ctx context.Context, id cvd.CaseID, by cvd.By, cmds ...cvd.Command) (*cvd.Case, error) {
	if len(cmds) == 0 || len(cmds) > s.Cfg.Limits.Items {
		return nil, &cvd.InputError{Command: "Do", Field: "cmds", Problem: fmt.Sprintf("there are %d commands, 1 to %d are needed", len(cmds), s.Cfg.Limits.Items), Err: nil}
	}
	for i, cmd := range cmds {
		if !ours(cmd) {
			return nil, &cvd.InputError{Command: "Do", Field: "cmds", Problem: fmt.Sprintf("number %d is no command of package cvd, given as a value and not as a pointer", i+1), Err: nil}
		}
	}
	starts := begins(cmds[0])
	if id == (cvd.CaseID{}) {
		if !starts {
			return nil, cvd.ErrNotFound
		}
		var err error
		if id = uploadedFor(cmds); id == (cvd.CaseID{}) {
			if id, err = s.NewCaseID(); err != nil {
				return nil, err
			}
		}
	} else if _, receive := cmds[0].(cvd.Receive); starts && !receive {
		return nil, &cvd.Refusal{Rule: cvd.RuleNew, Command: commandName(cmds[0]), Detail: ""}
	} else {
		starts = false
	}
	files, err := s.storeFiles(ctx, id, cmds)
	if err != nil {
		return nil, err
	}
	all, acts := make([]any, len(cmds)), make([]cvd.Action, len(cmds))
	for i := range cmds {
		all[i], acts[i] = cmds[i], cmds[i]
	}
	stored := slices.Concat(files...)
	if err := s.complete(&by, stored, all...); err != nil {
		s.dropFiles(ctx, stored)
		return nil, err
	}
	c, written, err := s.change(ctx, id, by, starts, acts, func(d *Decision) error {
		if err := d.newUploads(slices.Concat(files...)); err != nil {
			return err
		}
		for i, cmd := range cmds {
			d.cmd, d.files = cmd, files[i]
			if err := d.staged(cmd); err != nil {
				return err
			}
			if i > 0 && begins(cmd) {
				return d.refuse(cvd.RuleNew, "only the first command can be %s", commandName(cmd))
			}
			if err := d.decide(cmd); err != nil {
				return err
			}
		}
		if starts && !caselog.Early(d.c.Submission.Stage) {
			return d.adoptDefaults()
		}
		return nil
	})
	if !written {
		s.dropFiles(ctx, stored)
	}
	if err != nil {
		return nil, err
	}
	return c.Handed(), nil
}

// ours tells the commands of this package from pointers to them and structs that
// embed them, whose files would be overlooked.
func ours(cmd cvd.Action) bool {
	t := reflect.TypeOf(cmd)
	return t != nil && t.PkgPath() == reflect.TypeFor[cvd.Case]().PkgPath()
}

func (s *Engine) authorize(ctx context.Context, c *caselog.Folded, by cvd.By, acts ...cvd.Action) error {
	if s.Cfg.Authorize == nil {
		return nil
	}
	for _, act := range acts {
		if err := s.Cfg.Authorize(ctx, &c.Case, by, act); err != nil {
			return fmt.Errorf("%w: %s: %w", cvd.ErrDenied, commandName(act), err)
		}
	}
	return nil
}

// begins tells a command that begins a case.
func begins(cmd cvd.Command) bool {
	switch cmd.(type) {
	case cvd.Open, cvd.Receive:
		return true
	}
	return false
}
