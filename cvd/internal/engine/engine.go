package engine

import (
	"sync/atomic"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Engine decides on commands and appends what they lead to.
type Engine struct {
	*caselog.Book
	Bound bool // to a host's transaction: see Service.Using
}

// New returns an Engine. All defaults of the Config are filled in.
func New(cfg cvd.Config) *Engine {
	guard := &caselog.GuardedStore{Store: cfg.Store, Secret: cfg.Secret, Right: new(atomic.Bool)}
	cfg.Store = guard
	return &Engine{Book: &caselog.Book{Cfg: cfg, Guard: guard, Cache: caselog.NewCache(cfg.Cached)}}
}

// Using returns an Engine over another Store, which keeps nothing in memory and does
// not decide again after a conflict.
func (s *Engine) Using(store storage.Store) *Engine {
	guard := &caselog.GuardedStore{Store: store, Secret: s.Cfg.Secret, Right: s.Guard.Right, Bound: true}
	cfg := s.Cfg
	cfg.Store = guard
	return &Engine{Book: &caselog.Book{Cfg: cfg, Guard: guard, Cache: caselog.NewCache(-1)}, Bound: true}
}
