package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

const (
	grammarTimeout = 30 * time.Second
	maxAnswer      = 4 << 20
)

// checkGrammar asks a LanguageTool server at base, for test 6.3.16. Its rules about
// spelling are switched off: that is test 6.3.8.
func checkGrammar(client *http.Client, base string) (func(ctx context.Context, lang, text string) ([]string, error), error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("-grammar wants the http or https URL of a LanguageTool server")
	}
	if !strings.HasSuffix(u.Path, "/check") {
		u = u.JoinPath("v2", "check")
	}
	return func(ctx context.Context, lang, text string) ([]string, error) {
		ctx, cancel := context.WithTimeout(ctx, grammarTimeout)
		defer cancel()
		form := url.Values{"language": {lang}, "text": {text}, "disabledCategories": {"TYPOS"}}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		if err != nil {
			return nil, fmt.Errorf("the grammar server does not answer: %w", err)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return nil, err
		}
		if res.StatusCode == http.StatusBadRequest && bytes.Contains(answer, []byte("language code")) {
			return nil, csaf.ErrLanguage
		}
		var found struct {
			Matches []struct{ Message string }
		}
		if err := json.Unmarshal(answer, &found); res.StatusCode != http.StatusOK || err != nil {
			return nil, fmt.Errorf("the grammar server answers with status %d and no list of matches", res.StatusCode)
		}
		var out []string
		for _, m := range found.Matches {
			out = append(out, printable(m.Message))
		}
		return out, nil
	}, nil
}

// printable keeps what a server says from steering a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}
