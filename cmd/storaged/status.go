package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/storaged"
	"example.com/tidemark/internal/program"
)

// lookWithin bounds how long a look at the machine may wait.
const lookWithin = 5 * time.Second

// status is what a host says of itself.
type status struct {
	Version string `json:"version"`
	Host    string `json:"host,omitempty"`
	Uptime  string `json:"uptime"`
	Phase   string `json:"phase"`
	// Epoch and Session of the controller that was obeyed last; Open says whether the
	// session lasts, Ready that everything that is to run was told.
	Epoch       uint64   `json:"epoch"`
	Session     uint64   `json:"session"`
	Open        bool     `json:"session_open"`
	Ready       bool     `json:"ready"`
	OpenEffects int      `json:"open_effects"`
	Objects     []object `json:"objects"`
}

// object is an ingestion or export that the host runs.
type object struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Condition string `json:"condition"`
	// Frontier as it is printed: [time], or [] at the end.
	Frontier string `json:"frontier"`
	Buffered int    `json:"buffered_records"`
	frontier frontier.Frontier
}

// status reads the machine between two steps.
func (d *daemon) status(ctx context.Context) (s status, err error) {
	s = status{Version: program.Version("storaged"), Host: d.o.host, Uptime: time.Since(d.began).Round(time.Second).String(), Objects: []object{}}
	err = d.host.Look(ctx, func(m *storaged.Host) {
		var v storaged.View
		m.View(&v)
		s.Phase, s.Epoch, s.Session = v.Phase.String(), v.Session.Epoch, v.Session.Nonce
		s.Open, s.Ready, s.OpenEffects = v.Open, v.Ready, v.OpenEffects
		m.Each(func(v *storaged.ObjectView) bool {
			kind := "ingestion"
			if v.Sink {
				kind = "export"
			}
			s.Objects = append(s.Objects, object{
				ID: v.ID.String(), Kind: kind, Condition: v.Condition.String(), Frontier: v.Frontier.String(),
				Buffered: v.Buffered, frontier: v.Frontier,
			})
			return true
		})
	})
	return s, err
}

// serveStatus serves health, metrics and status, if an address was given, until end
// is called. served gets the error of a server that failed.
func (d *daemon) serveStatus() (served <-chan error, end func(), err error) {
	failed := make(chan error, 1)
	if d.o.statusListen == "" {
		return failed, func() {}, nil
	}
	listener, err := net.Listen("tcp", d.o.statusListen)
	if err != nil {
		return nil, nil, fmt.Errorf("--status-listen: %w", err)
	}
	d.metrics.registry.MustRegister(d)
	server := &http.Server{
		Handler: d.pages(), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("--status-listen: %w", err)
		}
	}()
	d.log.Info("status is served", "address", listener.Addr().String())
	return failed, func() {
		server.Close()
		<-done
	}, nil
}

func (d *daemon) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		d.answer(w, r, func(s *status) bool { return s.Phase == storaged.PhaseRunning.String() })
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		d.answer(w, r, func(s *status) bool { return s.Ready })
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		d.answer(w, r, func(*status) bool { return true })
	})
	return mux
}

// answer writes the status; if it is not good, as 503.
func (d *daemon) answer(w http.ResponseWriter, r *http.Request, good func(*status) bool) {
	ctx, cancel := context.WithTimeout(r.Context(), lookWithin)
	defer cancel()
	s, err := d.status(ctx)
	if err != nil {
		http.Error(w, "storaged: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if !good(&s) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(&s); err != nil {
		d.log.Debug("a status was not sent", "error", err)
	}
}
