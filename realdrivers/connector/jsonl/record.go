package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/sink"
)

// record is what is kept beside the output. Writing it is what commits.
type record struct {
	Format int `json:"format"`
	// Export that the file belongs to.
	Export string `json:"export"`
	// Progress is a time; Finished stands for the empty frontier.
	Progress uint64 `json:"progress"`
	Finished bool   `json:"finished,omitempty"`
	Count    uint64 `json:"count"`
	Epoch    uint64 `json:"epoch"`
	FenceHi  uint64 `json:"fence_hi"`
	FenceLo  uint64 `json:"fence_lo"`
	// Bytes of the output that are committed.
	Bytes int64 `json:"bytes"`
}

const recordFormat = 1

func (v *record) progress() frontier.Frontier {
	return frontier.Frontier{T: frontier.Timestamp(v.Progress), Empty: v.Finished}
}

func (v *record) setProgress(f frontier.Frontier) {
	v.Progress, v.Finished = uint64(f.T), f.IsEmpty()
}

func (v *record) fence() sink.Fence { return sink.Fence{Hi: v.FenceHi, Lo: v.FenceLo} }

func (v *record) setFence(f sink.Fence) { v.FenceHi, v.FenceLo = f.Hi, f.Lo }

// readRecord is the zero record if there is none.
func (s *Sink) readRecord(root *os.Root) (record, error) {
	var v record
	b, err := root.ReadFile(s.name + recordSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("%s is not the progress of a sink: %w", s.name+recordSuffix, err)
	}
	if v.Format != recordFormat || v.Bytes < 0 || !v.progress().Valid() {
		return v, fmt.Errorf("%s is of format %d, wanted %d, or was changed by somebody", s.name+recordSuffix, v.Format, recordFormat)
	}
	return v, nil
}

// commit makes the record durable: all of it, or nothing. If the outcome is Unknown
// it may be either.
func (s *Sink) commit(root *os.Root, id core.GlobalID, v *record) (outcome.Outcome, error) {
	v.Format, v.Export = recordFormat, id.String()
	b, err := json.Marshal(v)
	if err != nil {
		return outcome.NotDone, err
	}
	name := s.name + recordSuffix
	if err := writeSynced(root, name+".tmp", append(b, '\n')); err != nil {
		return outcome.NotDone, err
	}
	if err := root.Rename(name+".tmp", name); err != nil {
		return outcome.Unknown, err
	}
	if err := syncParents(root, name); err != nil {
		return outcome.Unknown, err
	}
	return outcome.Done, nil
}

func writeSynced(root *os.Root, name string, b []byte) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncParents makes the names of a file and of its directories durable.
func syncParents(root *os.Root, name string) error {
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		f, err := root.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
		if dir == "." {
			return nil
		}
	}
}
