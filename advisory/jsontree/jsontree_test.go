package jsontree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

func parse(t *testing.T, s string) *jsontree.Node {
	t.Helper()
	n, err := jsontree.Parse([]byte(s), jsontree.Limits{})
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return n
}

func TestNothingIsLost(t *testing.T) {
	for _, s := range []string{
		`{"z":1,"a":{"unknown":[1.50,-0,1E+2,12345678901234567890]},"":null}`,
		`[true,false,null,"é\"\\","\u0000\u001f",{},[]]`,
		`"\n\r\t/\u0008"`, `0`, ` [ ] `,
	} {
		n := parse(t, s)
		if got := string(n.AppendJSON(nil)); got != strings.TrimSpace(strings.ReplaceAll(s, "[ ]", "[]")) {
			t.Errorf("%s\nprinted as %s", s, got)
		}
	}
}

func TestIndent(t *testing.T) {
	got := string(parse(t, `{"a":[1,{}],"b":{"c":[]}}`).AppendIndent(nil, "  "))
	want := "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestEscapes(t *testing.T) {
	n := parse(t, `"\ud83d\ude00 \u00E9 \b\f\/"`)
	if n.Text() != "😀 é \b\f/" {
		t.Errorf("got %q", n.Text())
	}
	if got := string(jsontree.NewString("a\xffb").AppendJSON(nil)); got != "\"a\ufffdb\"" {
		t.Errorf("got %q", got)
	}
}

