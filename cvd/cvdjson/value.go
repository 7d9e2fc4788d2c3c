package cvdjson

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var (
	timeType      = reflect.TypeFor[time.Time]()
	durationType  = reflect.TypeFor[time.Duration]()
	policyType    = reflect.TypeFor[policy.Policy]()
	readerType    = reflect.TypeFor[io.Reader]()
	caseIDType    = reflect.TypeFor[cvd.CaseID]()
	privateType   = reflect.TypeFor[cvd.Private]()
	partyType     = reflect.TypeFor[cvd.Participant]()
	messageType   = reflect.TypeFor[cvd.Message]()
	eventType     = reflect.TypeFor[cvd.Event]()
	embargoType   = reflect.TypeFor[cvd.Embargo]()
	caseType      = reflect.TypeFor[cvd.Case]()
	csEventType   = reflect.TypeFor[vultron.CSEvent]()
	marshalType   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshalType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// form is how a Go type looks in JSON.
type form int

const (
	formStruct form = iota
	formList
	formMap
	formTime
	formDuration
	formPolicy
	formFile
	formSet  // several words of an enumeration
	formWord // one word of an enumeration
	formText // by MarshalText, or a string
	formInt
	formUint
	formFloat
	formBool
	formPointer
	formNone // it has no form: a test finds it
)

func formOf(t reflect.Type) form {
	switch t {
	case timeType:
		return formTime
	case durationType:
		return formDuration
	case policyType:
		return formPolicy
	case readerType:
		return formFile
	case privateType:
		return formText
	}
	switch {
	case isSet(t):
		return formSet
	case t.Kind() == reflect.Pointer:
		return formPointer
	case t.Implements(marshalType):
		if !reflect.PointerTo(t).Implements(unmarshalType) {
			return formNone
		}
		if t.Kind() == reflect.Uint8 {
			return formWord
		}
		return formText
	}
	switch t.Kind() {
	case reflect.Struct:
		return formStruct
	case reflect.Slice:
		return formList
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return formMap
		}
	case reflect.String:
		return formText
	case reflect.Bool:
		return formBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return formInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return formUint
	case reflect.Float64, reflect.Float32:
		return formFloat
	}
	return formNone
}

// isSet tells the types whose bits are words.
func isSet(t reflect.Type) bool {
	return t == reflect.TypeFor[cvd.Roles]() || t == reflect.TypeFor[cvd.Erasable]()
}

// word returns the word of an enumeration's value.
func word(v reflect.Value) (string, error) {
	b, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	return string(b), err
}

// words are all of an enumeration that have a name, in the order of its numbers.
func words(t reflect.Type) (out []string) {
	v := reflect.New(t).Elem()
	for n := range uint64(256) {
		v.SetUint(n)
		w, err := word(v)
		if err == nil && w != "" && !strings.HasSuffix(w, ")") {
			out = append(out, w)
		}
	}
	return out
}

// setWords are the words of a set.
func setWords(t reflect.Type) (out []string) {
	v := reflect.New(t).Elem()
	for bit := range t.Bits() {
		v.SetUint(1 << bit)
		if w, err := word(v); err == nil && !strings.HasSuffix(w, ")") {
			out = append(out, w)
		}
	}
	return out
}

// readWord sets v to the value whose word is s. Letter case, blanks, hyphens and
// underscores do not matter where no two words differ in them only.
func readWord(v reflect.Value, s string) error {
	err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
	if err == nil {
		return nil
	}
	if v.Type() == csEventType {
		for i, name := range csEventNames {
			if plain(s) == plain(name) {
				v.SetUint(uint64(i + 1))
				return nil
			}
		}
	}
	same := ""
	for _, w := range words(v.Type()) {
		if plain(w) == plain(s) {
			if same != "" {
				return wordsAre(v.Type())
			}
			same = w
		}
	}
	if same == "" {
		return wordsAre(v.Type())
	}
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(same))
}

