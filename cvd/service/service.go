package service

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Service takes commands and keeps cases. It starts no goroutine and holds no
// connection; all methods are safe for concurrent use, also by several processes
// on the same Store.
type Service struct {
	e *engine.Engine

	ownRender bool // Config.Render is the host's
	languages languages
}

// New returns a Service. It returns an error only if a required field is missing
// or a value is impossible; it does not touch the Store.
func New(cfg cvd.Config) (*Service, error) {
	if cfg.Store == nil {
		return nil, errors.New("cvd: Config.Store is missing; memstore.New() will do for a start")
	}
	if len(cfg.Secret) < 32 {
		return nil, fmt.Errorf("cvd: Config.Secret has %d bytes, 32 random ones are needed", len(cfg.Secret))
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	ownRender := cfg.Render != nil
	if !ownRender {
		cfg.Render = cvd.RenderTexts
	}
	if cfg.Floor == nil {
		cfg.Floor = (*cvd.Message).Floor
	}
	if cfg.Prefix == "" {
		cfg.Prefix = "CVD"
	}
	if !validPrefix(cfg.Prefix) {
		return nil, errors.New("cvd: Config.Prefix takes 1 to 16 letters A to Z")
	}
	if cfg.Policies == nil {
		team, _ := policy.ByName("team")
		cfg.Policies = []policy.Policy{team}
	}
	if cfg.Submissions == nil {
		look, _ := policy.ByName("submission")
		cfg.Submissions = []policy.Policy{look}
	}
	for _, p := range slices.Concat(cfg.Policies, cfg.Submissions) {
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("cvd: Config.Policies or Submissions: %w", err)
		}
	}
	if err := checkEmbargo(&cfg); err != nil {
		return nil, err
	}
	if err := checkSubscribers(&cfg); err != nil {
		return nil, err
	}
	if cfg.Language != "" && !engine.IsLanguage(cfg.Language) {
		return nil, fmt.Errorf("cvd: Config.Language is %q, a language tag such as de is needed", cfg.Language)
	}
	languages, err := newLanguages(cfg.Texts)
	if err != nil {
		return nil, err
	}
	if t := cfg.Team; t.Portal != "" && !strings.HasPrefix(t.Portal, "https://") || !engine.WebAddress(cmp.Or(t.Portal, "https://portal.example")) || strings.ContainsAny(t.Key+t.Portal, "\r\n") {
		return nil, errors.New("cvd: Config.Team.Portal is no https address, or Key has a line break")
	}
	if cfg.Team.Roles == 0 {
		cfg.Team.Roles = cvd.RoleVendor
	}
	if cfg.Cached == 0 {
		cfg.Cached = 256
	}
	if cfg.Lease == 0 {
		cfg.Lease = 2 * time.Minute
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = 20
	}
	if cfg.MaxAhead == 0 {
		cfg.MaxAhead = 10 * time.Minute
	}
	if cfg.Lease < 0 || cfg.Attempts < 0 || cfg.SendTimeout < 0 {
		return nil, errors.New("cvd: Config.Lease, Attempts and SendTimeout are not negative")
	}
	switch most := cfg.Lease / 4; {
	case cfg.SendTimeout == 0:
		cfg.SendTimeout = min(30*time.Second, most)
	case cfg.SendTimeout > most:
		return nil, fmt.Errorf("cvd: Config.SendTimeout is %s, and a quarter of the Lease is %s", cfg.SendTimeout, most)
	}
	cfg.Limits = withDefaults(cfg.Limits)
	return &Service{e: engine.New(cfg), ownRender: ownRender, languages: languages}, nil
}

// Using returns a Service over another Store, for a call inside a transaction of
// the host:
//
//	svc.Using(store.WithTx(tx)).Do(ctx, …)
//
// It shares nothing that the transaction has not committed, and it does not
// decide again after ErrConflict: the host rolls back and repeats.
func (s *Service) Using(store storage.Store) *Service {
	t := *s
	t.e = s.e.Using(store)
	return &t
}

//go:generate go test . -run ^TestFormats$ -update-formats

// Format prints no field: fmt cannot ask the Secret in there to hide itself.
func (s Service) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "service.Service") }
