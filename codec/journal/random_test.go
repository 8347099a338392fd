package journal

import (
	"math/rand/v2"
	"reflect"

	"example.com/tidemark/core"
)

// randomInput is an input of a kind with anything in the fields that the kind reads.
func randomInput(rnd *rand.Rand, kind core.InputKind) core.Input {
	in := core.Input{Kind: kind}
	fill(rnd, &in.Cause)
	switch kind {
	case core.InputBoot:
		fill(rnd, &in.Boot)
	case core.InputRequest:
		fill(rnd, &in.Request)
	case core.InputCancel:
		fill(rnd, &in.Cancel)
	case core.InputPersistDone:
		fill(rnd, &in.Effect)
		fill(rnd, &in.Persist)
	case core.InputStashDone:
		fill(rnd, &in.Effect)
		fill(rnd, &in.Stash)
	case core.InputHostDone:
		fill(rnd, &in.Effect)
		fill(rnd, &in.HostResult)
	case core.InputReport:
		fill(rnd, &in.Host)
		fill(rnd, &in.Session)
		fill(rnd, &in.Report)
	case core.InputSessionLost:
		fill(rnd, &in.Host)
		fill(rnd, &in.Session)
	case core.InputOrchestratorDone:
		fill(rnd, &in.Effect)
		fill(rnd, &in.Orchestrator)
	default:
	}
	return in
}

func randomEffect(rnd *rand.Rand, kind core.EffectKind) core.Effect {
	e := core.Effect{Kind: kind}
	fill(rnd, &e.ID)
	fill(rnd, &e.Cause)
	switch kind {
	case core.EffectPersist:
		fill(rnd, &e.Persist)
	case core.EffectStash:
		fill(rnd, &e.Stash)
	case core.EffectRespond:
		fill(rnd, &e.Response)
	case core.EffectHost:
		fill(rnd, &e.Host)
		for i := range e.Host.Commands {
			e.Host.Commands[i] = randomCommand(rnd)
		}
	case core.EffectOrchestrator:
		fill(rnd, &e.Orchestrator)
	default:
	}
	return e
}

func randomCommand(rnd *rand.Rand) core.Command {
	c := core.Command{Kind: core.CommandKind(rnd.IntN(int(core.CommandKindCount)))}
	switch c.Kind {
	case core.CommandCreateSource:
		fill(rnd, &c.Source)
	case core.CommandCreateSink:
		fill(rnd, &c.Sink)
	case core.CommandUpdateConfiguration:
		fill(rnd, &c.Settings)
	default:
		fill(rnd, &c.ID)
		fill(rnd, &c.Frontier)
	}
	return c
}

func fill[T any](rnd *rand.Rand, v *T) { fillValue(rnd, reflect.ValueOf(v).Elem()) }

// fillValue sets every field to anything of its type; lists are nil or not empty.
func fillValue(rnd *rand.Rand, v reflect.Value) {
	bits := rnd.Uint64() >> (rnd.IntN(8) * 8)
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(bits&1 == 1)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(bits & (^uint64(0) >> (64 - v.Type().Bits())))
	case reflect.Int64:
		v.SetInt(int64(bits))
	case reflect.String:
		b := make([]byte, rnd.IntN(6))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		v.SetString(string(b))
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(rnd, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fillValue(rnd, v.Index(i))
		}
	case reflect.Slice:
		if n := rnd.IntN(3); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fillValue(rnd, v.Index(i))
			}
		}
	case reflect.Pointer:
		if bits&1 == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			fillValue(rnd, v.Elem())
		}
	default:
		panic("journal: a field of kind " + v.Kind().String() + ": describe it, then fill it here")
	}
}
