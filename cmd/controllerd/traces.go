package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// traces sends what the controller does to an OpenTelemetry collector, by OTLP over
// HTTP in its JSON form: a span for each call of the API and for each call of a store
// or host. It never delays anything: what the collector does not take in time is
// dropped and counted. The zero pointer sends nothing.
type traces struct {
	endpoint string
	log      *slog.Logger
	client   *http.Client
	spans    chan span
	// quit and done end the goroutine that sends.
	quit, done chan struct{}

	mu      sync.Mutex
	dropped uint64
	failing bool
}

type span struct {
	name, outcome string
	end           time.Time
	took          time.Duration
}

const (
	spansQueued  = 4096
	spansAtOnce  = 512
	spansWithin  = time.Second
	sendDeadline = 10 * time.Second
)

// newTraces begins to send to the collector at endpoint; nil if there is none.
func newTraces(endpoint string, log *slog.Logger) *traces {
	if endpoint == "" {
		return nil
	}
	t := &traces{
		endpoint: strings.TrimSuffix(endpoint, "/") + "/v1/traces", log: log, client: &http.Client{Timeout: sendDeadline},
		spans: make(chan span, spansQueued), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go t.run()
	return t
}

// add notes something that has just ended.
func (t *traces) add(name, outcome string, took time.Duration) {
	if t == nil {
		return
	}
	select {
	case t.spans <- span{name, outcome, time.Now(), took}:
	default:
		t.mu.Lock()
		t.dropped++
		t.mu.Unlock()
	}
}

func (t *traces) close() {
	if t == nil {
		return
	}
	close(t.quit)
	<-t.done
	t.client.CloseIdleConnections()
}

func (t *traces) run() {
	defer close(t.done)
	tick := time.NewTicker(spansWithin)
	defer tick.Stop()
	var batch []span
	for {
		select {
		case s := <-t.spans:
			if batch = append(batch, s); len(batch) < spansAtOnce {
				continue
			}
		case <-tick.C:
		case <-t.quit:
			for len(t.spans) > 0 {
				batch = append(batch, <-t.spans)
			}
			t.send(batch)
			return
		}
		t.send(batch)
		batch = batch[:0]
	}
}

// send posts a batch. That it fails is said once, until it succeeds again.
func (t *traces) send(batch []span) {
	if len(batch) == 0 {
		return
	}
	err := t.post(batch)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil && !t.failing:
		t.log.Warn("traces are not taken; they are dropped until they are", "endpoint", t.endpoint, "error", err)
	case err == nil && t.failing:
		t.log.Info("traces are taken again", "dropped", t.dropped)
	}
	if t.failing = err != nil; t.failing {
		t.dropped += uint64(len(batch))
	}
}

func (t *traces) post(batch []span) error {
	body, err := json.Marshal(otlp(batch))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendDeadline)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := t.client.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %s", response.Status)
	}
	return nil
}

// The JSON form of OTLP, as far as it is used.
type (
	otlpExport struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource struct {
			Attributes []otlpAttribute `json:"attributes"`
		} `json:"resource"`
		ScopeSpans []otlpScope `json:"scopeSpans"`
	}
	otlpScope struct {
		Scope struct {
			Name string `json:"name"`
		} `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpAttribute struct {
		Key   string            `json:"key"`
		Value map[string]string `json:"value"`
	}
)

// spanKindInternal is OTLP's number for work inside a service.
const spanKindInternal = 1

func otlp(batch []span) otlpExport {
	var scope otlpScope
	scope.Scope.Name = "example.com/tidemark/cmd/controllerd"
	for _, s := range batch {
		var id [24]byte
		rand.Read(id[:]) // never fails
		scope.Spans = append(scope.Spans, otlpSpan{
			TraceID: hex.EncodeToString(id[:16]), SpanID: hex.EncodeToString(id[16:]), Name: s.name, Kind: spanKindInternal,
			Start: strconv.FormatInt(s.end.Add(-s.took).UnixNano(), 10), End: strconv.FormatInt(s.end.UnixNano(), 10),
			Attributes: []otlpAttribute{textAttribute("outcome", s.outcome)},
		})
	}
	var resource otlpResource
	resource.Resource.Attributes = []otlpAttribute{textAttribute("service.name", "tidemark-controllerd")}
	resource.ScopeSpans = []otlpScope{scope}
	return otlpExport{ResourceSpans: []otlpResource{resource}}
}

func textAttribute(key, value string) otlpAttribute {
	return otlpAttribute{Key: key, Value: map[string]string{"stringValue": value}}
}
