module example.com/tidemark

go 1.26.0
