package hosttrial

import (
	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/persist"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged"
)

func user(n uint64) core.GlobalID { return core.GlobalID{Kind: core.IDUser, N: n} }

func dataShard(id core.GlobalID) persist.ShardID { return persist.ShardID{Hi: 1, Lo: id.N} }

var (
	remapShard  = persist.ShardID{Hi: 2, Lo: 1}
	statusShard = persist.ShardID{Hi: 3, Lo: 1}
	oneColumn   = relation.Schema{Columns: []relation.Column{{Name: "n", Type: relation.Uint64}}}
)

// ingest is the ingestion u1, which fills u1, u2 and u3 from outputs 0, 1 and 2.
func ingest() core.Command {
	c := core.Command{Kind: core.CommandCreateSource, Source: core.SourceCommand{
		ID: user(1), Connection: "numbers", Remap: remapShard, Status: statusShard,
	}}
	for n := uint64(1); n <= 3; n++ {
		c.Source.Exports = append(c.Source.Exports, core.SourceExport{
			ID: user(n), Output: uint32(n - 1), Data: dataShard(user(n)), Schema: oneColumn,
		})
	}
	return c
}

// export is a sink of u1.
func export(n uint64, asOf int, snapshot bool) core.Command {
	return core.Command{Kind: core.CommandCreateSink, Sink: core.SinkCommand{
		ID: user(n), Connection: topic, From: user(1), Data: dataShard(user(1)), Schema: oneColumn,
		AsOf: frontier.At(frontier.Timestamp(asOf)), Snapshot: snapshot, Status: statusShard,
	}}
}

func drop(id core.GlobalID) core.Command {
	return core.Command{Kind: core.CommandAllowCompaction, ID: id, Frontier: frontier.Empty()}
}

// connect opens a session, and sends the desired state.
func (t *Trial) connect(p *process, commands []core.Command) {
	t.nonce++
	t.hello(p, core.Session{Epoch: t.epoch, Nonce: t.nonce})
	t.send(p, commands...)
	t.send(p, core.Command{Kind: core.CommandInitializationComplete})
}

func (t *Trial) hello(p *process, s core.Session) {
	p.hello, p.helloAt = t.wall(), t.now
	t.input = storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: s, Wall: t.wall()}}
	t.step(p)
	if p.session != s {
		t.fail("S13", "a host does not accept session %v, the newest there is; it has %v", s, p.session)
	}
}

func (t *Trial) send(p *process, commands ...core.Command) {
	for i := range commands {
		t.input = storaged.Input{Kind: storaged.InputCommand, Session: p.session, Command: commands[i]}
		t.step(p)
	}
}

func (t *Trial) loseSession(p *process) {
	t.input = storaged.Input{Kind: storaged.InputSessionLost, Session: p.session}
	t.step(p)
}

// half begins a session that ends before its InitializationComplete: it changes nothing.
func (t *Trial) half(p *process, commands ...core.Command) {
	t.nonce++
	t.hello(p, core.Session{Epoch: t.epoch, Nonce: t.nonce})
	t.send(p, commands...)
	t.loseSession(p)
}

// deposed is a session of an older controller, or an older one of the same, that a host
// must refuse (H-3).
func (t *Trial) deposed(p *process) {
	s := p.session
	if s.Epoch > 1 && t.dice.N(2) == 0 {
		s = core.Session{Epoch: s.Epoch - 1, Nonce: s.Nonce + 1}
	} else {
		s.Nonce--
	}
	before := p.session
	t.input = storaged.Input{Kind: storaged.InputHello, Hello: core.Hello{Session: s, Wall: t.wall()}}
	t.step(p)
	if t.why == "" && (t.effects.Len() == 0 || t.effects.At(0).Kind != storaged.EffectRefuse || t.effects.At(0).Fenced != before) {
		t.fail("S13", "a host that knows session %v does not refuse %v", before, s)
	}
}
