module autoserve/demo

go 1.24
