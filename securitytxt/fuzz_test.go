package securitytxt

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzParse holds for any bytes: no panic, no byte lost, findings in range and
// in order, limits kept.
func FuzzParse(f *testing.F) {
	for _, c := range ruleCases {
		if len(c.bad) < 4096 {
			f.Add([]byte(c.bad))
		}
	}
	f.Add([]byte(signed(f, base)))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		require.Equal(t, err != nil, d.Truncated)
		require.LessOrEqual(t, len(d.Lines), DefaultMaxLines)
		if err == nil {
			require.Equal(t, b, append([]byte{}, d.Bytes()...))
			joined := ""
			for _, l := range d.Lines {
				joined += l.Text + l.End
			}
			require.Equal(t, strings.TrimPrefix(string(b), byteOrderMark), joined)
		}
		last := 0
		for _, x := range d.Check(CheckOptions{Now: now, RetrievedFrom: []string{wellKnown}}) {
			require.NotEmpty(t, x.Rule().Section, x.Code)
			if x.Line != 0 {
				require.GreaterOrEqual(t, x.Line, last)
				last = x.Line
			}
			require.LessOrEqual(t, x.Line, max(1, len(d.Lines)+1))
		}
		for _, l := range d.Lines {
			if l.Kind == LineField {
				require.True(t, isFieldName(l.Name))
			}
		}
	})
}

// FuzzRoundTrip: what AppendText writes, Parse reads as the same File without an
// error; and what Fix has mended stays mended.
func FuzzRoundTrip(f *testing.F) {
	for _, c := range ruleCases {
		if len(c.bad) < 4096 {
			f.Add([]byte(c.bad))
		}
	}
	full, err := fullFile().MarshalText()
	require.NoError(f, err)
	f.Add(full)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		if out, err := d.File.MarshalText(); err == nil {
			again, err := Parse(out)
			require.NoError(t, err)
			require.Equal(t, d.File, again.File)
			require.NoError(t, firstError(again.Findings))
			out2, err := again.File.MarshalText()
			require.NoError(t, err)
			require.Equal(t, out, out2)
		}
		fixed, done, err := d.Fix(FixOptions{DropSignature: true})
		require.NoError(t, err)
		if len(done) == 0 && !d.Signed() {
			require.Equal(t, string(b), string(fixed))
		}
		mended, err := Parse(fixed)
		if err != nil {
			return // longer by what was mended
		}
		noCode(t, mended.Findings, CodeBOMInFile)
		noCode(t, mended.Findings, CodeBareCR)
		noCode(t, mended.Findings, CodeNoLineSeparators)
		for _, x := range mended.Findings {
			require.False(t, x.Code == CodePrecWS && kindOf(strings.TrimRight(strings.SplitN(mended.Lines[x.Line-1].Text, ":", 2)[0], " \t")) != fieldUnknown, x)
		}
	})
}

// FuzzEnvelope takes a signed file apart and puts fuzzed bytes into each gap. No
// field from outside the text may come through, and a good signature means that
// exactly the text which was signed is there.
func FuzzEnvelope(f *testing.F) {
	evil := "Contact: mailto:evil@example.com\n"
	for gap := range 5 {
		f.Add(uint8(gap), []byte(evil))
		f.Add(uint8(gap), []byte("\n"))
		f.Add(uint8(gap), []byte("- "))
		f.Add(uint8(gap), []byte(beginMessage+"\n\n"+evil+beginSignature+"\n\n"))
		f.Add(uint8(gap), []byte("\r"))
	}
	f.Fuzz(func(t *testing.T, gap uint8, b []byte) {
		msg := signed(t, base)
		marks := []int{0, len(beginMessage) + 1, strings.Index(msg, "\n\n") + 2, strings.Index(msg, endSignature), len(msg)}
		at := marks[int(gap)%len(marks)]
		file := msg[:at] + string(b) + msg[at:]
		d, err := Parse([]byte(file))
		if err != nil {
			return
		}
		if !d.Signed() {
			require.Zero(t, at, "only before BEGIN can a signed file become an unsigned one")
			require.NotEmpty(t, b)
			return
		}
		v, err := d.Verify(t.Context(), fakePGP{key: "k"})
		if err != nil {
			return // the fake cannot read the armor
		}
		if v.Signature.Status != StatusValid {
			require.Zero(t, v.File)
			return
		}
		require.Equal(t, canonicalText([]byte(base)), canonicalText(d.Text()))
		require.Equal(t, []string{"https://example.com/report"}, v.File.Contact)
		require.Equal(t, time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), v.File.Expires)
		require.False(t, bytes.Contains(d.message(), []byte("evil")))
	})
}
