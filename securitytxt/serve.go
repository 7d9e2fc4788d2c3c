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
	// RenewBefore is how long before Expires, or before the key ends if Verifier
	// tells when, the Source is asked again; zero means DefaultRenewBefore.
	RenewBefore time.Duration
	// RetryAfter is the least time between two questions to the Source that
	// requests cause; zero means DefaultRetryAfter.
	RetryAfter time.Duration
	// Origin, like https://example.com, is where readers find the Handler. If it
	// is set, Canonical fields must list one of its two addresses.
	Origin string
	// Verifier, if set, must find the signature of a file valid; a file without
	// one is refused. A key that ends before Expires is none to refuse for: see
	// RenewBefore.
	Verifier Verifier
	// SourceTimeout bounds a question to the Source and the Verifier, also to one
	// that ignores its context; zero means DefaultSourceTimeout. What comes later is
	// dropped, and until it does nobody is asked again.
	SourceTimeout time.Duration
	// OnError, if set, is told why a renewal that a request caused has failed.
	// It is called in the course of that request and must not block.
	OnError func(error)
}

// A Handler serves a file at WellKnownPath and TopLevelPath and answers 404
// elsewhere. It has ETag and Last-Modified, and answers HEAD, ranges and
// conditional requests. It is safe for concurrent use.
//
// A file whose Canonical fields name only one of the two addresses is not served at
// the other: readers must not trust it there. The other redirects.
type Handler struct {
	src     Source
	o       HandlerOptions
	current atomic.Pointer[served]
	busy    atomic.Bool   // the Source has been asked and has not come back
	turn    chan struct{} // holds one value while the Source is asked
	next    time.Time     // no request asks the Source before; guarded by turn
}

// served is one state of the file. It is never changed.
type served struct {
	body     []byte
	etag     string
	modified time.Time
	expires  time.Time
	keyEnds  time.Time // zero: never, or not known
	at       [2]bool   // whether WellKnownPath and TopLevelPath have it
}

// until is when a renewal is due at the latest.
func (s *served) until() time.Time {
	if !s.keyEnds.IsZero() && s.keyEnds.Before(s.expires) {
		return s.keyEnds
	}
	return s.expires
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
	h := &Handler{src: src, o: o, turn: make(chan struct{}, 1)}
	if err := h.Renew(ctx); err != nil {
		return nil, err
	}
	return h, nil
}

// Renew asks the Source now and serves the result from the next request on. If
// it returns an error, the file before stays. A host may call it from its own
// scheduler; requests call it when Expires is near.
func (h *Handler) Renew(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.turn }()
	return h.renewLocked(ctx)
}

// renewLocked renews in its turn.
func (h *Handler) renewLocked(ctx context.Context) error {
	now := h.o.Now()
	if now.IsZero() {
		return ErrNoClock
	}
	h.next = now.Add(h.o.RetryAfter)
	s, err := h.ask(ctx, now)
	if err != nil {
		return err
	}
	if old := h.current.Load(); old != nil && old.etag == s.etag {
		s.modified = old.modified
	}
	h.current.Store(s)
	return nil
}

// judge makes of the bytes what is served, or says why not.
func (h *Handler) judge(ctx context.Context, body []byte, now time.Time) (*served, error) {
	doc, err := Parse(body)
	if err != nil {
		return nil, err
	}
	if err := doc.servable(now, h.o.Origin); err != nil {
		return nil, err
	}
	keyEnds, err := h.verify(ctx, doc)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	s := &served{body: bytes.Clone(body), etag: `"` + hex.EncodeToString(sum[:16]) + `"`, modified: now, expires: doc.File.Expires, keyEnds: keyEnds}
	for i, path := range []string{WellKnownPath, TopLevelPath} {
		s.at[i] = len(doc.File.Canonical) == 0 || slices.ContainsFunc(doc.File.Canonical, isPlace(h.o.Origin, path))
	}
	return s, nil
}

