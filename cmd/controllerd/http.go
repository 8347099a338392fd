package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"example.com/tidemark/core"
)

// handler is everything that is served on the one port.
func (d *daemon) handler() http.Handler {
	guarded := http.NewServeMux()
	path, api := d.api().Handler()
	guarded.Handle(path, api)
	guarded.Handle("GET /metrics", d.metrics.handler())
	guarded.Handle("GET /{$}", page())
	guarded.Handle("GET /page/", page())
	all := http.NewServeMux()
	all.HandleFunc("GET /healthz", d.healthz)
	all.HandleFunc("GET /readyz", d.readyz)
	all.Handle("/", d.authorized(guarded))
	return all
}

// authorized lets only those in who know the token: as a bearer token, or as the
// password that a browser asks for. Without a token, which is possible on the
// loopback interface only, it lets only those in who meant this server: a page of
// elsewhere that made its own name lead here did not.
func (d *daemon) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case d.o.token == "" && !isLoopback(hostOf(r)):
			refuse(w, r, http.StatusForbidden, "permission_denied",
				fmt.Sprintf("controllerd: %q is not a name of the loopback interface; without a token only those are served", r.Host))
		case d.o.token != "" && subtle.ConstantTimeCompare([]byte(tokenOf(r)), []byte(d.o.token)) != 1:
			w.Header().Set("WWW-Authenticate", `Basic realm="Tidemark: any name, and the token as the password", charset="UTF-8"`)
			refuse(w, r, http.StatusUnauthorized, "unauthenticated",
				"controllerd: the token is missing or wrong; send it as Authorization: Bearer TOKEN")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func hostOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return strings.Trim(r.Host, "[]")
}

func tokenOf(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	_, password, _ := r.BasicAuth()
	return password
}

// refuse answers in the form of the API's errors. gRPC clients take their code from
// the status.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	if strings.HasPrefix(r.URL.Path, "/tidemark.") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message})
		return
	}
	http.Error(w, message, status)
}

// stuckAfter is how long the loop may take to come by.
const stuckAfter = 10 * time.Second

// healthz says whether the process does its work; if not, it should be started again.
// Waiting for stores is not a failure, and a controller that has ended is on its way
// out by itself.
func (d *daemon) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), d.stuckAfter)
	defer cancel()
	if err := d.gate.Look(ctx, func(*core.Controller) {}); errors.Is(err, context.DeadlineExceeded) {
		http.Error(w, fmt.Sprintf("the controller's loop has not come by for %s", d.stuckAfter), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// readyz says whether requests are served.
func (d *daemon) readyz(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-d.stopping:
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	default:
	}
	if err := d.gate.Err(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if st := d.gate.Status(); st.Phase != core.PhaseRunning {
		http.Error(w, fmt.Sprintf("the controller is in phase %s: it reads the metadata store%s", st.Phase, d.metrics.trouble()), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}
