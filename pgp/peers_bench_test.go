package pgp_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// BenchmarkSQOP holds the package against Sequoia's sqop as a whole process.
func BenchmarkSQOP(b *testing.B) {
	s := newSqop(b)
	e := new(pgp.Engine)
	us, _, err := e.Generate(pgp.KeySpec{Address: "us@example.org"})
	require.NoError(b, err)
	unlocked, err := us.ExportUnlocked()
	require.NoError(b, err)
	secret, cert := s.file("us.key", unlocked), s.file("us.cert", us.Cert().Bytes())
	text := random(benchSize)
	var msg bytes.Buffer
	require.NoError(b, e.Encrypt(b.Context(), &msg, bytes.NewReader(text), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Form: pgp.Form{Binary: true}}))
	theirs := func(stdin []byte, args ...string) {
		c := exec.Command("sqop", args...)
		c.Stdin = bytes.NewReader(stdin)
		if err := c.Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("encrypt", func(b *testing.B) {
		peers(b, benchSize, func() {
			if err := e.Encrypt(b.Context(), io.Discard, bytes.NewReader(text), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Form: pgp.Form{Binary: true}}); err != nil {
				b.Fatal(err)
			}
		}, func() { theirs(text, "encrypt", "--no-armor", cert) })
	})
	b.Run("decrypt", func(b *testing.B) {
		peers(b, benchSize, func() {
			if _, err := e.Decrypt(b.Context(), io.Discard, bytes.NewReader(msg.Bytes()), pgp.Keyring{Secrets: []pgp.Secret{us}}); err != nil {
				b.Fatal(err)
			}
		}, func() { theirs(msg.Bytes(), "decrypt", secret) })
	})
}

// openpgpjs does one thing for each line that it reads, and answers with a line.
const openpgpjs = `
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as openpgp from 'openpgp';
const [,, key, text, cipher] = process.argv;
const secret = await openpgp.readPrivateKey({ armoredKey: readFileSync(key, 'utf8') });
const plain = new Uint8Array(readFileSync(text)), sealed = new Uint8Array(readFileSync(cipher));
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'encrypt') {
    await openpgp.encrypt({ message: await openpgp.createMessage({ binary: plain }), encryptionKeys: secret.toPublic(), format: 'binary' });
  } else {
    await openpgp.decrypt({ message: await openpgp.readMessage({ binaryMessage: sealed }), decryptionKeys: secret, format: 'binary' });
  }
  console.log('done');
}
`

// BenchmarkOpenPGPjs holds the package against openpgp.js in a warm process of Node.
// CVD_PEER_NODE names a folder in which npm installed it.
func BenchmarkOpenPGPjs(b *testing.B) {
	dir := os.Getenv("CVD_PEER_NODE")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "openpgp")); dir == "" || err != nil {
		b.Skip("set CVD_PEER_NODE to a folder with node_modules/openpgp")
	}
	const size = 8 << 20 // it holds all in memory
	e := new(pgp.Engine)
	us, _, err := e.Generate(pgp.KeySpec{Address: "us@example.org"})
	require.NoError(b, err)
	unlocked, err := us.ExportUnlocked()
	require.NoError(b, err)
	text := random(size)
	var msg bytes.Buffer
	require.NoError(b, e.Encrypt(b.Context(), &msg, bytes.NewReader(text), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Form: pgp.Form{Binary: true}}))
	args, temp := []string{filepath.Join(dir, fmt.Sprintf("cvdkit-bench-%d.mjs", os.Getpid()))}, b.TempDir()
	require.NoError(b, os.WriteFile(args[0], []byte(openpgpjs), 0o600))
	defer os.Remove(args[0])
	for name, data := range map[string][]byte{"1.key": unlocked, "2.text": text, "3.cipher": msg.Bytes()} {
		require.NoError(b, os.WriteFile(filepath.Join(temp, name), data, 0o600))
	}
	for _, name := range []string{"1.key", "2.text", "3.cipher"} {
		args = append(args, filepath.Join(temp, name))
	}
	c := exec.CommandContext(b.Context(), "node", args...)
	c.Dir, c.Stderr = dir, os.Stderr
	in, err := c.StdinPipe()
	require.NoError(b, err)
	out, err := c.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, c.Start())
	answers := bufio.NewScanner(out)
	answer := func(want string) {
		if !answers.Scan() || answers.Text() != want {
			b.Fatalf("openpgp.js answers %q, %v", answers.Text(), answers.Err())
		}
	}
	answer("ready")
	theirs := func(what string) {
		if _, err := io.WriteString(in, what+"\n"); err != nil {
			b.Fatal(err)
		}
		answer("done")
	}
	b.Run("encrypt", func(b *testing.B) {
		peers(b, size, func() {
			if err := e.Encrypt(b.Context(), io.Discard, bytes.NewReader(text), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Form: pgp.Form{Binary: true}}); err != nil {
				b.Fatal(err)
			}
		}, func() { theirs("encrypt") })
	})
	b.Run("decrypt", func(b *testing.B) {
		peers(b, size, func() {
			if _, err := e.Decrypt(b.Context(), io.Discard, bytes.NewReader(msg.Bytes()), pgp.Keyring{Secrets: []pgp.Secret{us}}); err != nil {
				b.Fatal(err)
			}
		}, func() { theirs("decrypt") })
	})
	in.Close()
	require.NoError(b, c.Wait())
}
