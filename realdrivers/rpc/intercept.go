package rpc

import (
	"context"
	"strings"
	"time"

	"connectrpc.com/connect"
)

// interceptor tells how calls ended.
type interceptor struct {
	called func(call, code string, took time.Duration)
}

func (i interceptor) tell(procedure string, began time.Time, err error) {
	code := "ok"
	if err != nil {
		code = connect.CodeOf(err).String()
	}
	i.called(procedure[strings.LastIndexByte(procedure, '/')+1:], code, time.Since(began))
}

// WrapUnary implements connect.Interceptor.
func (i interceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, call connect.AnyRequest) (connect.AnyResponse, error) {
		began := time.Now()
		answer, err := next(ctx, call)
		i.tell(call.Spec().Procedure, began, err)
		return answer, err
	}
}

// WrapStreamingClient implements connect.Interceptor: there are no clients here.
func (interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler implements connect.Interceptor.
func (i interceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, stream connect.StreamingHandlerConn) error {
		began := time.Now()
		err := next(ctx, stream)
		i.tell(stream.Spec().Procedure, began, err)
		return err
	}
}
