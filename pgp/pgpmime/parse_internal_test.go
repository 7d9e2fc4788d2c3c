package pgpmime

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzReaders: each decoder ends, never makes much more than it got, and gives
// the same whatever the size of the pieces.
func FuzzReaders(f *testing.F) {
	f.Add([]byte("text/plain; charset*0=\"utf\"; charset*1=-8; name*=utf-8''%C3%BC.txt; bare; x=y"))
	f.Add([]byte("-----BEGIN PGP MESSAGE-----\n\u00a0\nabc=\n=20 =\n-----END PGP MESSAGE-----\n"))
	f.Add([]byte("<html><head><title>x</title></head><body><p>a&uuml;<br>b</body>"))
	f.Add([]byte("QUJD=RA==\r\nRUY="))
	f.Fuzz(func(t *testing.T, data []byte) {
		span := span{bytes.NewReader(data), 0, int64(len(data))}
		for _, open := range []func(r io.Reader) io.Reader{
			func(io.Reader) io.Reader { return (&node{body: span, encoding: "base64"}).content() },
			func(io.Reader) io.Reader { return (&node{body: span, encoding: "quoted-printable"}).content() },
			newCRLF, newArmor,
		} {
			whole, err := io.ReadAll(open(bytes.NewReader(data)))
			require.NoError(t, err)
			require.LessOrEqual(t, len(whole), 2*len(data)+2)
			var b bytes.Buffer
			for r, buf := open(bytes.NewReader(data)), make([]byte, 3); ; {
				n, err := r.Read(buf)
				b.Write(buf[:n])
				if err == io.EOF {
					break
				}
			}
			require.Equal(t, string(whole), b.String())
		}
		_, params := parseParams(string(data))
		for name := range params {
			require.Equal(t, strings.ToLower(name), name)
		}
		name := cleanName(string(data))
		require.NotContains(t, name, "..")
		require.NotContains(t, name, "/")
		require.True(t, utf8.ValidString(name))
		require.LessOrEqual(t, len(htmlText(bytes.NewReader(data), 1<<20)), 8*len(data)+2)
		for _, charset := range []string{"", "iso-2022-jp", "gb18030", "x-nobody", "utf-16le"} {
			r, _ := charsetReader(charset, bytes.NewReader(data))
			out, err := io.ReadAll(r)
			require.NoError(t, err)
			require.True(t, utf8.Valid(out), charset)
		}
		l, err := lookAt(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, int64(len(data)), l.size)
	})
}

// FuzzTree: parts lie in their parents and in order, and no more than the limit.
func FuzzTree(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ny\r\n--b--\r\n--a--\r\n"))
	f.Add([]byte("Content-Type: multipart/mixed\n\n--guess\n\nx\n--guess--\n"))
	f.Add([]byte("X: y\n folded\n\tmore\n\nbody"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c counter
		root, err := parseTree(span{bytes.NewReader(data), 0, int64(len(data))}, "1", &c)
		require.NoError(t, err)
		require.LessOrEqual(t, c.nodes, maxParts)
		var check func(n *node)
		check = func(n *node) {
			end := n.whole.off + n.whole.n
			require.LessOrEqual(t, end, int64(len(data)))
			require.LessOrEqual(t, n.body.off+n.body.n, max(end, n.body.off))
			at := n.whole.off
			for _, k := range n.children {
				require.GreaterOrEqual(t, k.whole.off, at)
				require.LessOrEqual(t, k.whole.off+k.whole.n, max(end, k.whole.off))
				at = k.whole.off + k.whole.n
				check(k)
			}
		}
		check(root)
	})
}

// BenchmarkLinear compares the cost of a mail with that of one half as long, in
// one run: linear is 2.
func BenchmarkLinear(b *testing.B) {
	for name, make := range map[string]func(n int) string{
		"folded": func(n int) string { return "X: y\n" + strings.Repeat(" folded\n", n/8) + "\n" },
		"fields": func(n int) string { return strings.Repeat("X: y\n", n/5) + "\n" },
		"parts": func(n int) string {
			return "Content-Type: multipart/mixed; boundary=o\n\n" + strings.Repeat("--o\n\nx\n", n/7)
		},
		"dashes": func(n int) string {
			return "Content-Type: multipart/mixed; boundary=o\n\n--o\n\n" + strings.Repeat("--x\n", n/4)
		},
		"nested":   func(n int) string { return strings.Repeat("Content-Type: multipart/mixed; boundary=o\n\n--o\n", n/47) },
		"text":     func(n int) string { return "\n" + strings.Repeat("a line of text\n", n/15) },
		"newlines": func(n int) string { return "\n" + strings.Repeat("\n", n) },
		"armor":    func(n int) string { return "\n" + strings.Repeat("-----BEGIN PGP MESSAGE-----\n", n/28) },
		"cleartext": func(n int) string {
			return "\n" + strings.Repeat("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n", n/120)
		},
		"html": func(n int) string { return "Content-Type: text/html\n\n" + strings.Repeat("<p>a&amp;", n/9) },
		"qp": func(n int) string {
			return "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=41= \n", n/6)
		},
		"address": func(n int) string { return "From: " + strings.Repeat("a@b,", n/4) + "\n\nx" },
	} {
		b.Run(name, func(b *testing.B) {
			cost := func(n int) time.Duration {
				mail := make(n)
				best := time.Hour
				for range 3 {
					start := time.Now()
					m, err := Opener{}.Open(b.Context(), strings.NewReader(mail))
					if m == nil {
						b.Fatal(err)
					}
					m.ReplyAll()
					m.Close()
					best = min(best, time.Since(start))
				}
				return best
			}
			for b.Loop() {
				half := cost(4 << 20)
				b.ReportMetric(float64(cost(8<<20))/float64(half), "doubling")
			}
		})
	}
}
