package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// parentEnv holds the process id of the launcher. The launcher normally ends its processes itself; a
// launcher that was killed cannot.
const parentEnv = "PITLANE_PARENT_PID"

// exitWithParent ends this process within about a second of the launcher's death. It compares the parent
// with the id that the launcher passed, not with the first parent seen: the launcher may be dead by then.
// It polls, since prctl(PR_SET_PDEATHSIG) is Linux only and fires when the parent's thread ends.
func exitWithParent() {
	value := os.Getenv(parentEnv)
	if value == "" {
		return
	}
	want, err := strconv.Atoi(value)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s=%q is not a process id\n", parentEnv, value)
		os.Exit(2)
	}
	go func() {
		for os.Getppid() == want {
			time.Sleep(time.Second)
		}
		fmt.Fprintf(os.Stderr, "the launcher (process %d) has ended: exiting\n", want)
		os.Exit(1)
	}()
}
