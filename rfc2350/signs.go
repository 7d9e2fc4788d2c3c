package rfc2350

import (
	"strings"
	"unicode/utf8"
)

const (
	smallForms = "﹐﹒﹔﹕﹖﹗﹙﹚﹛﹜﹟﹠﹡﹢﹣﹪﹫"
	smallPlain = ",.;:?!(){}#&*+-%@"
)

// plainSign gives the sign of ASCII that a sign stands for.
func plainSign(r rune) rune {
	switch {
	case 0x2010 <= r && r <= 0x2015 || r == 0x2212 || r == 0xfe63:
		return '-'
	case r == '～' || r == '〜':
		return '-'
	case 0xff01 <= r && r <= 0xff5e:
		return r - 0xfee0
	case r == '’' || r == '‘' || r == '´' || r == 'ʼ':
		return '\''
	case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
		return '"'
	case r == '。' || r == '．':
		return '.'
	case r == '、':
		return ','
	case 0xfe50 <= r && r <= 0xfe6b: // small forms
		if i := strings.IndexRune(smallForms, r); i >= 0 {
			return rune(smallPlain[utf8.RuneCountInString(smallForms[:i])])
		}
	case r == '×':
		return 'x'
	case r == '【' || r == '〔' || r == '［':
		return '['
	case r == '】' || r == '〕' || r == '］':
		return ']'
	case r == 'º' || r == 'ª' || r == '°':
		return 'º'
	}
	return r
}
