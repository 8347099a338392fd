package persist

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist"
	contract "example.com/tidemark/core/persist/blob"
	states "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/core/persist/shard"
	"example.com/tidemark/realdrivers/blob"
	"example.com/tidemark/realdrivers/consensus"
)

// Consensus makes calls of the store that shards' states are in.
type Consensus interface {
	Do(ctx context.Context, call *states.Call, result *states.Result)
}

// Blobs makes calls of the store that shards' bulk data is in.
type Blobs interface {
	Do(ctx context.Context, call *contract.Call, result *contract.Result)
}

// Driver makes calls of shards. It is safe for concurrent use, and so are several
// drivers of the same stores, also in several processes.
type Driver struct {
	machines []*machine
	below    *below
	// owned are the stores that Open opened.
	owned []interface{ Close() error }
	once  sync.Once
	err   error
}

// Open opens the stores at two locations and is a driver over them. Its errors are
// *location.Error or *Error and show no secrets.
func Open(ctx context.Context, consensusAt, blobsAt string, options Options) (*Driver, error) {
	at, err := consensus.Parse(consensusAt)
	if err != nil {
		return nil, err
	}
	data, err := blob.Parse(blobsAt)
	if err != nil {
		return nil, err
	}
	c, err := consensus.Open(ctx, at, consensus.Options{Log: options.Log})
	if err != nil {
		return nil, &Error{"open consensus store", at, err}
	}
	b, err := blob.Open(ctx, data, blob.Options{Log: options.Log})
	if err != nil {
		return nil, errors.Join(&Error{"open blob store", data, err}, c.Close())
	}
	d, err := New(c, b, options)
	if err != nil {
		return nil, errors.Join(err, c.Close(), b.Close())
	}
	d.owned = append(d.owned, c, b)
	return d, nil
}

// New is a driver over stores that stay the caller's, who closes the driver first.
func New(c Consensus, b Blobs, options Options) (*Driver, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	d := &Driver{below: newBelow(c, b, &options)}
	for range options.Machines {
		m := newMachine(d.below, &options)
		d.machines = append(d.machines, m)
		m.start(shard.Boot{Entropy: entropy(), Config: options.Config})
	}
	return d, nil
}

// entropy is what no other machine is given.
func entropy() (words [4]uint64) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return words
}

// Do makes a call and overwrites the whole result. The call is not used any more when
// it returns; the lists in it are frozen.
func (d *Driver) Do(ctx context.Context, call *persist.Call, result *persist.Result) {
	*result = persist.Result{}
	if reason := persist.CheckArguments(call); reason != persist.ReasonNone {
		result.Outcome, result.Reason = outcome.Invalid, reason
		return
	}
	if ctx.Err() != nil {
		result.Outcome = outcome.NotDone
		return
	}
	d.machineOf(call.Shard).do(ctx, call, result)
}

// Compact asks for a shard to be compacted now, as far as its since allows (P-19). It
// does not wait for that, and a store that fails is not asked again.
func (d *Driver) Compact(id persist.ShardID) {
	d.machineOf(id).send(&entry{in: shard.Input{Kind: shard.InputCompact, Call: persist.Call{Shard: id}}})
}

// machineOf is the machine that has the shard.
func (d *Driver) machineOf(id persist.ShardID) *machine {
	return d.machines[(id.Hi^id.Lo^id.Lo>>32)%uint64(len(d.machines))]
}

// Stats counts what was done so far.
func (d *Driver) Stats() Stats { return d.below.stats.snapshot() }

// Close ends the driver's goroutines and what they do in the stores. Calls that are
// not answered are Unknown, those that come later NotDone. Only the first Close does
// anything.
func (d *Driver) Close() error {
	d.once.Do(func() {
		for _, m := range d.machines {
			m.end()
		}
		d.below.end()
		for _, store := range d.owned {
			d.err = errors.Join(d.err, store.Close())
		}
	})
	return d.err
}
