package login

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/crypto/argon2"

	"github.com/cvdkit/cvdkit/cvd"
)

// User is an entry of the file of users.
type User struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups,omitempty"`
	// Password is what HashPassword made. "": no password opens it.
	Password string `json:"password,omitempty"`
	// TOTP is the key of the second factor in base32, as NewTOTP makes it. Whoever
	// has a password has one.
	TOTP string `json:"totp,omitempty"`
	// Certificates are SHA-256 fingerprints of client certificates, in hex.
	Certificates []string `json:"certificates,omitempty"`
}

func (u User) stamp() string {
	h := sha256.Sum256([]byte(u.Password + "\n" + u.TOTP))
	return hex.EncodeToString(h[:8])
}

// Users are the people in a JSON file, {"users": [{"name": …}]}. The file is read
// again when it changes, so whoever is removed is out at once.
type Users struct {
	path string
	mu   sync.Mutex
	seen os.FileInfo
	all  map[string]User
}

// OpenUsers reads a file of users. A file that is not there has none.
func OpenUsers(path string) (*Users, error) {
	u := &Users{path: path}
	_, err := u.load()
	return u, err
}

func (u *Users) load() (map[string]User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	info, err := os.Stat(u.path)
	if errors.Is(err, fs.ErrNotExist) {
		u.all, u.seen = map[string]User{}, nil
		return u.all, nil
	}
	if err != nil {
		return nil, err
	}
	if u.all != nil && u.seen != nil && os.SameFile(info, u.seen) && info.ModTime().Equal(u.seen.ModTime()) && info.Size() == u.seen.Size() {
		return u.all, nil
	}
	raw, err := os.ReadFile(u.path)
	if err != nil {
		return nil, err
	}
	all, err := parseUsers(raw)
	if err != nil {
		return nil, fmt.Errorf("login: %s: %w", u.path, err)
	}
	u.all, u.seen = all, info
	return all, nil
}

