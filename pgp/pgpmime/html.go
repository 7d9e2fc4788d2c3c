package pgpmime

import (
	"io"
	"strings"

	"golang.org/x/net/html"
)

// What HTML may have that stands beside an encryption: nothing that loads, links,
// sends or hides, so that no text which is shown after it can be sent away. A
// banner that a mail server put there passes.
var (
	harmlessElements = map[string]bool{"html": true, "head": true, "meta": true, "title": true, "body": true, "div": true, "p": true,
		"br": true, "hr": true, "span": true, "font": true, "b": true, "i": true, "em": true, "strong": true, "u": true,
		"table": true, "tbody": true, "tr": true, "td": true, "th": true, "o:p": true}
	harmlessAttributes = map[string]bool{"lang": true, "dir": true, "class": true, "id": true, "color": true, "face": true, "size": true,
		"align": true, "valign": true, "width": true, "height": true, "border": true, "cellpadding": true, "cellspacing": true,
		"bgcolor": true, "charset": true}
)

const maxHarmless = 64 << 10

// harmlessHTML reports whether a document is made of those alone, and every tag
// and comment in it is closed: an open quote would take in what follows.
func harmlessHTML(n *node) bool {
	data, err := io.ReadAll(io.LimitReader(n.content(), maxHarmless+1))
	if err != nil || len(data) > maxHarmless {
		return false
	}
	z := html.NewTokenizer(strings.NewReader(string(data)))
	seen := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return seen == len(data)
		}
		seen += len(z.Raw())
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, more := z.TagName()
			if !harmlessElements[string(name)] {
				return false
			}
			for more {
				var key []byte
				if key, _, more = z.TagAttr(); !harmlessAttributes[string(key)] && !strings.HasPrefix(string(key), "xmlns") {
					return false
				}
			}
		case html.CommentToken, html.DoctypeToken:
			if !strings.HasSuffix(string(z.Raw()), ">") {
				return false
			}
		}
	}
}
