package main

import (
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

// openHosts makes the way to hosts: processes of this machine, if the program for
// them is there, and remote ones.
func (d *daemon) openHosts(s *stores) error {
	secure, err := d.o.hostTLS()
	if err != nil {
		return err
	}
	o := transport.ClientOptions{Token: d.o.hostToken, TLS: secure, Log: d.log}
	program, err := d.o.hostProgram()
	switch {
	case err != nil && d.o.storaged != "":
		return err
	case err != nil:
		d.log.Warn("no managed hosts: what is to run on one waits", "error", err)
	default:
		processes, err := orchestrator.New(orchestrator.Options{
			Dir: filepath.Join(d.o.data, "hosts"), Command: d.o.hostCommand(program), Log: d.log,
		})
		if err != nil {
			return err
		}
		s.orchestrator, o.Find = processes, processes.Find
		s.closers = append(s.closers, func() error { processes.Close(); return nil })
	}
	client := transport.NewClient(o)
	s.transport = client
	s.closers = append(s.closers, func() error { client.Close(); return nil })
	return nil
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