func parseUsers(raw []byte) (map[string]User, error) {
	var file struct {
		Users []User `json:"users"`
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	all := map[string]User{}
	for i, x := range file.Users {
		err := x.check()
		if _, twice := all[x.Name]; twice {
			err = errors.New("the name is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("user %d: %w", i+1, err)
		}
		all[x.Name] = x
	}
	return all, nil
}

func (u User) check() error {
	if u.Name == "" || len(u.Name) > 100 || strings.ContainsFunc(u.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("the name has 1 to 100 bytes without control characters")
	}
	if u.Password != "" {
		if _, _, err := readHash(u.Password); err != nil {
			return err
		}
		if _, err := parseTOTP(u.TOTP); err != nil {
			return errors.New("a password needs a second factor: totp is not its key in base32")
		}
	}
	for _, c := range u.Certificates {
		if b, err := hex.DecodeString(strings.ReplaceAll(c, ":", "")); err != nil || len(b) != sha256.Size {
			return errors.New("a certificate is named by its SHA-256 fingerprint in hex")
		}
	}
	return nil
}

// Find returns the user of a name, with the groups of now; false: nobody is called so.
func (u *Users) Find(name string) (User, bool, error) {
	all, err := u.load()
	x, ok := all[name]
	return x, ok, err
}

// Names are those of all, in no order; none if the file cannot be read.
func (u *Users) Names() (out []string) {
	all, _ := u.load()
	for name := range all {
		out = append(out, name)
	}
	return out
}

// Empty says whether there is nobody yet, so that a start prints a link.
func (u *Users) Empty() bool {
	all, err := u.load()
	return err == nil && len(all) == 0
}

// Put adds a user, or replaces the one of that name. The file is replaced as a
// whole, readable by its owner only. It is for the command line: of two at once one
// wins.
func (u *Users) Put(x User) error {
	if err := x.check(); err != nil {
		return fmt.Errorf("login: %w", err)
	}
	all, err := u.load()
	if err != nil {
		return err
	}
	var file struct {
		Users []User `json:"users"`
	}
	for _, y := range all {
		if y.Name != x.Name {
			file.Users = append(file.Users, y)
		}
	}
	file.Users = append(file.Users, x)
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(u.path), ".users-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), u.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	u.mu.Lock()
	u.all = nil
	u.mu.Unlock()
	return err
}

// argon2id with 19 MiB, two passes and one lane: the OWASP cheat sheet's first choice.
const (
	hashTime, hashMemory = 2, 19 << 10
	hashHead             = "$argon2id$v=19$m=19456,t=2,p=1$"
	minPassword          = 12
)

// HashPassword makes what User.Password holds. A password has 12 characters at least.
func HashPassword(password string) (string, error) {
	if len([]rune(password)) < minPassword {
		return "", fmt.Errorf("login: a password has at least %d characters", minPassword)
	}
	var salt [16]byte
	rand.Read(salt[:])
	e := base64.RawStdEncoding
	return hashHead + e.EncodeToString(salt[:]) + "$" + e.EncodeToString(hash(password, salt[:])), nil
}

func hash(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, hashTime, hashMemory, 1, 32)
}

// readHash takes hashes of one strength only: with others, the time of an answer
// would tell whose they are.
func readHash(s string) (salt, sum []byte, err error) {
	rest, ok := strings.CutPrefix(s, hashHead)
	a, b, _ := strings.Cut(rest, "$")
	if ok {
		salt, err = base64.RawStdEncoding.DecodeString(a)
		if err == nil {
			sum, err = base64.RawStdEncoding.DecodeString(b)
		}
	}
	if !ok || err != nil || len(salt) < 16 || len(sum) != 32 {
		return nil, nil, errors.New("the password is not a hash that begins with " + hashHead)
	}
	return salt, sum, nil
}

const (
	wayUsers = "users"
	nobody   = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// verify checks name, password and second factor. Whether the name, the password or
// the digits were wrong, the same work is done and the same is said.
func (l *Login) verify(ctx context.Context, name, password, digits string) (User, bool, error) {
	if l.cfg.Users == nil {
		return User{}, false, nil
	}
	select {
	case l.work <- struct{}{}:
		defer func() { <-l.work }()
	case <-ctx.Done():
		return User{}, false, ctx.Err()
	}
	u, known, err := l.cfg.Users.Find(name)
	if err != nil {
		return u, false, err
	}
	stored := u.Password
	if !known || stored == "" {
		stored, known = nobody, false
		u.TOTP = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	}
	salt, want, err := readHash(stored)
	if err != nil {
		return u, false, err
	}
	key, err := parseTOTP(u.TOTP)
	if err != nil {
		return u, false, err
	}
	right := subtle.ConstantTimeCompare(hash(password, salt), want)
	step, fits := CheckTOTP(key, digits, l.cfg.Now())
	if !known || right != 1 || !fits {
		return u, false, nil
	}
	once, err := l.spend(ctx, u, step)
	return u, once, err
}

// spend uses up the digits of a step: neither they nor older ones work again
// (RFC 6238 section 5.2), also with another process.
func (l *Login) spend(ctx context.Context, u User, step uint64) (bool, error) {
	h := keyed(l.cfg.Secret, "totp", u.Name, u.TOTP)
	key := "login/totp/" + hex.EncodeToString(h[:20])
	b, version, err := l.cfg.State.Get(ctx, key)
	if err != nil || len(b) == 8 && binary.BigEndian.Uint64(b) >= step {
		return false, err
	}
	_, err = l.cfg.State.Put(ctx, key, version, binary.BigEndian.AppendUint64(nil, step))
	if errors.Is(err, cvd.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// Certificate is a Config.Identify: who holds the client certificate that the
// server asked for (tls.RequestClientCert and above; TLS proves that they hold its
// key), by the fingerprints in the file of users. now is the clock.
func (u *Users) Certificate(now func() time.Time) func(*http.Request) (Staff, error) {
	return func(r *http.Request) (Staff, error) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			return Staff{}, nil
		}
		cert := r.TLS.PeerCertificates[0]
		if t := now(); t.Before(cert.NotBefore) || t.After(cert.NotAfter) {
			return Staff{}, nil
		}
		sum := sha256.Sum256(cert.Raw)
		mark := hex.EncodeToString(sum[:])
		all, err := u.load()
		if err != nil {
			return Staff{}, err
		}
		for _, x := range all {
			for _, c := range x.Certificates {
				if strings.EqualFold(strings.ReplaceAll(c, ":", ""), mark) {
					return Staff{x.Name, x.Groups}, nil
				}
			}
		}
		return Staff{}, nil
	}
}
