// etcd as its own main package builds it. That one cannot be installed by its version: its module replaces others.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
