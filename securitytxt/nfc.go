package securitytxt

import (
	"slices"
	"strings"
)

// composes reports whether Unicode has one character for a base and the mark
// after it, so that the text is not in normalization form C. It looks at
// neighbours only: marks in the wrong order among themselves are not found.
func composes(base, mark rune) bool {
	if mark < 0x300 {
		return false
	}
	switch { // Hangul: leading consonant and vowel, syllable and final consonant
	case mark >= 0x1161 && mark <= 0x1175:
		return base >= 0x1100 && base <= 0x1112
	case mark > 0x11a7 && mark <= 0x11c2:
		return base >= 0xac00 && base <= 0xd7a3 && (base-0xac00)%28 == 0
	}
	i, found := slices.BinarySearchFunc(compositions, mark, func(c composition, r rune) int { return int(c.mark - r) })
	return found && strings.ContainsRune(compositions[i].bases, base)
}

// A composition lists the bases that a mark has a common character with.
type composition struct {
	mark  rune
	bases string
}

// compositions are the primary composites of Unicode 14.0.0, by mark.
var compositions = []composition{
	{'\u0300', "AEINOUWYaeinouwy¨ÂÊÔÜâêôüĂăĒēŌōƠơƯưΑΕΗΙΟΥΩαεηιουωϊϋЕИеиἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩ᾿῾"},
	{'\u0301', "ACEGIKLMNOPRSUWYZacegiklmnoprsuwyz¨ÂÅÆÇÊÏÔÕØÜâåæçêïôõøüĂăĒēŌōŨũƠơƯưΑΕΗΙΟΥΩαεηιουωϊϋϒГКгкἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩ᾿῾"},
	{'\u0302', "ACEGHIJOSUWYZaceghijosuwyzẠạẸẹỌọ"},
	{'\u0303', "AEINOUVYaeinouvyÂÊÔâêôĂăƠơƯư"},
	{'\u0304', "AEGIOUYaegiouyÄÆÕÖÜäæõöüǪǫȦȧȮȯΑΙΥαιυИУиуḶḷṚṛ"},
	{'\u0306', "AEGIOUaegiouȨȩΑΙΥαιυАЕЖИУаежиуẠạ"},
	{'\u0307', "ABCDEFGHIMNOPRSTWXYZabcdefghmnoprstwxyzŚśŠšſṢṣ"},
	{'\u0308', "AEHIOUWXYaehiotuwxyÕõŪūΙΥιυϒІАЕЖЗИОУЧЫЭаежзиоучыэіӘәӨө"},
	{'\u0309', "AEIOUYaeiouyÂÊÔâêôĂăƠơƯư"},
	{'\u030a', "AUauwy"},
	{'\u030b', "OUouУу"},
	{'\u030c', "ACDEGHIKLNORSTUZacdeghijklnorstuzÜüƷʒ"},
	{'\u030f', "AEIORUaeioruѴѵ"},
	{'\u0311', "AEIORUaeioru"},
	{'\u0313', "ΑΕΗΙΟΩαεηιορυω"},
	{'\u0314', "ΑΕΗΙΟΡΥΩαεηιορυω"},
	{'\u031b', "OUou"},
	{'\u0323', "ABDEHIKLMNORSTUVWYZabdehiklmnorstuvwyzƠơƯư"},
	{'\u0324', "Uu"},
	{'\u0325', "Aa"},
	{'\u0326', "STst"},
	{'\u0327', "CDEGHKLNRSTcdeghklnrst"},
	{'\u0328', "AEIOUaeiou"},
	{'\u032d', "DELNTUdelntu"},
	{'\u032e', "Hh"},
	{'\u0330', "EIUeiu"},
	{'\u0331', "BDKLNRTZbdhklnrtz"},
	{'\u0338', "<=>←→↔⇐⇒⇔∃∈∋∣∥∼≃≅≈≍≡≤≥≲≳≶≷≺≻≼≽⊂⊃⊆⊇⊑⊒⊢⊨⊩⊫⊲⊳⊴⊵"},
	{'\u0342', "¨αηιυωϊϋἀἁἈἉἠἡἨἩἰἱἸἹὐὑὙὠὡὨὩ᾿῾"},
	{'\u0345', "ΑΗΩάήαηωώἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὰὴὼᾶῆῶ"},
	{'\u0653', "\u0627"},
	{'\u0654', "\u0627\u0648\u064a\u06c1\u06d2\u06d5"},
	{'\u0655', "\u0627"},
	{'\u093c', "नरळ"},
	{'\u09be', "\u09c7"},
	{'\u09d7', "\u09c7"},
	{'\u0b3e', "\u0b47"},
	{'\u0b56', "\u0b47"},
	{'\u0b57', "\u0b47"},
	{'\u0bbe', "\u0bc6\u0bc7"},
	{'\u0bd7', "ஒ\u0bc6"},
	{'\u0c56', "\u0c46"},
	{'\u0cc2', "\u0cc6"},
	{'\u0cd5', "\u0cbf\u0cc6\u0cca"},
	{'\u0cd6', "\u0cc6"},
	{'\u0d3e', "\u0d46\u0d47"},
	{'\u0d57', "\u0d46"},
	{'\u0dca', "\u0dd9\u0ddc"},
	{'\u0dcf', "\u0dd9"},
	{'\u0ddf', "\u0dd9"},
	{'\u102e', "ဥ"},
	{'\u1b35', "ᬅᬇᬉᬋᬍᬑ\u1b3a\u1b3c\u1b3e\u1b3f\u1b42"},
	{'\u3099', "うかきくけこさしすせそたちつてとはひふへほゝウカキクケコサシスセソタチツテトハヒフヘホワヰヱヲヽ"},
	{'\u309a', "はひふへほハヒフヘホ"},
	{'\U000110ba', "\U00011099\U0001109b\U000110a5"},
	{'\U00011127', "\U00011131\U00011132"},
	{'\U0001133e', "\U00011347"},
	{'\U00011357', "\U00011347"},
	{'\U000114b0', "\U000114b9"},
	{'\U000114ba', "\U000114b9"},
	{'\U000114bd', "\U000114b9"},
	{'\U000115af', "\U000115b8\U000115b9"},
	{'\U00011930', "\U00011935"},
}
