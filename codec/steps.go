package codec

import "example.com/tidemark/core"

// AppendInput appends the line of an input.
func AppendInput(b []byte, v *core.Input) []byte { return write(b, v, input) }

// ParseInput reads the line of an input.
func ParseInput(line string) (core.Input, error) { return parse(line, input) }

// AppendEffect appends the line of an effect.
func AppendEffect(b []byte, v *core.Effect) []byte { return write(b, v, effect) }

// ParseEffect reads the line of an effect.
func ParseEffect(line string) (core.Effect, error) { return parse(line, effect) }

func input(c *coder, v *core.Input) {
	head(c, &v.Kind, core.InputKind.String)
	put(c, "cause", &v.Cause, unsigned)
	put(c, "effect", &v.Effect, unsigned)
	put(c, "cancel", &v.Cancel, unsigned)
	group(c, "boot", &v.Boot, boot)
	group(c, "request", &v.Request, request)
	group(c, "result", &v.Persist, persistResult)
	group(c, "stash-result", &v.Stash, stashResult)
	group(c, "host", &v.Host, hostID)
	group(c, "session", &v.Session, session)
	group(c, "host-result", &v.HostResult, hostResult)
	group(c, "report", &v.Report, report)
	group(c, "orchestrator-result", &v.Orchestrator, orchestratorResult)
}

func effect(c *coder, v *core.Effect) {
	head(c, &v.Kind, core.EffectKind.String)
	put(c, "id", &v.ID, unsigned)
	put(c, "cause", &v.Cause, unsigned)
	group(c, "call", &v.Persist, persistCall)
	group(c, "transaction", &v.Stash, stashCall)
	group(c, "response", &v.Response, response)
	group(c, "host", &v.Host, hostCall)
	group(c, "orchestrator", &v.Orchestrator, orchestratorCall)
}

func boot(c *coder, v *core.Boot) {
	put(c, "entropy0", &v.Entropy[0], unsigned)
	put(c, "entropy1", &v.Entropy[1], unsigned)
	put(c, "entropy2", &v.Entropy[2], unsigned)
	put(c, "entropy3", &v.Entropy[3], unsigned)
	group(c, "config", &v.Config, config)
}

func config(c *coder, v *core.Config) {
	put(c, "reader-lease", &v.ReaderLease, signed)
	put(c, "heartbeat", &v.Heartbeat, signed)
	put(c, "hold-lease", &v.HoldLease, signed)
	put(c, "clock-margin", &v.ClockMargin, signed)
	put(c, "fetch-every", &v.FetchEvery, signed)
	put(c, "advance-every", &v.AdvanceEvery, signed)
	put(c, "since-every", &v.SinceEvery, signed)
	put(c, "backoff-min", &v.BackoffMin, signed)
	put(c, "backoff-max", &v.BackoffMax, signed)
	put(c, "persist-deadline", &v.PersistDeadline, signed)
	put(c, "read-deadline", &v.ReadDeadline, signed)
	put(c, "stash-deadline", &v.StashDeadline, signed)
	put(c, "snapshot-wait", &v.SnapshotWait, signed)
	put(c, "max-clock-skew", &v.MaxClockSkew, signed)
	put(c, "host-deadline", &v.HostDeadline, signed)
	put(c, "move-grace", &v.MoveGrace, signed)
	put(c, "drop-grace", &v.DropGrace, signed)
	put(c, "writer-grace", &v.WriterGrace, signed)
	put(c, "services-every", &v.ServicesEvery, signed)
	put(c, "open-requests", &v.Limits.OpenRequests, signed)
	put(c, "queued-appends", &v.Limits.QueuedAppends, signed)
	put(c, "queued-bytes", &v.Limits.QueuedBytes, signed)
	put(c, "holds-per-owner", &v.Limits.HoldsPerOwner, signed)
	put(c, "ids-per-request", &v.Limits.IDsPerRequest, signed)
}
