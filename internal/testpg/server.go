package testpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say what a server is to be like. The zero value is a fast one that
// forgets what it was told when the machine stops.
type Options struct {
	// Durable makes commits wait for the disk, for tests that kill the server.
	Durable bool
	// Settings are further ones as in postgresql.conf; a later one of a name wins.
	Settings []string
}

// Server is a Postgres of version 15 or so, for one test or one test binary. Its
// methods are for one goroutine at a time.
type Server struct {
	bin, dir string
	options  Options
	command  *exec.Cmd
	// ended is closed when the process has ended.
	ended     chan struct{}
	databases atomic.Uint64
}

// starting bounds how long a server may take to answer.
const starting = time.Minute

// create makes a data directory; nothing runs yet.
func create(options Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), installing+starting)
	defer cancel()
	bin, err := programs(ctx)
	if err != nil {
		return nil, err
	}
	// The path of a socket may have 107 bytes.
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "tidemark-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir, options: options}
	if err := s.initialize(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) initialize(ctx context.Context) error {
	if err := own(s.dir); err != nil {
		return err
	}
	attributes, err := attributes()
	if err != nil {
		return err
	}
	// A process that ends with its thread must not lose it while it runs.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", "postgres",
		"-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	command.Dir, command.Env, command.SysProcAttr = s.dir, environment(), attributes
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("testpg: initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// LogFile is where the server writes its log.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "log") }

// environment is that of this process without what would change a server.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
}

// Start starts a server that was stopped or killed, and returns when it answers.
func (s *Server) Start() error {
	ready := make(chan error, 1)
	s.ended = make(chan struct{})
	go s.run(ready)
	if err := <-ready; err != nil {
		return err
	}
	return s.answers()
}

// run starts the process and waits for its end, on one thread, with which the
// process ends.
func (s *Server) run(ready chan<- error) {
	runtime.LockOSThread()
	defer close(s.ended)
	attributes, err := attributes()
	if err != nil {
		ready <- err
		return
	}
	log, err := os.OpenFile(s.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		ready <- err
		return
	}
	defer log.Close()
	s.command = exec.Command(filepath.Join(s.bin, "postgres"), s.arguments()...)
	s.command.Dir, s.command.Env, s.command.SysProcAttr = s.dir, environment(), attributes
	s.command.Stdout, s.command.Stderr = log, log
	err = s.command.Start()
	ready <- err
	if err == nil {
		// How it ended is in its log.
		_ = s.command.Wait()
	}
}

func (s *Server) arguments() []string {
	settings := []string{
		"listen_addresses=", "unix_socket_directories=" + s.dir, "unix_socket_permissions=0777",
		"wal_level=logical", "max_connections=200", "shared_buffers=32MB", "timezone=UTC", "log_statement=none",
	}
	if !s.options.Durable {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	arguments := []string{"-D", s.data()}
	for _, setting := range append(settings, s.options.Settings...) {
		arguments = append(arguments, "-c", setting)
	}
	return arguments
}

// answers waits until the server takes connections.
func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), starting)
	defer cancel()
	for {
		err := s.Exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("testpg: the server ended at its start; its log:\n%s", s.log())
		case <-ctx.Done():
			return fmt.Errorf("testpg: the server does not answer: %w; its log:\n%s", err, s.log())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) log() string {
	text, _ := os.ReadFile(s.LogFile())
	return string(text[max(0, len(text)-4096):])
}

// Stop ends the server as an administrator would who does not wait for sessions.
// Stopping one that does not run is nothing.
func (s *Server) Stop() error {
	return s.end(func(process *os.Process) error { return process.Signal(os.Interrupt) })
}

// Kill ends the server and everything that it does at once, as a loss of power
// would. What was committed is there after the next Start if the server is Durable.
func (s *Server) Kill() error { return s.end(killTree) }

func (s *Server) end(how func(*os.Process) error) error {
	select {
	case <-s.ended:
		return nil
	default:
	}
	if err := how(s.command.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("testpg: end the server: %w", err)
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(starting):
		return fmt.Errorf("testpg: the server does not end; its log:\n%s", s.log())
	}
}

// remove ends the server and deletes what it had.
func (s *Server) remove() error { return errors.Join(s.Kill(), os.RemoveAll(s.dir)) }

// URL is the location of a database of the server.
func (s *Server) URL(database string) string {
	return "postgres://postgres@/" + database + "?" + url.Values{"host": {s.dir}}.Encode()
}

// Exec runs statements without arguments in the database that every server has.
func (s *Server) Exec(ctx context.Context, sql string) error {
	connection, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, sql)
	return errors.Join(err, connection.Close(ctx))
}

// Pause stops the server and everything that it does, as a machine that hangs, until
// Resume.
func (s *Server) Pause() error { return pauseTree(s.command.Process) }

// Resume lets a server go on that was paused.
func (s *Server) Resume() error { return resumeTree(s.command.Process) }
