package provider

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// A span is a part of a file, in bytes.
type span struct{ begin, end int64 }

// An edit puts an item before a line that is on the disk, or takes the line out.
type edit struct {
	line int
	item *item // nil takes the line out
}

// A text is a list as a file: a head, lines with a separator between them and a line
// feed after the last, and a tail.
type text struct {
	old        span // the lines in the file that is there
	sep        string
	line       func(item) string
	head, tail []byte
}

// write writes a text with edits, which are sorted. Lines that stay are copied by the
// system, from file to file: most of a feed never enters the memory of the process.
func (t text) write(dst *os.File, from string, edits []edit) error {
	var old *os.File
	if t.old.end > t.old.begin {
		var err error
		if old, err = os.Open(from); err != nil {
			return err
		}
		defer old.Close()
	}
	w := bufio.NewWriter(dst)
	w.Write(t.head)
	lines := lineFinder{r: old, at: t.old.begin, end: t.old.end}
	done, first := t.old.begin, true
	between := func() {
		if !first {
			w.WriteString(t.sep)
		}
		first = false
	}
	keep := func(to int64) error {
		if to <= done {
			return nil
		}
		between()
		sep := len(t.sep)
		if to == t.old.end {
			sep = 1 // the line feed after the last
		}
		err := copyRange(w, dst, old, span{done, to - int64(sep)})
		done = to
		return err
	}
	for _, e := range edits {
		at, err := lines.seek(e.line)
		if err == nil {
			err = keep(at)
		}
		if err != nil {
			return err
		}
		if e.item != nil {
			between()
			w.WriteString(t.line(*e.item))
		} else if done, err = lines.seek(e.line + 1); err != nil {
			return err
		}
	}
	if err := keep(t.old.end); err != nil {
		return err
	}
	if !first {
		w.WriteByte('\n')
	}
	w.Write(t.tail)
	return w.Flush() // has the error of each write before
}

func copyRange(w *bufio.Writer, dst, src *os.File, s span) error {
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := src.Seek(s.begin, io.SeekStart); err != nil {
		return err
	}
	_, err := io.CopyN(dst, src, s.end-s.begin)
	return err
}

// A lineFinder finds where lines begin, forward.
type lineFinder struct {
	r       io.ReaderAt
	at, end int64 // where the line begins
	line    int
	buf     []byte
}

var errLines = errors.New("provider: a list has fewer lines than another")

func (f *lineFinder) seek(line int) (int64, error) {
	if f.line < line && f.buf == nil {
		f.buf = make([]byte, 64<<10)
	}
	for f.line < line {
		b := f.buf[:min(int64(len(f.buf)), f.end-f.at)]
		if len(b) == 0 {
			return 0, errLines
		}
		if _, err := f.r.ReadAt(b, f.at); err != nil {
			return 0, err
		}
		n := 0 // bytes to go on
		if count := bytes.Count(b, []byte{'\n'}); f.line+count < line {
			f.line += count
			n = len(b)
		} else {
			for ; f.line < line; f.line++ {
				n += bytes.IndexByte(b[n:], '\n') + 1
			}
		}
		f.at += int64(n)
	}
	return f.at, nil
}