// Every refusal has its problem and the offset and line of the fault.
func TestRefusals(t *testing.T) {
	small := jsontree.Limits{MaxBytes: 40, MaxDepth: 3, MaxNodes: 5, MaxNumber: 4}
	for _, c := range []struct {
		text    string
		limits  jsontree.Limits
		problem jsontree.Problem
		offset  int64
		line    int
	}{
		{``, jsontree.Limits{}, jsontree.UnexpectedEnd, 0, 1},
		{"{\n\"a\":\n", jsontree.Limits{}, jsontree.UnexpectedEnd, 7, 3},
		{`{"a" 1}`, jsontree.Limits{}, jsontree.UnexpectedByte, 5, 1},
		{`{"a":1,}`, jsontree.Limits{}, jsontree.UnexpectedByte, 7, 1},
		{`[1,]`, jsontree.Limits{}, jsontree.UnexpectedByte, 3, 1},
		{`[1 2]`, jsontree.Limits{}, jsontree.UnexpectedByte, 3, 1},
		{`{1:2}`, jsontree.Limits{}, jsontree.UnexpectedByte, 1, 1},
		{`tru`, jsontree.Limits{}, jsontree.UnexpectedEnd, 3, 1},
		{`truE`, jsontree.Limits{}, jsontree.UnexpectedByte, 3, 1},
		{`01`, jsontree.Limits{}, jsontree.BadNumber, 0, 1},
		{`[-]`, jsontree.Limits{}, jsontree.BadNumber, 1, 1},
		{`1.`, jsontree.Limits{}, jsontree.BadNumber, 0, 1},
		{`1e`, jsontree.Limits{}, jsontree.BadNumber, 0, 1},
		{`1x`, jsontree.Limits{}, jsontree.BadNumber, 0, 1},
		{`+1`, jsontree.Limits{}, jsontree.UnexpectedByte, 0, 1},
		{`NaN`, jsontree.Limits{}, jsontree.UnexpectedByte, 0, 1},
		{`"\x"`, jsontree.Limits{}, jsontree.BadEscape, 1, 1},
		{`"\u12g4"`, jsontree.Limits{}, jsontree.BadEscape, 1, 1},
		{`"\u12`, jsontree.Limits{}, jsontree.UnexpectedEnd, 5, 1},
		{`"\`, jsontree.Limits{}, jsontree.UnexpectedEnd, 2, 1},
		{`"\ud800"`, jsontree.Limits{}, jsontree.LoneSurrogate, 1, 1},
		{`"\ud800A"`, jsontree.Limits{}, jsontree.LoneSurrogate, 1, 1},
		{`"\udc00\ud800"`, jsontree.Limits{}, jsontree.LoneSurrogate, 1, 1},
		{"\"a\xff\"", jsontree.Limits{}, jsontree.BadUTF8, 2, 1},
		{"\"\xed\xa0\x80\"", jsontree.Limits{}, jsontree.BadUTF8, 1, 1},
		{"[\xff]", jsontree.Limits{}, jsontree.BadUTF8, 1, 1},
		{"\"a\nb\"", jsontree.Limits{}, jsontree.ControlByte, 2, 1},
		{`"abc`, jsontree.Limits{}, jsontree.UnexpectedEnd, 4, 1},
		{`{"a":1,"b":2,"a":3}`, jsontree.Limits{}, jsontree.DuplicateName, 13, 1},
		{`{"a":1,"\u0061":3}`, jsontree.Limits{}, jsontree.DuplicateName, 7, 1},
		{`{} {}`, jsontree.Limits{}, jsontree.TrailingData, 3, 1},
		{"\ufeff{}", jsontree.Limits{}, jsontree.ByteOrderMark, 0, 1},
		{strings.Repeat(" ", 41), small, jsontree.TooLarge, 40, 1},
		{`[[[[]]]]`, small, jsontree.TooDeep, 3, 1},
		{`[1,2,3,4,5]`, small, jsontree.TooManyValues, 9, 1},
		{`[12345]`, small, jsontree.NumberTooLong, 1, 1},
		{strings.Repeat("[", 10_000), jsontree.Limits{}, jsontree.TooDeep, 256, 1},
		{strings.Repeat(`{"a":`, 10_000), jsontree.Limits{}, jsontree.TooDeep, 5 * 256, 1},
		{strings.Repeat("9", 1_000_000), jsontree.Limits{}, jsontree.NumberTooLong, 0, 1},
	} {
		n, err := jsontree.Parse([]byte(c.text), c.limits)
		var se *jsontree.SyntaxError
		if n != nil || !errors.As(err, &se) {
			t.Errorf("%.40q: got %v, %v", c.text, n, err)
			continue
		}
		if se.Problem != c.problem || se.Offset != c.offset || se.Line != c.line {
			t.Errorf("%.40q: got %v, want %s at %d in line %d", c.text, se, c.problem, c.offset, c.line)
		}
	}
}

func TestDuplicateNamesInLargeObjects(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `"m%d":0,`, i)
	}
	parse(t, "{"+b.String()+`"x":0}`)
	for _, dup := range []int{0, 15, 16, 17, 999} {
		_, err := jsontree.Parse(fmt.Appendf(nil, `{%s"m%d":0}`, b.String(), dup), jsontree.Limits{})
		var se *jsontree.SyntaxError
		if !errors.As(err, &se) || se.Problem != jsontree.DuplicateName || se.Offset != int64(1+b.Len()) {
			t.Errorf("m%d: %v", dup, err)
		}
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestReadStopsAtTheLimit(t *testing.T) {
	e := &endless{}
	_, err := jsontree.Read(e, jsontree.Limits{MaxBytes: 1 << 20})
	var se *jsontree.SyntaxError
	if !errors.As(err, &se) || se.Problem != jsontree.TooLarge {
		t.Fatal(err)
	}
	if e.read > 3<<20 {
		t.Errorf("read %d bytes", e.read)
	}
	if _, err := jsontree.Read(strings.NewReader(`[1]`), jsontree.Limits{}); err != nil {
		t.Error(err)
	}
}

// The tree of the densest text that the limits allow stays near the documented
// size.
func TestMemoryIsBounded(t *testing.T) {
	text := []byte("[" + strings.Repeat("0,", 16<<20-1) + "0]")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err := jsontree.Parse(text, jsontree.Limits{})
	runtime.ReadMemStats(&after)
	var se *jsontree.SyntaxError
	if !errors.As(err, &se) || se.Problem != jsontree.TooManyValues && se.Problem != jsontree.TooLarge {
		t.Fatal(err)
	}
	if d := after.TotalAlloc - before.TotalAlloc; d > 400<<20 {
		t.Errorf("allocated %d MiB", d>>20)
	}
}

func TestPointer(t *testing.T) {
	n := parse(t, `{"a/b":[{"m~n":1}],"":2,"0":3}`)
	for p, want := range map[string]string{
		"": string(n.AppendJSON(nil)), "/a~1b/0/m~0n": "1", "/": "2", "/0": "3",
	} {
		if got := string(n.Find(p).AppendJSON(nil)); got != want {
			t.Errorf("%q: %s", p, got)
		}
	}
	for _, p := range []string{"a", "/x", "/a~1b/1", "/a~1b/00", "/a~1b/-", "/a~1b/+0", "/0/0"} {
		if n.Find(p) != nil {
			t.Errorf("%q found something", p)
		}
	}
	if got := jsontree.Child(jsontree.Child("", "a/b"), "~"); got != "/a~1b/~0" {
		t.Error(got)
	}
	if got := jsontree.Index(jsontree.Child("", "x"), 7); got != "/x/7" {
		t.Error(got)
	}
}

func TestReaders(t *testing.T) {
	n := parse(t, `{"s":"x","n":1.5,"i":7,"t":true,"z":null,"a":[1,2],"big":1e999}`)
	if n.Text("s") != "x" || n.Text("n") != "" || n.Get("n").Literal() != "1.5" || !n.Get("t").True() {
		t.Error("wrong value")
	}
	if f, ok := n.Get("n").Float(); f != 1.5 || !ok {
		t.Error(f, ok)
	}
	if _, ok := n.Get("big").Float(); ok {
		t.Error("1e999 is a float64")
	}
	if i, ok := n.Get("i").Int(); i != 7 || !ok {
		t.Error(i, ok)
	}
	if _, ok := n.Get("n").Int(); ok {
		t.Error("1.5 is an integer")
	}
	var none *jsontree.Node
	if none.Kind() != jsontree.None || none.Get("a", "b") != nil || none.Item(0) != nil || none.Len() != 0 ||
		none.Text() != "" || none.Offset() != -1 || none.Items() != nil || none.Members() != nil || none.True() {
		t.Error("nil is not empty")
	}
	if n.Get("a").Item(2) != nil || n.Get("a").Item(1).Literal() != "2" || n.Get("a").Offset() != 45 {
		t.Error("wrong item or offset", n.Get("a").Offset())
	}
	if !n.Has("z") || n.Has("y") || n.Get("z").Kind().String() != "null" {
		t.Error("null is not a value")
	}
}

func TestEdit(t *testing.T) {
	n := parse(t, `{"b":[1],"a":{"y":1,"x":2}}`)
	c := n.Clone()
	n.Set("b", jsontree.NewStrings("p", "q"))
	n.Set("c", jsontree.NewObject(jsontree.Member{Name: "k", Value: jsontree.NewNull()}, jsontree.Member{Name: "none"}))
	n.Set("d", nil)
	n.Get("b").Append(jsontree.NewBool(true), nil, jsontree.NewInt(-3), jsontree.NewNumber("1.0"), jsontree.NewArray())
	n.Get("b").RemoveItem(0)
	n.Get("b").RemoveItem(9)
	n.Get("b").Item(0).SetText("r")
	n.SortMembers()
	if got := string(n.AppendJSON(nil)); got != `{"a":{"x":2,"y":1},"b":["r",true,-3,1.0,[]],"c":{"k":null}}` {
		t.Error(got)
	}
	if v := n.Delete("a"); v.Len() != 2 || n.Has("a") || n.Delete("a") != nil {
		t.Error("not deleted")
	}
	if got := string(c.AppendJSON(nil)); got != `{"b":[1],"a":{"y":1,"x":2}}` {
		t.Error("the clone changed:", got)
	}
	for _, bad := range []string{"", "01", "1.", "x", "1 "} {
		if jsontree.NewNumber(bad) != nil {
			t.Errorf("%q is a number", bad)
		}
	}
}

// The reader accepts what encoding/json accepts, but for what it is stricter
// about, and it reads the same values.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.5e-3,"\ud83d\ude00",null,true]}`, `{"a":1,"a":2}`, `"\ud800"`, "\"\xff\"", `[[[[`, `01`, `{"a" :`,
		"\ufeff{}", `{}x`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := jsontree.Parse(text, jsontree.Limits{MaxDepth: 50})
		if err != nil {
			var se *jsontree.SyntaxError
			if !errors.As(err, &se) || se.Offset < 0 || se.Offset > int64(len(text)) || se.Line < 1 {
				t.Fatalf("bad error %v", err)
			}
			switch se.Problem {
			case jsontree.DuplicateName, jsontree.BadUTF8, jsontree.LoneSurrogate, jsontree.TooDeep, jsontree.NumberTooLong:
				return
			}
			if json.Valid(text) {
				t.Fatalf("refused valid text: %v", err)
			}
			return
		}
		var want any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("accepted invalid text: %v", err)
		}
		printed := n.AppendIndent(nil, " ")
		again, err := jsontree.Parse(printed, jsontree.Limits{})
		if err != nil {
			t.Fatalf("printed text does not parse: %v", err)
		}
		if a, b := n.AppendJSON(nil), again.AppendJSON(nil); !bytes.Equal(a, b) {
			t.Fatalf("%s became %s", a, b)
		}
		var got any
		dec = json.NewDecoder(bytes.NewReader(printed))
		dec.UseNumber()
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) {
			t.Fatalf("read %s as %s", a, b)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var sb strings.Builder
	sb.WriteString(`{"items":[`)
	for sb.Len() < 130_000 {
		fmt.Fprintf(&sb, `{"name":"item %d","id":"X-%d","nested":{"a":[1,2,"three"]}},`, r.IntN(1000), r.IntN(1000))
	}
	sb.WriteString(`{}]}`)
	text := []byte(sb.String())
	b.Run("jsontree", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := jsontree.Parse(text, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json-any", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
