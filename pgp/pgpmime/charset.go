package pgpmime

import (
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// charsetReader decodes text to valid UTF-8, and tells whether the charset is
// known: those of the WHATWG Encoding Standard, as browsers read them (what
// calls itself ISO 8859-1 is Windows-1252), and of IANA. Of an unknown one what
// is not ASCII becomes U+FFFD.
func charsetReader(charset string, r io.Reader) (io.Reader, bool) {
	e, ok := findCharset(charset)
	return transform.NewReader(r, e.NewDecoder()), ok
}

func findCharset(charset string) (encoding.Encoding, bool) {
	name := strings.ToLower(strings.Trim(charset, " \t\"'"))
	if name == "" || name == "us-ascii" || name == "ascii" {
		return unicode.UTF8, true // labels of what is usually more
	}
	if strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf16") {
		order := unicode.BigEndian
		if strings.HasSuffix(name, "le") {
			order = unicode.LittleEndian
		}
		return unicode.UTF16(order, unicode.UseBOM), true
	}
	name = strings.TrimPrefix(name, "x-")
	if alias, ok := charsetAliases[name]; ok {
		name = alias
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e, true
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e, true
	}
	return charmapASCII{}, false
}

// Labels that mail programs use and no index has.
var charsetAliases = map[string]string{
	"cp932": "shift_jis", "ms932": "shift_jis", "cp949": "euc-kr", "ms949": "euc-kr", "cp936": "gbk", "ms936": "gbk",
	"cp950": "big5", "cp1250": "windows-1250", "cp1252": "windows-1252", "latin9": "iso-8859-15", "utf8mb4": "utf-8",
	"iso-2022-jp-ms": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "gb_2312-80": "gbk", "hz": "hz-gb-2312",
}

// charmapASCII reads what nobody knows.
type charmapASCII struct{}

func (charmapASCII) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: transform.Chain(charmap.ISO8859_1.NewDecoder(), asciiOnly{})}
}
func (charmapASCII) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

type asciiOnly struct{ transform.NopResetter }

func (asciiOnly) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		r, n := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && n == 1 && !atEOF && !utf8.FullRune(src[nSrc:]) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		if r >= 0x80 {
			r = utf8.RuneError
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// Elements that begin a line, and those whose text is none.
var (
	lineElements = map[string]bool{"br": true, "p": true, "div": true, "tr": true, "li": true, "pre": true, "blockquote": true,
		"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "table": true, "ul": true, "ol": true, "hr": true}
	noText = map[string]bool{"script": true, "style": true, "head": true, "title": true, "template": true, "noscript": true}
)

// legacyClass marks what RFC 9788, section 4.10.2, lets readers of old programs see.
const legacyClass = "header-protection-legacy-display"

// htmlText returns the text of a document, of at most max bytes, with its lines
// and without its markup. It is not for display as HTML.
func htmlText(r io.Reader, max int) string {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(1 << 20)
	var b strings.Builder
	skip, legacy, pre := 0, 0, 0
	line := func() {
		if s := b.String(); len(s) > 0 && s[len(s)-1] != '\n' {
			b.WriteByte('\n')
		}
	}
	for b.Len() < max {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		switch kind {
		case html.TextToken:
			if skip+legacy > 0 {
				continue
			}
			text := string(z.Text())
			if pre == 0 {
				blank := strings.TrimLeft(text, " \t\r\n") != text
				end := strings.TrimRight(text, " \t\r\n") != text
				text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), " ")
				if s := b.String(); blank && len(s) > 0 && s[len(s)-1] != '\n' && s[len(s)-1] != ' ' {
					b.WriteByte(' ')
				}
				if end && text != "" {
					text += " "
				}
			}
			b.WriteString(text)
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			raw, more := z.TagName()
			name := string(raw)
			end := kind == html.EndTagToken
			step := 1
			if end {
				step = -1
			}
			if legacy > 0 && name == "div" {
				legacy += step
				continue
			}
			for more && !end && name == "div" {
				var k, v []byte
				k, v, more = z.TagAttr()
				if string(k) == "class" && strings.Contains(string(v), legacyClass) {
					legacy = 1
				}
			}
			switch {
			case noText[name] && kind != html.SelfClosingTagToken:
				skip = max0(skip + step)
			case name == "body":
				skip = 0 // a head that was not closed
			case name == "pre":
				pre = max0(pre + step)
			}
			if name == "br" && kind != html.EndTagToken {
				b.WriteByte('\n')
			} else if lineElements[name] {
				line()
			}
		}
	}
	return b.String()
}

func max0(n int) int { return max(n, 0) }
