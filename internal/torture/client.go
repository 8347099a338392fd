//go:build linux

package torture

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// api is a client of whichever controller leads: it tries them in turn.
type api struct {
	http    *http.Client
	clients []tidemarkpb.ControllerClient
	latest  atomic.Int64
}

func newAPI(addresses ...string) *api {
	a := &api{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	for _, address := range addresses {
		a.clients = append(a.clients, tidemarkpb.NewControllerClient(a.http, "http://"+address))
	}
	return a
}

// callTimeout is how long a client waits for one answer.
const callTimeout = 8 * time.Second

// call makes one request of the controller that answered last, or of the next one if
// that failed. It repeats nothing.
func call[Q, A any](ctx context.Context, a *api, q *Q, method func(tidemarkpb.ControllerClient, context.Context, *connect.Request[Q]) (*connect.Response[A], error)) (*A, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	at := a.latest.Load()
	answer, err := method(a.clients[int(at)%len(a.clients)], ctx, connect.NewRequest(q))
	if err != nil {
		if detail(err) == nil || detail(err).GetCode() == "Halted" || detail(err).GetCode() == "NotLeader" || detail(err).GetCode() == "" {
			a.latest.CompareAndSwap(at, at+1)
		}
		return nil, err
	}
	return answer.Msg, nil
}

// until repeats a call that may be repeated until it succeeds or is refused for good.
func until[Q, A any](ctx context.Context, a *api, q *Q, method func(tidemarkpb.ControllerClient, context.Context, *connect.Request[Q]) (*connect.Response[A], error), done ...connect.Code) (*A, error) {
	for {
		answer, err := call(ctx, a, q, method)
		if err == nil {
			return answer, nil
		}
		for _, code := range done {
			if connect.CodeOf(err) == code {
				return nil, err
			}
		}
		if ctx.Err() != nil {
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// detail is what a controller says of a failure; nil if none of them said anything.
func detail(err error) *tidemarkpb.ErrorDetail {
	var answer *connect.Error
	if !errors.As(err, &answer) {
		return nil
	}
	for _, d := range answer.Details() {
		if m, bad := d.Value(); bad == nil {
			if e, ok := m.(*tidemarkpb.ErrorDetail); ok {
				return e
			}
		}
	}
	return nil
}
