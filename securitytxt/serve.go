package securitytxt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of HandlerOptions.
const (
	DefaultMaxAge        = 24 * time.Hour
	DefaultRenewBefore   = 7 * 24 * time.Hour
	DefaultRetryAfter    = time.Minute
	DefaultSourceTimeout = 30 * time.Second
)

// HandlerOptions configure a Handler.
type HandlerOptions struct {
	// Now is the clock; it is required.
	Now func() time.Time
	// MaxAge is how long a response may be kept; zero means DefaultMaxAge. It
	// never reaches past Expires.
	MaxAge time.Duration
	// RenewBefore is how long before Expires the Source is asked again; zero
	// means DefaultRenewBefore.
	RenewBefore time.Duration
	// RetryAfter is the least time between two questions to the Source that
	// requests cause; zero means DefaultRetryAfter.
	RetryAfter time.Duration
	// Origin, like https://example.com, is where readers find the Handler. If it
	// is set, Canonical fields must list one of its two addresses.
	Origin string
	// Verifier, if set, must find the signature of a file valid; a file without
	// one is refused.
	Verifier Verifier
	// SourceTimeout bounds a question to the Source, also to one that ignores its
	// context, and a renewal that a request causes as a whole; zero means
	// DefaultSourceTimeout. What such a Source answers later is dropped, and until
	// it does it is not asked again.
	SourceTimeout time.Duration
	// OnError, if set, is told why a renewal that a request caused has failed.
	// It is called in the course of that request and must not block.
	OnError func(error)
}

// A Handler serves a file at WellKnownPath and TopLevelPath and answers 404
// elsewhere. It has ETag and Last-Modified, and answers HEAD, ranges and
// conditional requests. It is safe for concurrent use.
//
// A file whose Canonical fields name no top-level address is not served there:
// readers must not trust it. TopLevelPath then redirects to WellKnownPath.
type Handler struct {
	src     Source
	o       HandlerOptions
	current atomic.Pointer[served]
	busy    atomic.Bool // the Source has been asked and has not come back
	mu      sync.Mutex  // held while the Source is asked
	next    time.Time   // no request asks the Source before; guarded by mu
}

// served is one state of the file. It is never changed.
type served struct {
	body     []byte
	etag     string
	modified time.Time
	expires  time.Time
	topLevel bool
}

