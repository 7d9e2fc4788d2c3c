package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// options are the parsed arguments of a subcommand.
type options struct {
	values map[string][]string
	args   []string
}

// parse splits arguments. A name with a trailing "=" takes a value.
func parse(args []string, known ...string) (*options, error) {
	o := &options{values: map[string][]string{}}
	takes := map[string]bool{}
	for _, k := range known {
		name, hasValue := strings.CutSuffix(k, "=")
		takes[name] = hasValue
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			o.args = append(o.args, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(a, "--") {
			o.args = append(o.args, a)
			continue
		}
		name, value, inline := strings.Cut(a[2:], "=")
		needs, ok := takes[name]
		switch {
		case !ok:
			return nil, fail(exitUnsupportedOption, "unknown option --%s", name)
		case !needs && inline:
			return nil, fail(exitUnsupportedOption, "option --%s takes no value", name)
		case needs && !inline:
			if i++; i == len(args) {
				return nil, fail(exitMissingArg, "option --%s needs a value", name)
			}
			value = args[i]
		}
		o.values[name] = append(o.values[name], value)
	}
	return o, nil
}

func (o *options) has(name string) bool { return len(o.values[name]) > 0 }

func (o *options) last(name, def string) string {
	if v := o.values[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return def
}

// need checks the number of arguments.
func (o *options) need(n int, what string) error {
	if len(o.args) < n {
		return fail(exitMissingArg, "missing %s", what)
	}
	return nil
}

const maxInput = 256 << 20

// readInput reads a file, a variable or a descriptor.
func readInput(name string) ([]byte, error) {
	special, rest, is := strings.Cut(name, ":")
	if is && strings.HasPrefix(name, "@") {
		if _, err := os.Lstat(name); err == nil {
			return nil, fail(exitAmbiguousInput, "a file is called %s; write ./%s for it", name, name)
		}
		switch special {
		case "@ENV":
			v, ok := os.LookupEnv(rest)
			if !ok {
				return nil, fail(exitMissingInput, "the environment has no %s", rest)
			}
			return []byte(v), nil
		case "@FD":
			f, err := descriptor(rest)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return readAll(f)
		}
		return nil, fail(exitUnsupportedPrefix, "%s: only @ENV: and @FD: are special", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fail(exitMissingInput, "%w", err)
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(data) > maxInput {
		return nil, fail(exitBadData, "input of more than %d bytes", maxInput)
	}
	return data, err
}

func descriptor(number string) (*os.File, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return nil, fail(exitMissingInput, "@FD:%s is no descriptor", number)
	}
	f := os.NewFile(uintptr(n), "@FD:"+number)
	if _, err := f.Stat(); err != nil {
		return nil, fail(exitMissingInput, "@FD:%s is not open", number)
	}
	return f, nil
}

// free fails if the option's output cannot be a new file. Call it before any
// work whose result would be lost.
func (o *options) free(names ...string) error {
	for _, name := range names {
		file := o.last(name, "")
		if file == "" || strings.HasPrefix(file, "@") {
			continue
		}
		if _, err := os.Lstat(file); err == nil {
			return fail(exitOutputExists, "%s exists already", file)
		}
	}
	return nil
}

// writeOutput writes a new file or to a descriptor.
func writeOutput(name string, data []byte) error {
	var f *os.File
	var err error
	switch {
	case strings.HasPrefix(name, "@FD:"):
		f, err = descriptor(name[4:])
	case strings.HasPrefix(name, "@"):
		return fail(exitUnsupportedPrefix, "%s: output goes to a file or @FD:", name)
	default:
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if os.IsExist(err) {
			return fail(exitOutputExists, "%s exists already", name)
		}
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// passwords reads the values of an option; blanks at the end do not count. A
// new password must be something that a person can type.
func (o *options) passwords(name string, fresh bool) (out [][]byte, err error) {
	for _, v := range o.values[name] {
		p, err := readInput(v)
		if err != nil {
			return nil, err
		}
		trimmed := bytes.TrimRightFunc(p, unicode.IsSpace)
		unhuman := !utf8.Valid(trimmed) || bytes.ContainsFunc(trimmed, func(r rune) bool { return !unicode.IsPrint(r) })
		if fresh && (unhuman || len(trimmed) == 0) {
			return nil, fail(exitPasswordUnhuman, "the password is empty, not UTF-8 or not printable")
		}
		out = append(out, trimmed)
		if !fresh && !bytes.Equal(trimmed, p) {
			out = append(out, p) // perhaps the other side kept the blanks
		}
	}
	return out, nil
}

// window reads the two date options.
func (o *options) window(prefix string) (from, until time.Time, err error) {
	read := func(name, def string) (time.Time, error) {
		switch v := o.last(prefix+name, def); v {
		case "-":
			return time.Time{}, nil
		case "now":
			return time.Now(), nil
		default:
			for _, layout := range []string{time.RFC3339, "20060102T150405Z", time.DateOnly} {
				if t, err := time.Parse(layout, v); err == nil {
					return t, nil
				}
			}
			return time.Time{}, fail(exitUnsupportedOption, "--%s%s: %q is no date", prefix, name, v)
		}
	}
	if from, err = read("not-before", "-"); err == nil {
		until, err = read("not-after", "now")
	}
	return from, until, err
}
