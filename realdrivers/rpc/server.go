package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
	"example.com/tidemark/realdrivers/runtime"
)

// MaxMessage is how many bytes a message may have, decompressed.
const MaxMessage = 64 << 20

// Controller is what answers: a *runtime.Controller.
type Controller interface {
	// Submit gives a request to the machine and waits for its response.
	Submit(ctx context.Context, r *core.Request) (*core.Response, error)
	// Look runs f between two steps.
	Look(ctx context.Context, f func(machine *core.Controller)) error
	// Collections, Exports and Hosts list what the machine believes.
	Collections(ctx context.Context, holds bool) ([]runtime.Collection, error)
	Exports(ctx context.Context) ([]core.ExportView, error)
	Hosts(ctx context.Context) ([]core.HostView, error)
	// Steps tells when there were steps, until end is called or the controller has ended.
	Steps(ctx context.Context) (raised <-chan struct{}, end func(), err error)
	// Status does not wait for the loop.
	Status() runtime.Status
	// Err is why the controller ended; nil while it runs.
	Err() error
}

// Options of a server.
type Options struct {
	Controller Controller
	// Version of the program, and where its data is, without secrets; for Status.
	Version string
	Stores  []string
	// Trouble says what was wrong when a host was connected to last; nil: nobody knows.
	Trouble func(host core.HostID) error
	// Uptime of the program in milliseconds.
	Uptime func() uint64
	// Stopping is closed when watches are to end; nil: never.
	Stopping <-chan struct{}
	// Source and Sink say what is wrong with the connection of an ingestion or an export,
	// as far as it shows without connecting, and without secrets; nil: hosts find out.
	Source, Sink func(connection string) error
	// Called hears how long each call took, and its code, ok or an error's; nil: nobody
	// does.
	Called func(call, code string, took time.Duration)
	// Log hears of faults in this program; nil: nobody does.
	Log *slog.Logger
}

// Server answers the API's calls.
type Server struct {
	Options
	schemas  schemaCache
	underWay budget
}

var _ tidemarkpb.ControllerHandler = (*Server)(nil)

// NewServer makes a server; it holds nothing that must be closed.
func NewServer(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Uptime == nil {
		o.Uptime = func() uint64 { return 0 }
	}
	if o.Called == nil {
		o.Called = func(string, string, time.Duration) {}
	}
	return &Server{Options: o}
}

// Handler is the API as a part of an HTTP server: everything below path.
func (s *Server) Handler() (path string, handler http.Handler) {
	path, handler = tidemarkpb.NewControllerHandler(s,
		connect.WithCodec(jsonCodec{"json"}), connect.WithCodec(jsonCodec{"json; charset=utf-8"}),
		connect.WithReadMaxBytes(MaxMessage), connect.WithRecover(s.recovered),
		connect.WithInterceptors(interceptor{s.Called}))
	return path, explained(s.underWay.bounded(handler))
}

// recovered answers a call in which a handler panicked: a fault of this program.
func (s *Server) recovered(_ context.Context, spec connect.Spec, _ http.Header, value any) error {
	s.Log.Error("a call's handler panicked; please report this", "call", spec.Procedure, "panic", fmt.Sprint(value),
		"stack", string(debug.Stack()))
	return connect.NewError(connect.CodeInternal, fmt.Errorf("rpc: %s failed because of a fault in the server; its log says more", spec.Procedure))
}

// submit gives a request to the machine. The error is ready to be returned.
func (s *Server) submit(ctx context.Context, r *core.Request) (*core.Response, error) {
	response, err := s.Controller.Submit(ctx, r)
	if err != nil {
		return nil, s.failure(err)
	}
	return response, nil
}

// answer submits a request whose response says nothing else than that it is done.
// bad is why there is no request.
func (s *Server) answer(ctx context.Context, r *core.Request, bad error) (*connect.Response[tidemarkpb.Answer], error) {
	if bad != nil {
		return nil, s.failure(bad)
	}
	response, err := s.submit(ctx, r)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&tidemarkpb.Answer{Epoch: response.Epoch, Clock: uint64(response.Clock)}), nil
}

func (s *Server) failure(err error) error { return failure(err, s.Controller.Status().Epoch) }