// NewHandler asks src for the file and checks it. A file that is past a limit,
// has an error-severity finding, has expired, or has Canonical fields that all
// name other places is refused with an error that names the rule.
func NewHandler(ctx context.Context, src Source, o HandlerOptions) (*Handler, error) {
	if src == nil || o.Now == nil {
		return nil, errors.New("securitytxt: NewHandler needs a Source and HandlerOptions.Now")
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.RenewBefore <= 0 {
		o.RenewBefore = DefaultRenewBefore
	}
	if o.RetryAfter <= 0 {
		o.RetryAfter = DefaultRetryAfter
	}
	if o.SourceTimeout <= 0 {
		o.SourceTimeout = DefaultSourceTimeout
	}
	var err error
	if o.Origin, err = originOf(o.Origin); err != nil {
		return nil, err
	}
	h := &Handler{src: src, o: o}
	if err := h.Renew(ctx); err != nil {
		return nil, err
	}
	return h, nil
}

// Renew asks the Source now and serves the result from the next request on. If
// it returns an error, the file before stays. A host may call it from its own
// scheduler; requests call it when Expires is near.
func (h *Handler) Renew(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.renewLocked(ctx)
}

func (h *Handler) renewLocked(ctx context.Context) error {
	now := h.o.Now()
	if now.IsZero() {
		return ErrNoClock
	}
	h.next = now.Add(h.o.RetryAfter)
	body, err := h.ask(ctx)
	if err != nil {
		return err
	}
	doc, err := Parse(body)
	if err != nil {
		return err
	}
	if err := doc.servable(now, h.o.Origin); err != nil {
		return err
	}
	if err := h.verify(ctx, doc); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	s := &served{
		body:     bytes.Clone(body),
		etag:     `"` + hex.EncodeToString(sum[:16]) + `"`,
		modified: now,
		expires:  doc.File.Expires,
		topLevel: len(doc.File.Canonical) == 0 || slices.ContainsFunc(doc.File.Canonical, isPlace(h.o.Origin, TopLevelPath)),
	}
	if old := h.current.Load(); old != nil && old.etag == s.etag {
		s.modified = old.modified
	}
	h.current.Store(s)
	return nil
}

// verify refuses a signature that is not valid, if there is somebody to ask.
func (h *Handler) verify(ctx context.Context, doc *Document) error {
	if h.o.Verifier == nil {
		return nil
	}
	v, err := doc.Verify(ctx, h.o.Verifier)
	if err != nil {
		return err
	}
	if v.Signature.Status == StatusValid {
		return nil
	}
	if len(v.Findings) > 0 {
		return &RuleError{v.Findings[0]}
	}
	return &RuleError{Finding{Code: CodeSigBad}}
}

// errSourceBusy means that the Source has not come back from a question yet.
var errSourceBusy = errors.New("securitytxt: the Source has not answered an earlier question")

// An answer is what came of a question to the Source.
type answer struct {
	body     []byte
	err      error
	panicked any
}

var errSourceLeft = errors.New("securitytxt: the Source ended its goroutine")

// ask puts a question to the Source and leaves when the time is up. A Source may
// ignore its context, so the call has a goroutine of its own, the only one of the
// package; a Handler never has more than one, and it ends when the Source returns.
func (h *Handler) ask(ctx context.Context) ([]byte, error) {
	if !h.busy.CompareAndSwap(false, true) {
		return nil, errSourceBusy
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.SourceTimeout)
	defer cancel()
	got := make(chan answer, 1)
	go h.question(ctx, got)
	select {
	case a := <-got:
		if a.panicked != nil {
			panic(a.panicked) // where the caller can recover, as without a goroutine
		}
		return a.body, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *Handler) question(ctx context.Context, got chan<- answer) {
	a := answer{err: errSourceLeft}
	defer func() {
		a.panicked = recover()
		h.busy.Store(false)
		got <- a
	}()
	a.body, a.err = h.src.SecurityTxt(ctx)
}

// ServeHTTP answers a request. Of the requests that find the file near its
// Expires, one asks the Source; the others are served meanwhile, unless the file
// has expired. An expired file is never served: the answer is 503.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != WellKnownPath && r.URL.Path != TopLevelPath {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	now := h.o.Now()
	s := h.fresh(r.Context(), now)
	header := w.Header()
	if !now.Before(s.expires) {
		header.Set("Cache-Control", "no-store")
		http.Error(w, "security.txt has expired", http.StatusServiceUnavailable)
		return
	}
	age := min(h.o.MaxAge, s.expires.Sub(now))
	header.Set("Cache-Control", "public, max-age="+strconv.FormatInt(int64(age/time.Second), 10))
	if r.URL.Path == TopLevelPath && !s.topLevel {
		http.Redirect(w, r, WellKnownPath, http.StatusMovedPermanently)
		return
	}
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("ETag", s.etag)
	http.ServeContent(w, r, "", s.modified, bytes.NewReader(s.body))
}

// fresh returns the file to serve, renewed if it is time to.
func (h *Handler) fresh(ctx context.Context, now time.Time) *served {
	s := h.current.Load()
	if s.expires.Sub(now) > h.o.RenewBefore {
		return s
	}
	if now.Before(s.expires) {
		if !h.mu.TryLock() {
			return s
		}
	} else {
		h.mu.Lock()
	}
	defer h.mu.Unlock()
	if got := h.current.Load(); got != s || now.Before(h.next) {
		return got // another request was first, or has failed just now
	}
	// A reader that hangs up must not spoil the renewal for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.o.SourceTimeout)
	defer cancel()
	if err := h.renewLocked(ctx); err != nil && h.o.OnError != nil {
		h.o.OnError(err)
	}
	return h.current.Load()
}
