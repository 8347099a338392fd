// Parquet prints the rows of a flat Parquet file as lines of JSON. It reads them with a
// library that has nothing in common with the one that writes them here but the
// decompression. Bytes that are no string are printed as hexadecimal digits.
//
//	parquet FILE
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/xitongsys/parquet-go/parquet"
	"github.com/xitongsys/parquet-go/reader"
	"github.com/xitongsys/parquet-go/source"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: parquet FILE")
		os.Exit(2)
	}
	if err := show(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "parquet: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func show(path string, to io.Writer) error {
	opened, err := file{path: path}.Open("")
	if err != nil {
		return err
	}
	defer opened.Close()
	r, err := reader.NewParquetColumnReader(opened, 1)
	if err != nil {
		return err
	}
	defer r.ReadStop()
	rows := make([]map[string]any, r.GetNumRows())
	for i := range rows {
		rows[i] = map[string]any{}
	}
	// The first element of the schema is the row, the others are its columns.
	for i, column := range r.Footer.Schema[1:] {
		values, _, _, err := r.ReadColumnByIndex(int64(i), int64(len(rows)))
		if err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		if len(values) != len(rows) {
			return fmt.Errorf("column %d has %d values, and there are %d rows", i+1, len(values), len(rows))
		}
		for row, value := range values {
			rows[row][r.SchemaHandler.GetExName(i+1)] = printable(column, value)
		}
	}
	lines := json.NewEncoder(to)
	for _, row := range rows {
		if err := lines.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

// printable is a value as JSON shows it.
func printable(column *parquet.SchemaElement, value any) any {
	isString := column.LogicalType != nil && column.LogicalType.STRING != nil
	if text, ok := value.(string); ok && !isString {
		return fmt.Sprintf("%X", text)
	}
	return value
}

// file is what the library reads; it opens it once for each column.
type file struct {
	*os.File
	path string
}

func (f file) Open(string) (source.ParquetFile, error) {
	opened, err := os.Open(f.path)
	return file{opened, f.path}, err
}

func (f file) Create(string) (source.ParquetFile, error) {
	return nil, fmt.Errorf("%s is only read", f.path)
}
