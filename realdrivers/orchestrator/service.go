package orchestrator

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/realdrivers/transport"
)

// Files of a service's directory.
const (
	stateFile   = "service.json"
	stateLock   = "service.lock"
	processFile = "process.json"
	processLock = "process.lock"
	tokenFile   = "token"
	addressFile = "address"
	logFile     = "log"
)

const stateFormat = 1

// state is what is wanted of a service.
type state struct {
	Format int  `json:"format"`
	Run    bool `json:"run"`
	// Epoch is the highest that a call about it had, whether or not it runs.
	Epoch uint64 `json:"epoch"`
}

// service is a service's directory, locked.
type service struct {
	host  core.HostID
	dir   string
	lock  *os.File
	state state
}

// nameOf is the name of a service's directory.
func nameOf(host core.HostID) string {
	return host.Object.String() + "-" + strconv.FormatUint(uint64(host.Size), 10)
}

// hostOf reads the name of a service's directory.
func hostOf(name string) (core.HostID, bool) {
	object, size, ok := strings.Cut(name, "-")
	id, valid := core.ParseGlobalID(object)
	n, err := strconv.ParseUint(size, 10, 32)
	h := core.HostID{Object: id, Size: uint32(n)}
	return h, ok && valid && err == nil && nameOf(h) == name
}

// services lists all that there is a directory of.
func (o *Orchestrator) services() ([]core.HostID, error) {
	entries, err := os.ReadDir(o.options.Dir)
	if err != nil {
		return nil, err
	}
	var list []core.HostID
	for _, e := range entries {
		if h, ok := hostOf(e.Name()); ok && e.IsDir() {
			list = append(list, h)
		}
	}
	return list, nil
}

// open locks a service's directory and reads what is wanted of it. Only if it may be
// made is it there afterwards.
func (o *Orchestrator) open(ctx context.Context, host core.HostID, create bool) (*service, error) {
	if host.Remote() || !host.Object.Valid() || host.Size == 0 {
		return nil, fmt.Errorf("%v is not a managed host", host)
	}
	s := &service{host: host, dir: filepath.Join(o.options.Dir, nameOf(host))}
	if create {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(s.path(stateLock), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no service of host %v", host)
	}
	if err != nil {
		return nil, err
	}
	if err := lockWithin(ctx, f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", s.path(stateLock), err), f.Close())
	}
	s.lock = f
	if err := s.read(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close unlocks the directory.
func (s *service) close() { s.lock.Close() }

func (s *service) path(name string) string { return filepath.Join(s.dir, name) }

// read is the zero state if there is none yet.
func (s *service) read() error {
	b, err := os.ReadFile(s.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &s.state); err != nil || s.state.Format != stateFormat {
		return fmt.Errorf("%s is not the record of a service, or of another format than %d: remove the directory %s when no process of it runs",
			s.path(stateFile), stateFormat, s.dir)
	}
	return nil
}

// save makes the state durable: all of it, or nothing, or nobody knows.
func (s *service) save() (outcome.Outcome, error) {
	s.state.Format = stateFormat
	b, err := json.Marshal(&s.state)
	if err != nil {
		return outcome.NotDone, err
	}
	if err := s.token(); err != nil {
		return outcome.NotDone, err
	}
	done, err := replace(s.path(stateFile), append(b, '\n'))
	switch {
	case err == nil:
		return outcome.Done, nil
	case !done:
		return outcome.NotDone, err
	}
	return outcome.Unknown, err
}

// token makes the service's token if there is none.
func (s *service) token() error {
	if _, err := os.Stat(s.path(tokenFile)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err := replace(s.path(tokenFile), []byte(rand.Text()+"\n"))
	return err
}

// replace writes a file, durably; renamed says whether that may have taken effect if
// there is an error.
func replace(path string, b []byte) (renamed bool, err error) {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return false, err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return true, err
	}
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		d, err := os.Open(dir)
		if err != nil {
			return true, err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return true, err
		}
	}
	return true, nil
}

// place is where the process listens.
func (s *service) place() (transport.Place, error) {
	address, err := os.ReadFile(s.path(addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return transport.Place{}, errors.New("its process has not said yet where it listens")
	}
	if err != nil {
		return transport.Place{}, err
	}
	token, err := os.ReadFile(s.path(tokenFile))
	if err != nil {
		return transport.Place{}, err
	}
	return transport.Place{Address: strings.TrimSpace(string(address)), Token: strings.TrimSpace(string(token))}, nil
}
