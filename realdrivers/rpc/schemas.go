package rpc

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"example.com/tidemark/core"
	"example.com/tidemark/core/relation"
)

// maxSchemas bounds the cache; when it is full it is emptied.
const maxSchemas = 100_000

// schemaCache keeps the schemas of collections. An id is bound to its schema for
// ever, so nothing in it is ever out of date.
type schemaCache struct {
	mu   sync.RWMutex
	byID map[core.GlobalID]relation.Schema
}

func (c *schemaCache) get(id core.GlobalID) (relation.Schema, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	schema, ok := c.byID[id]
	return schema, ok
}

func (c *schemaCache) put(id core.GlobalID, schema relation.Schema) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= maxSchemas {
		c.byID = map[core.GlobalID]relation.Schema{}
	}
	c.byID[id] = schema
}

// schema is what the rows of a collection must fit.
func (s *Server) schema(ctx context.Context, id core.GlobalID) (relation.Schema, error) {
	if schema, ok := s.schemas.get(id); ok {
		return schema, nil
	}
	response, err := s.Controller.Submit(ctx, &core.Request{Op: core.RequestCollection, GlobalID: id})
	if err != nil {
		return relation.Schema{}, err
	}
	info := &response.Info[0]
	if info.Description.Kind != core.KindTable {
		return relation.Schema{}, &core.Error{Code: core.NotAppendable, Definite: true, IDs: []core.GlobalID{id}}
	}
	s.schemas.put(id, info.Description.Schema)
	return info.Description.Schema, nil
}

var errBoth = errors.New("a row and an error; give one of them")

// UnreadableError says that a collection contains bytes that are no row. It is a
// fault of whoever wrote them, or of the store.
type UnreadableError struct {
	ID core.GlobalID
	// Row is its number in the snapshot, from 0.
	Row int
}

// Error says where.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("rpc: row %d of the snapshot of %s is no packed row; the collection was written by something else, or is damaged", e.Row, e.ID)
}
