package persist

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/realdrivers/location"
	"example.com/tidemark/realdrivers/persist/batch"
)

// eachBlob are settings with which every append is a blob of its own, and stays so.
func eachBlob() shard.Config {
	c := shard.Defaults()
	c.InlineMax, c.MaxBatches, c.MaxRounds = 24, 1000, 3
	return c
}

// A blob that is not what was put is not served: the read fails, it is told what is
// wrong with which blob, and when the blob is mended the read goes on.
func TestDamagedBlob(t *testing.T) {
	p := place{t.TempDir()}
	d, heard := p.open(t, eachBlob())
	for n := range uint64(2) {
		if o := appendAt(d, n, payload(n)); o != outcome.Done {
			t.Fatal(o)
		}
	}
	holds(t, d, 2)
	keys := p.files(t, theShard)
	if len(keys) != 2 {
		t.Fatalf("blobs: %v", keys)
	}
	path := filepath.Join(p.dir, "blobs", filepath.FromSlash(keys[0]))
	good := read(t, path)
	other := read(t, filepath.Join(p.dir, "blobs", filepath.FromSlash(keys[1])))
	seal := strings.Index(string(good), "tidemarkbatch")
	for _, c := range []struct {
		name string
		file []byte // nil: it is removed
		want shard.Problem
		as   any
		says string
	}{
		{"changed", changed(good, 10), shard.ProblemChecksum, new(*batch.ChecksumError), "SHA-256"},
		{"cut short", good[:len(good)/2], shard.ProblemBlob, new(*batch.SealError), "cut short"},
		{"empty", []byte{}, shard.ProblemBlob, new(*batch.SealError), "of 0 bytes"},
		{"of a newer version", changed(good, seal+len("tidemarkbatch")+1), shard.ProblemVersion, new(*batch.VersionError), "run the version"},
		{"another's", other, shard.ProblemContents, new(*ContentsError), "the state says 1 of"},
		{"gone", nil, shard.ProblemMissing, nil, "restore this blob"},
	} {
		t.Run(c.name, func(t *testing.T) {
			replace(t, path, c.file)
			heard.take()
			r := do(d, persist.Call{Op: persist.OpSnapshot, Reader: theReader, AsOf: 1})
			if r.Outcome != outcome.NotDone || r.Updates != nil {
				t.Errorf("%+v", r)
			}
			list := heard.take()
			if len(list) == 0 {
				t.Fatal("nothing was told")
			}
			e := list[0]
			if e.Shard != theShard || e.Key != keys[0] || e.Problem != c.want || c.as != nil && !errors.As(e, c.as) {
				t.Errorf("%+v: %v", *e, e)
			}
			for _, part := range []string{theShard.String(), keys[0], c.says} {
				if !strings.Contains(e.Error(), part) {
					t.Errorf("%q does not say %q", e.Error(), part)
				}
			}
			// What does not need the blob goes on.
			if r := do(d, persist.Call{Op: persist.OpFetchUpper}); r.Outcome != outcome.Done {
				t.Errorf("fetch upper: %+v", r)
			}
			replace(t, path, good)
			holds(t, d, 2)
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func changed(file []byte, at int) []byte {
	c := slices.Clone(file)
	c[at]++
	return c
}

func replace(t *testing.T, path string, file []byte) {
	t.Helper()
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err == nil && file != nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A merge that meets a damaged blob leaves everything as it is, and says so. Who has
// just put the blobs does not read them, so it is made by somebody else.
func TestMergeOfDamagedBlob(t *testing.T) {
	p := place{t.TempDir()}
	first, _ := p.open(t, eachBlob())
	for n := range uint64(3) {
		if o := appendAt(first, n, payload(n)); o != outcome.Done {
			t.Fatal(o)
		}
	}
	d, heard := p.open(t, eachBlob())
	keys := p.files(t, theShard)
	path := filepath.Join(p.dir, "blobs", filepath.FromSlash(keys[1]))
	good := read(t, path)
	replace(t, path, changed(good, len(good)-1))
	before := p.head(t, theShard)
	d.Compact(theShard)
	for len(heard.take()) == 0 {
		if r := do(d, persist.Call{Op: persist.OpFetchUpper}); r.Outcome != outcome.Done {
			t.Fatal(r)
		}
	}
	if after := p.head(t, theShard); after != before {
		t.Errorf("the state went from %d to %d", before.Seqno, after.Seqno)
	}
	replace(t, path, good)
	d.Compact(theShard)
	for d.Stats().Merges == 0 {
		if r := do(d, persist.Call{Op: persist.OpFetchUpper}); r.Outcome != outcome.Done {
			t.Fatal(r)
		}
	}
	holds(t, d, 3)
}

// A state that is not one is not taken for an empty shard, nor for an older state:
// every call of that shard fails and says why, after a restart, too. Other shards go
// on.
func TestDamagedState(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(data string) string
		want   shard.Problem
		says   string
	}{
		{"another program's", func(string) string { return "this is not a shard's state at all" }, shard.ProblemMagic, "no other program"},
		{"cut to nothing", func(data string) string { return data[:3] }, shard.ProblemTruncated, "restore the consensus store"},
		{"cut short", func(data string) string { return data[:len(data)-1] }, shard.ProblemChecksum, "restore the consensus store"},
		{"of a newer version", func(data string) string { return data[:4] + "\x7f" + data[5:] }, shard.ProblemVersion, "format version 127, and this program knows versions up to 2: it was written by a newer one; run the version"},
		{"changed", func(data string) string { return data[:len(data)-1] + "\x00" }, shard.ProblemChecksum, "restore the consensus store"},
		{"another number's", func(data string) string { return data }, shard.ProblemChecksum, "restore the consensus store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := place{t.TempDir()}
			d, heard := p.open(t, eachBlob())
			if o := appendAt(d, 0, payload(0)); o != outcome.Done {
				t.Fatal(o)
			}
			head := p.head(t, theShard)
			p.ask(t, &states.Call{
				Op: states.OpCompareAndSet, Key: shard.StateKey(theShard),
				Expected: head.Seqno, New: head.Seqno + 1, Data: c.damage(head.Data),
			})
			again, heardAgain := p.open(t, eachBlob())
			for i, d := range []*Driver{d, again} {
				for _, call := range []persist.Call{
					{Op: persist.OpFetchUpper},
					{Op: persist.OpOpenLeasedReader, Reader: theReader, Lease: 1_000_000},
					{Op: persist.OpFinalize},
				} {
					if r := do(d, call); r.Outcome != outcome.NotDone {
						t.Errorf("%v by driver %d: %+v", call.Op, i, r)
					}
				}
				if o := appendAt(d, 1, payload(1)); o != outcome.NotDone {
					t.Errorf("append: %v", o)
				}
				if r := do(d, persist.Call{Op: persist.OpFetchUpper, Shard: persist.ShardID{Hi: 9}}); r.Outcome != outcome.Done {
					t.Errorf("another shard: %+v", r)
				}
			}
			told, toldAgain := heard.take(), heardAgain.take()
			if len(told) < 4 || len(toldAgain) < 4 {
				t.Errorf("told of %d and %d problems at four calls each", len(told), len(toldAgain))
			}
			for _, e := range slices.Concat(told, toldAgain) {
				if e.Problem != c.want || e.Shard != theShard || e.Key != shard.StateKey(theShard) ||
					!strings.Contains(e.Error(), theShard.String()) || !strings.Contains(e.Error(), c.says) {
					t.Errorf("%+v: %v", *e, e)
				}
				if e.Newer() != (c.want == shard.ProblemVersion) {
					t.Errorf("newer: %v: %v", e.Newer(), e)
				}
			}
		})
	}
}

// What cannot be opened says where and why, without secrets.
func TestWhatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	quiet := Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for _, c := range [][2]string{
		{"s3://bucket", "mem://"},
		{"mem://", "sqlite://" + file},
		{"postgres://me:sesame@127.0.0.1:1/db?connect_timeout=2", "mem://"},
		{"sqlite://" + file, "mem://"},
		{"mem://", "file://" + file},
	} {
		d, err := Open(context.Background(), c[0], c[1], quiet)
		if err == nil {
			t.Errorf("%s and %s were opened", c[0], c[1])
			_ = d.Close()
			continue
		}
		var bad *location.Error
		var failed *Error
		if !errors.As(err, &bad) && !errors.As(err, &failed) || strings.Contains(err.Error(), "me:sesame") {
			t.Errorf("%T: %v", err, err)
		}
	}
	wrong := shard.Defaults()
	wrong.MaxRounds = 0
	if _, err := Open(context.Background(), "mem://", "mem://", Options{Config: wrong}); err == nil {
		t.Error("settings that cannot be used were accepted")
	}
}
