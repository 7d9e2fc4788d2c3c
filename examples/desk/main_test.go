package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// until collects what is written, and calls stop once that holds a text.
type until struct {
	strings.Builder
	text string
	stop func()
}

func (u *until) Write(b []byte) (int, error) {
	n, err := u.Builder.Write(b)
	if strings.Contains(u.String(), u.text) {
		u.stop()
	}
	return n, err
}

func flags(t *testing.T, args ...string) options {
	t.Helper()
	o, err := parse(append([]string{"-listen", "127.0.0.1:0", "-team-listen", "127.0.0.1:0"}, args...), io.Discard)
	require.NoError(t, err)
	return o
}

// The program starts on loopback with made-up cases, says where and with which receipt
// to try, and ends.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	out := until{text: "Ctrl-C", stop: stop}
	require.NoError(t, run(ctx, &out, flags(t)))
	require.Regexp(t, `with the receipt (?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}\n`, out.String())
	require.Contains(t, out.String(), "The desk of the team is at http://127.0.0.1:")
}

// With a database of real cases it says nothing of made-up ones, prints a link that
// works once, and has all parts.
func TestRunReal(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	out := until{text: "works once", stop: stop}
	require.NoError(t, run(ctx, &out, flags(t, "-db", filepath.Join(dir, "cases.db"), "-sealed", "-mail", "psirt@psirt.example", "-url", "https://psirt.example", "-publish", filepath.Join(dir, "public"), "-zone", "Europe/Berlin")))
	require.NotContains(t, out.String(), "made up")
	out = until{text: "login: 200", stop: func() {}}
	require.NoError(t, run(context.Background(), &out, flags(t, "-db", filepath.Join(dir, "cases.db"), "-sealed", "-try")), out.String())
}

// What submissions are compared with is read at the start. A bad file is named, and stops
// nothing.
func TestKnown(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		return name
	}
	good := `{"schema_version":"1.7.0","id":"OSV-1900-1","modified":"2026-01-01T00:00:00Z","summary":"One"}`
	file := write("alone", good)
	write("osv/1.json", good)
	for i := range 12 {
		write(fmt.Sprintf("osv/bad%02d.json", i), "{")
	}
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, flags(t, "-known", file, "-known", filepath.Join(dir, "osv"), "-known", filepath.Join(dir, "none"), "-try")))
	require.Contains(t, out.String(), "what is in "+file+"; advisories: 1\n")
	require.Contains(t, out.String(), filepath.Join(dir, "osv", "bad09.json")+": ")
	require.Contains(t, out.String(), "and 2 more files cannot be read")
	require.Contains(t, out.String(), filepath.Join(dir, "none")+"; advisories: 0\n")
	require.Contains(t, out.String(), "login: 200")
	_, err := parse([]string{"-known", ""}, io.Discard)
	require.Error(t, err)
}

// What is not safe is refused at the start, with what to do.
func TestUnsafe(t *testing.T) {
	db := filepath.Join(t.TempDir(), "cases.db")
	users := filepath.Join(t.TempDir(), "users.json")
	for name, x := range map[string]struct{ flags, says string }{
		"form in the clear":                {"-db " + db + " -listen 0.0.0.0:0", "plain HTTP"},
		"team in the clear":                {"-db " + db + " -team-listen :0 -users " + users, "plain HTTP"},
		"team without a login":             {"-db " + db + " -team-listen :0 -behind-proxy 1", "need a login"},
		"team behind a proxy on loopback":  {"-db " + db + " -behind-proxy 1", "need a login"},
		"certificates without a login":     {"-db " + db + " -autocert desk.example", "need a login"},
		"nobody who could log in":          {"-db " + db + " -users " + users, "names nobody"},
		"made-up cases for others":         {"-listen :0 -behind-proxy 1 -users " + users, "made-up cases"},
		"a password in the list of flags":  {"-db " + db + " -mail a@b.example -smtp smtps://u:secret@mail.example", "holds a password"},
		"mail without TLS":                 {"-db " + db + " -mail a@b.example -imap imap://u@mail.example", "imaps://"},
		"publishing where nobody finds it": {"-db " + db + " -publish " + t.TempDir(), "needs -url"},
		"certificates in the clear":        {"-db " + db + " -autocert desk.example -users " + users + " -acme http://acme.example", "https address"},
		"certificates for no name":         {"-db " + db + " -acme https://acme.example", "names of -autocert"},
		"a form under another name":        {"-db " + db + " -users " + users + " -autocert desk.example -url https://psirt.example", "-url has a name that -autocert does not have"},
		"a desk under another name":        {"-db " + db + " -users " + users + " -autocert psirt.example -url https://PSIRT.example -team-url https://desk.example", "-team-url has a name that -autocert does not have"},
		"plain HTTP for nothing":           {"-db " + db + " -http 127.0.0.1:0", "-http is for -autocert"},
		"a schema of a file":               {"-db " + db + " -schema desk", "PostgreSQL"},
		"an address in the clear":          {"-db " + db + " -url http://psirt.example", "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), io.Discard, flags(t, strings.Fields(x.flags)...))
			require.ErrorContains(t, err, x.says)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

// Somebody who was added can log in, and the team may then be reached from elsewhere.
func TestAddUser(t *testing.T) {
	dir := t.TempDir()
	o := flags(t, "-users", filepath.Join(dir, "users.json"), "-add-user", "ana", "-groups", "firmware, cloud")
	var out bytes.Buffer
	require.Error(t, addUser(o, strings.NewReader("short\n"), &out))
	require.NoError(t, addUser(o, strings.NewReader("a long pass phrase\n"), &out))
	require.Contains(t, out.String(), "otpauth://")
	require.NotContains(t, out.String(), "pass phrase")
	require.NoError(t, run(context.Background(), io.Discard, flags(t, "-db", filepath.Join(dir, "cases.db"), "-users", o.users, "-behind-proxy", "1", "-team-url", "https://desk.example", "-try")))
}

// Processes that start at once have one key: that of the first.
func TestKeyOfTheFirst(t *testing.T) {
	files := filepath.Join(t.TempDir(), "desk")
	var wg sync.WaitGroup
	var got [4]string
	for i := range got {
		wg.Go(func() {
			key, err := (&desk{o: options{files: files, mail: "psirt@psirt.example"}}).readKey()
			if err == nil {
				got[i] = key.Fingerprint()
			}
		})
	}
	wg.Wait()
	for _, x := range got {
		require.NotEmpty(t, x)
		require.Equal(t, got[0], x)
	}
}
