package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/tidemark/realdrivers/orchestrator"
	"example.com/tidemark/realdrivers/transport"
)

// forHosts reads and checks what is said about hosts. Waiting would mend nothing of it.
func (o *options) forHosts() (err error) {
	if o.hostSecure, err = o.hostTLS(); err != nil {
		return err
	}
	if info, err := os.Stat(o.files); err == nil && !info.IsDir() {
		return fmt.Errorf("--files: %s is no directory", o.files)
	}
	if _, err := o.hostProgram(); err != nil && o.storaged != "" {
		return fmt.Errorf("--storaged: %w", err)
	}
	return nil
}

// openHosts makes the way to hosts: processes of this machine, if the program for
// them is there, and remote ones.
func (d *daemon) openHosts(s *stores) error {
	o := transport.ClientOptions{Token: d.o.hostToken, TLS: d.o.hostSecure, Log: d.log}
	if program, err := d.o.hostProgram(); err != nil {
		d.log.Warn("no managed hosts: what is to run on one waits", "error", err)
	} else {
		processes, err := orchestrator.New(orchestrator.Options{
			Dir: filepath.Join(d.o.data, "hosts"), Command: []string{program}, Env: d.o.hostEnvironment(), Log: d.log,
		})
		if err != nil {
			return err
		}
		s.orchestrator, o.Find = processes, processes.Find
		s.closers = append(s.closers, func() error { return d.leave(processes) })
	}
	client := transport.NewClient(o)
	s.transport = client
	d.gate.troubleOf(client.Trouble)
	s.closers = append(s.closers, func() error { client.Close(); return nil })
	return nil
}

// leave ends the supervision of managed hosts. They go on without a controller, and
// the next one takes them over; with --stop-hosts they end, too.
func (d *daemon) leave(processes *orchestrator.Orchestrator) error {
	if !d.o.stopHosts {
		processes.Close()
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.o.stopWithin)
	defer cancel()
	err := processes.Shutdown(ctx)
	if err != nil {
		d.log.Warn("managed hosts have not ended", "error", err)
	}
	return err
}

// hostEnvironment tells managed hosts where the shards are. It holds secrets, which a
// command line would show to everybody.
func (o *options) hostEnvironment() []string {
	return []string{
		"STORAGED_PERSIST_CONSENSUS=" + o.consensusAt.Reveal(), "STORAGED_BLOB=" + o.blobAt.Reveal(),
		"STORAGED_FILES=" + o.files, "STORAGED_LOG_LEVEL=" + o.logLevel, "STORAGED_LOG_FORMAT=" + o.logFormat,
	}
}

// hostProgram finds the program of storage hosts.
func (o *options) hostProgram() (string, error) {
	if o.storaged != "" {
		return exec.LookPath(o.storaged)
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), "storaged")
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	return exec.LookPath("storaged")
}

// hostTLS is how remote hosts are connected to; nil: without TLS.
func (o *options) hostTLS() (*tls.Config, error) {
	if (o.hostCert == "") != (o.hostKey == "") {
		return nil, errors.New("--host-cert and --host-key go together")
	}
	if o.hostCA == "" && o.hostCert == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.hostCA != "" {
		text, err := os.ReadFile(o.hostCA)
		if err != nil {
			return nil, fmt.Errorf("--host-ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--host-ca: there is no certificate in %s", o.hostCA)
		}
	}
	if o.hostCert != "" {
		pair, err := tls.LoadX509KeyPair(o.hostCert, o.hostKey)
		if err != nil {
			return nil, fmt.Errorf("--host-cert, --host-key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
