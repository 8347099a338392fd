//go:build !linux

package orchestrator

import (
	"context"
	"errors"
	"os"
)

var errElsewhere = errors.New("managed hosts run on Linux only; give ingestions and exports the address of a remote host")

func lockWithin(context.Context, *os.File) error { return errElsewhere }

func (s *service) seize() (*os.File, error) { return nil, errElsewhere }

func (s *service) running() (bool, error) { return false, errElsewhere }

func (s *service) start(_, _ []string, _ *os.File, _ func(error)) error { return errElsewhere }

func (s *service) signal(bool) error { return errElsewhere }