// csEventNames say what the letters V, F, D, P, X and A stand for.
var csEventNames = [...]string{"vendor aware", "fix ready", "fix deployed", "public aware", "exploit public", "attacks observed"}

func wordsAre(t reflect.Type) error {
	all := words(t)
	if isSet(t) {
		all = setWords(t)
	}
	if len(all) > 40 {
		all = append(all[:8], "…")
	}
	return fmt.Errorf("the words are: %s", strings.Join(all, ", "))
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// formatTime writes an instant by RFC 3339, with the offset of its zone. An offset
// with seconds, which RFC 3339 cannot say, becomes UTC.
func formatTime(t time.Time) (string, error) {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC()
	}
	if y := t.Year(); y < 0 || y > 9999 {
		return "", errors.New("its year has no RFC 3339 form")
	}
	return t.Format(time.RFC3339Nano), nil
}

// ParseTime reads an instant by RFC 3339. Its zone is UTC, or one that has nothing
// but the offset: never the zone of the machine.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || strings.Contains(s, ",") {
		return time.Time{}, errors.New("it is no date and time by RFC 3339, for example 2026-12-24T18:00:00+01:00")
	}
	_, offset := t.Zone()
	if offset == 0 {
		return t.UTC(), nil
	}
	return t.In(time.FixedZone("", offset)), nil
}

// formatDuration writes a duration by ISO 8601, in hours, minutes and seconds: a
// day of a calendar may have 23.
func formatDuration(d time.Duration) string {
	if d == 0 {
		return "PT0S"
	}
	sign := ""
	u := uint64(d)
	if d < 0 {
		sign, u = "-", -u
	}
	const second, minute, hour = uint64(time.Second), uint64(time.Minute), uint64(time.Hour)
	out := sign + "PT"
	if h := u / hour; h > 0 {
		out += strconv.FormatUint(h, 10) + "H"
	}
	if m := u % hour / minute; m > 0 {
		out += strconv.FormatUint(m, 10) + "M"
	}
	if s := u % minute; s > 0 {
		out += strconv.FormatUint(s/second, 10)
		if f := s % second; f > 0 {
			out += "." + strings.TrimRight(fmt.Sprintf("%09d", f), "0")
		}
		out += "S"
	}
	return out
}

// parseDuration reads a duration by ISO 8601, weeks and days too, which have 24
// hours here, or as Go writes it.
func parseDuration(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	bad := errors.New("it is no duration by ISO 8601, for example P7D or PT72H")
	rest, negative := strings.CutPrefix(s, "-")
	rest, ok := strings.CutPrefix(rest, "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, bad
	}
	days, clock, _ := strings.Cut(rest, "T")
	var total time.Duration
	for _, part := range []struct {
		text, units string
		sizes       []time.Duration
	}{{days, "WD", []time.Duration{7 * 24 * time.Hour, 24 * time.Hour}}, {clock, "HMS", []time.Duration{time.Hour, time.Minute, time.Second}}} {
		last := -1
		for text := part.text; text != ""; {
			end := strings.IndexAny(text, part.units)
			if end < 1 {
				return 0, bad
			}
			unit := strings.IndexByte(part.units, text[end])
			number := text[:end]
			if unit <= last || strings.Trim(number, "0123456789.") != "" || strings.Contains(number, ".") && part.units[unit] != 'S' {
				return 0, bad
			}
			last = unit
			size := part.sizes[unit]
			whole, fraction, _ := strings.Cut(number, ".")
			n, err := strconv.ParseInt(whole, 10, 64)
			if err != nil || n > int64(1<<63-1-total)/int64(size) {
				return 0, bad
			}
			total += time.Duration(n) * size
			if strings.Contains(number, ".") {
				d, err := time.ParseDuration("0." + fraction + "s")
				if err != nil || total > 1<<63-1-d {
					return 0, bad
				}
				total += d
			}
			text = text[end+1:]
		}
	}
	if negative {
		total = -total
	}
	return total, nil
}
