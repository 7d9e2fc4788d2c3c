package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// A change is staged in a folder of its own below State, and committed by the
// journal. What it does after that is a list of steps, each of which may be done
// again: a crash in the middle is mended by doing all of them once more.
type change struct {
	p     *Publisher
	dir   string // where it is staged
	n     int
	steps []step
	sync  []string // files to be fsynced before the commit
}

// A step is one of: a folder to make, a staged file or folder to move to its
// place, a symbolic link to put, a tree of files to remove.
type step struct {
	Op   string `json:"op"`
	From string `json:"from,omitempty"` // move: name below the staging folder; link: its target
	To   string `json:"to"`             // absolute
}

func (p *Publisher) begin() (*change, error) {
	dir := p.state("staged")
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &change{p: p, dir: dir}, nil
}

func (c *change) mkdir(to string) { c.steps = append(c.steps, step{Op: "mkdir", To: to}) }
func (c *change) link(target, to string) {
	c.steps = append(c.steps, step{Op: "link", From: target, To: to})
}
func (c *change) remove(to string) { c.steps = append(c.steps, step{Op: "remove", To: to}) }

// put stages a file that replaces to.
func (c *change) put(to string, data []byte) error {
	return c.putFunc(to, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// putFunc stages what write writes.
func (c *change) putFunc(to string, write func(*os.File) error) error {
	c.n++
	name := strconv.Itoa(c.n)
	if err := c.stage(name, write); err != nil {
		return err
	}
	c.steps = append(c.steps, step{Op: "move", From: name, To: to})
	return nil
}

// putUnlessSame stages a file if what is there differs, and reports whether it did.
func (c *change) putUnlessSame(to string, data []byte) (bool, error) {
	if old, err := os.ReadFile(to); err == nil && string(old) == string(data) {
		return false, nil
	}
	return true, c.put(to, data)
}

// stage writes a file into the staging folder.
func (c *change) stage(name string, write func(*os.File) error) error {
	path := filepath.Join(c.dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	c.sync = append(c.sync, path)
	return nil
}

// folder stages a folder that is moved as a whole to a place that does not exist.
func (c *change) folder(to string, files map[string][]byte) error {
	c.n++
	name := strconv.Itoa(c.n)
	path := filepath.Join(c.dir, name)
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	for f, data := range files {
		if err := c.stage(filepath.Join(name, f), func(w *os.File) error {
			_, err := w.Write(data)
			return err
		}); err != nil {
			return err
		}
	}
	c.sync = append(c.sync, path)
	c.steps = append(c.steps, step{Op: "move", From: name, To: to})
	return nil
}

// commit makes the change last, then does it. Before the journal is in place
// nothing has happened; after it, the change happens.
func (c *change) commit() error {
	for _, path := range c.sync {
		if err := c.p.syncPath(path); err != nil {
			return err
		}
	}
	if err := c.p.syncPath(c.dir); err != nil {
		return err
	}
	data, err := json.Marshal(c.steps)
	if err != nil {
		return err
	}
	if err := writeFile(c.p.state("journal.tmp"), data); err != nil {
		return err
	}
	if err := os.Rename(c.p.state("journal.tmp"), c.p.state("journal")); err != nil {
		return err
	}
	if err := c.p.syncPath(c.p.cfg.State); err != nil {
		return err
	}
	return c.p.finish(c.steps)
}

// recover finishes a change that was committed before a crash.
func (p *Publisher) recover() error {
	data, err := os.ReadFile(p.state("journal"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var steps []step
	if err := json.Unmarshal(data, &steps); err != nil {
		return fmt.Errorf("provider: the journal in the state folder is damaged: %w", err)
	}
	return p.finish(steps)
}

func (p *Publisher) finish(steps []step) error {
	touched := map[string]bool{}
	for _, s := range steps {
		if p.beforeStep != nil {
			p.beforeStep(s)
		}
		if err := p.do(s); err != nil {
			return fmt.Errorf("provider: the change is committed, and the next call goes on with it: %w", err)
		}
		touched[filepath.Dir(s.To)] = true
	}
	for dir := range touched {
		if err := p.syncPath(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	// Should the removal be lost with the power, the steps are done once more.
	return os.Remove(p.state("journal"))
}

func (p *Publisher) do(s step) error {
	switch s.Op {
	case "mkdir":
		return os.MkdirAll(s.To, 0o755)
	case "move":
		from := filepath.Join(p.state("staged"), s.From)
		err := os.Rename(from, s.To)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrNotExist):
			// It was moved before the crash.
			if _, there := os.Lstat(s.To); there == nil {
				return nil
			}
		case isDir(from) && isDir(s.To):
			// The same revision is there from an earlier change; names of revisions are
			// made from their content.
			return os.RemoveAll(from)
		}
		return err
	case "link":
		tmp := p.state("link.tmp")
		if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.Symlink(s.From, tmp); err != nil {
			return err
		}
		return os.Rename(tmp, s.To)
	case "remove":
		return os.RemoveAll(s.To)
	}
	return fmt.Errorf("the journal has an unknown step %q, perhaps of a newer version", s.Op)
}

func isDir(path string) bool {
	i, err := os.Lstat(path)
	return err == nil && i.IsDir()
}

// syncPath makes a file, or the names in a folder, last.
func (p *Publisher) syncPath(path string) error {
	if p.unsafe {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}

// writeFile writes a file and makes it last.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