// verify refuses a signature that is not valid, if there is somebody to ask. It
// returns when the key ends, if that is known.
func (h *Handler) verify(ctx context.Context, doc *Document) (keyEnds time.Time, err error) {
	if h.o.Verifier == nil {
		return keyEnds, nil
	}
	v, err := doc.Verify(ctx, h.o.Verifier)
	if err != nil {
		return keyEnds, err
	}
	if v.Signature.Status == StatusValid {
		return v.Signature.KeyExpires, nil
	}
	if len(v.Findings) > 0 {
		return keyEnds, &RuleError{v.Findings[0]}
	}
	return keyEnds, &RuleError{Finding{Code: CodeSigBad}}
}

// errSourceBusy means that the Source has not come back from a question yet.
var errSourceBusy = errors.New("securitytxt: the Source has not answered an earlier question")

// An answer is what came of a question to the Source.
type answer struct {
	file     *served
	err      error
	panicked any
}

var errSourceLeft = errors.New("securitytxt: the Source ended its goroutine")

// ask puts a question to the Source, and what comes to the Verifier, and leaves when
// the time is up. Either may ignore its context, so the calls have a goroutine of
// their own, the only one of the package; a Handler never has more than one, and it
// ends when they return.
func (h *Handler) ask(ctx context.Context, now time.Time) (*served, error) {
	if !h.busy.CompareAndSwap(false, true) {
		return nil, errSourceBusy
	}
	ctx, cancel := context.WithTimeout(ctx, h.o.SourceTimeout)
	defer cancel()
	got := make(chan answer, 1)
	go h.question(ctx, now, got)
	select {
	case a := <-got:
		if a.panicked != nil {
			panic(a.panicked) // where the caller can recover, as without a goroutine
		}
		if err := ctx.Err(); err != nil && a.err == nil {
			return nil, err // a Source that does not look, and was just quick enough
		}
		return a.file, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *Handler) question(ctx context.Context, now time.Time, got chan<- answer) {
	a := answer{err: errSourceLeft}
	defer func() {
		a.panicked = recover()
		h.busy.Store(false)
		got <- a
	}()
	body, err := h.src.SecurityTxt(ctx)
	if err == nil {
		a.file, err = h.judge(ctx, body, now)
	}
	a.err = err
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
	if now.IsZero() || !now.Before(s.expires) {
		header.Set("Cache-Control", "no-store")
		header.Set("Retry-After", strconv.FormatInt(int64((h.o.RetryAfter+time.Second-1)/time.Second), 10))
		http.Error(w, "security.txt has expired", http.StatusServiceUnavailable)
		return
	}
	age := min(h.o.MaxAge, s.expires.Sub(now))
	if until := s.until(); now.Before(until) {
		age = min(age, until.Sub(now))
	} else {
		age = min(age, h.o.RetryAfter) // the key has ended: a better file may come soon
	}
	header.Set("Cache-Control", "public, max-age="+strconv.FormatInt(int64(age/time.Second), 10))
	paths := [...]string{WellKnownPath, TopLevelPath}
	if i := slices.Index(paths[:], r.URL.Path); !s.at[i] {
		http.Redirect(w, r, paths[1-i], http.StatusMovedPermanently)
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
	if s.until().Sub(now) > h.o.RenewBefore || now.IsZero() {
		return s
	}
	if now.Before(s.expires) {
		select {
		case h.turn <- struct{}{}:
		default:
			return s
		}
	} else {
		select {
		case h.turn <- struct{}{}:
		case <-ctx.Done(): // the reader has hung up
			return s
		}
	}
	defer func() { <-h.turn }()
	if got := h.current.Load(); got != s || now.Before(h.next) {
		return got // another request was first, or has failed just now
	}
	// A reader that hangs up must not spoil the renewal for all.
	if err := h.renewLocked(context.WithoutCancel(ctx)); err != nil && h.o.OnError != nil {
		h.o.OnError(err)
	}
	return h.current.Load()
}
